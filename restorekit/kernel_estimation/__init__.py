"""Methods that find the blur kernel of a photo, one file each."""
