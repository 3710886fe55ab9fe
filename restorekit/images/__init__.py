"""Photos as files and as arrays: what is read is what is written, but for the pixels."""
