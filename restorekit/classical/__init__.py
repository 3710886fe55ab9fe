"""Methods without learned weights, one file each."""
