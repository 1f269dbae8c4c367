"""Runs one of the parsers beside it, within limits: `python -I limited.py parser.py`, the file on standard input.

What a parser tells is one JSON object on standard output: {"lines": [...], "files": [[name, bytes], ...]}, or
{"refused": sentence}. It knows neither settings nor database, and may write no file. One that ends otherwise could not
read the file.
"""

import resource
import runpy
import sys

MEMORY = 1 << 30  # bytes
SECONDS = 20  # of processor time
LIMITS = {
    resource.RLIMIT_AS: MEMORY,
    resource.RLIMIT_CPU: SECONDS,
    resource.RLIMIT_FSIZE: 0,
    resource.RLIMIT_NOFILE: 64,
    resource.RLIMIT_CORE: 0,
}


if __name__ == "__main__":
    for what, most in LIMITS.items():
        resource.setrlimit(what, (most, most))
    runpy.run_path(sys.argv[1], run_name="__main__")
