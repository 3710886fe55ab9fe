"""Networks, one file for each family; the file name is the name of the family."""
