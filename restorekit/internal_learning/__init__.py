"""Methods that learn inside the one photo that they restore, one file each."""
