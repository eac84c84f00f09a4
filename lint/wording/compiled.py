"""The compiled twin of what every sentence is asked (`_native.c`), where it was built.

Without a C compiler at installation, or with `FAIRNOTICE_NO_EXTENSIONS` set, `native` is None, and the same answers come
several times slower from Python.
"""

from __future__ import annotations

import os

__all__ = ["native"]

try:
    if os.environ.get("FAIRNOTICE_NO_EXTENSIONS"):
        raise ImportError("extensions are turned off")
    from . import _native as native
except ImportError:
    native = None  # type: ignore[assignment]
