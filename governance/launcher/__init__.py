"""Starts what `make demo`, `make test` and `make bench` need, and ends all of it again.

The launcher never imports Django: all of the portal runs in child processes, which get their settings as variables.
"""
