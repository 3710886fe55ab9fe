"""Running a network: device, precision, tiles, checks. Knows no network by name."""
