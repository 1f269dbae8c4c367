"""The demo case, told through the same methods that people use. `docs/demo.md` says what is in it."""

from apps.portal.demo.case import load_case

__all__ = ["load_case"]
