"""What is compiled stands for the classes of the same names written in Python."""

from collections.abc import Callable, Collection, Mapping, Sequence

from .index import Index as _Index
from .needs import Needs as _Needs
from .normalise import Folder as _Folder
from .signs import Teller as _Teller
from .tokens import Tokens as _Tokens

def Tokens(text: str) -> _Tokens: ...
def Index(kinds: Mapping[str, Sequence[str]], single: str) -> _Index: ...
def Needs(groups: list[list[tuple[str, ...]]], han: bool) -> _Needs: ...
def Characters() -> set[str]: ...
def Folder(ask: Callable[[str], str]) -> _Folder: ...
def Teller(
    pictures: str,
    doubled: str,
    noise: str,
    units: str,
    stops: str,
    split: list[str],
    written: str,
    heard: str,
    words: list[str],
) -> _Teller: ...

class Network:
    def __init__(
        self, names: bytes, weights: bytes, bias: float, units: list[tuple[float, float, float]]
    ) -> None: ...
    def logit(self, text: _Tokens, han: bool, others: Collection[str]) -> float: ...
    def place(self, feature: str) -> int: ...
