"""One folder for somebody who decides without the repository: what to look at, the record to sign, and how to send it back."""

from __future__ import annotations

import shutil
from pathlib import Path

from .gallery import build

_HOW = """1. Open {message}.html in a browser. Nothing is loaded from anywhere.
2. If you agree with the decision in {record}, sign it:

       ssh-keygen -Y sign -n {namespace} -f ~/.ssh/id_ed25519 {record}

3. Send {record} and {record}.sig back. They are taken in with:

       fairnotice signoff import {record}
"""


def pack(root: Path, message: str, record: Path, out: Path) -> None:
    """Write the gallery of one message, its unsigned record and the steps into `out`.

    The record moves there: it comes back signed, through `import`. Raises what `gallery.build` raises.
    """
    from .ssh import NAMESPACE

    build(root, out, messages=(message,))
    shutil.move(record, out / record.name)
    text = _HOW.format(message=message, record=record.name, namespace=NAMESPACE)
    (out / "HOW-TO-SIGN.txt").write_text(text, encoding="utf-8")
