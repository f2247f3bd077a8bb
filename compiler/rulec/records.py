"""Records: dataclasses whose making costs little, for the hundreds of classes that are made when the compiler starts.

`@record(frozen=True, slots=True)` is `dataclass` to a type checker, which holds every line of the project to it. At run time only
`__init__` is generated and sets its fields plainly (a frozen dataclass sets each through `object.__setattr__`, a tenth of a
compilation's time); equality, hash and text are the same three functions for all, where `dataclass` would compile new ones for each.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from dataclasses import dataclass as record
    from dataclasses import replace
else:
    from dataclasses import dataclass, fields
    from operator import attrgetter

    def record(*, slots, frozen=False):
        def made(cls):
            cls.__doc__ = cls.__doc__ or cls.__name__  # `dataclass` would work out the signature for it
            new = dataclass(slots=slots, repr=False, eq=False)(cls)
            new._names = tuple(f.name for f in fields(new))
            compared = [f.name for f in fields(new) if f.compare]
            #: The values of a record that decide equality; no function, so it does not bind to the record.
            new._compared = attrgetter(*compared) if compared else type
            new.__eq__ = _equal
            new.__hash__ = _hash if frozen else None
            if "__repr__" not in cls.__dict__:
                new.__repr__ = _text
            return new

        return made

    def replace(record, /, **changes):
        """The record with other values in some fields."""
        cls = record.__class__
        for name in cls._names:
            if name not in changes:
                changes[name] = getattr(record, name)
        return cls(**changes)

    def _equal(self, other):
        if self.__class__ is not other.__class__:
            return NotImplemented
        return self._compared(self) == self._compared(other)

    def _hash(self):
        return hash(self._compared(self))

    def _text(self):
        shown = ", ".join(f"{f.name}={getattr(self, f.name)!r}" for f in fields(self) if f.repr)
        return f"{self.__class__.__qualname__}({shown})"


__all__ = ["record", "replace"]
