"""How a borrower is addressed in each locale: the words before and after the name, by `borrower.salutation`."""

from __future__ import annotations

from collections.abc import Mapping

# Chinese titles follow the name; a British title takes no full stop, an American one does (CLDR keeps no titles).
HONORIFICS: Mapping[str, Mapping[str, tuple[str, str]]] = {
    "zh-CN": {"mr": ("", "先生"), "ms": ("", "女士")},
    "zh-HK": {"mr": ("", "先生"), "ms": ("", "女士")},
    "en-US": {"mr": ("Mr. ", ""), "ms": ("Ms. ", "")},
    "en-GB": {"mr": ("Mr ", ""), "ms": ("Ms ", "")},
    "es-US": {"mr": ("Sr. ", ""), "ms": ("Sra. ", "")},
}
