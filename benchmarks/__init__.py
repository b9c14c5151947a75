"""The measured claims, each a command. `make bench` runs the short ones, `make bench-long` those of hours."""
