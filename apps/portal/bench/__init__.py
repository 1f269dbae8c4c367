"""What `make bench` measures: each figure against a baseline from the same run, in a database it may empty."""
