"""Objects as parts of names by which something is kept."""

from typing import Generic, TypeVar

It_co = TypeVar("It_co", covariant=True)


class Same(Generic[It_co]):
    """An object compared by identity, and alive as long as something has that name."""

    __slots__ = ("it",)

    def __init__(self, it: It_co) -> None:
        self.it = it

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Same) and self.it is other.it

    def __hash__(self) -> int:
        return id(self.it)
