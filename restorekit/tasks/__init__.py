"""What a person asks for, one typed function each."""
