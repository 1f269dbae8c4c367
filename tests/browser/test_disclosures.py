"""A notice from its first word to its publication, by people with a browser."""
