"""Date and time functions.

Source: Search Reference, "Date and Time functions".
"""

from __future__ import annotations

from tests.spl import timefmt
from tests.spl.errors import SplError
from tests.spl.evalexpr import PLAIN, single
from tests.spl.functions_text import text
from tests.spl.values import FieldText, Num, Value


def _strftime(value: Value, form: Value) -> Value:
    one, shape = single(value), text(form)
    if one is None or shape is None or isinstance(one, FieldText):
        return None
    if not isinstance(one, Num):
        raise SplError("strftime needs a number")
    return timefmt.strftime(one.value, shape)


def _strptime(value: Value, form: Value) -> Value:
    """strptime: an epoch number, printed with six decimals."""
    found, shape = text(value), text(form)
    if found is None or shape is None:
        return None
    epoch = timefmt.strptime(found, shape)
    return None if epoch is None else Num(epoch, 6)


def _relative_time(value: Value, modifier: Value) -> Value:
    one, shape = single(value), text(modifier)
    if one is None or shape is None or isinstance(one, FieldText):
        return None
    if not isinstance(one, Num):
        raise SplError("relative_time needs a number")
    return Num(timefmt.relative(one.value, shape), 6)


PLAIN.update({"strftime": _strftime, "strptime": _strptime, "relative_time": _relative_time})
