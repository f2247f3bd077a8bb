"""Binding: from the syntax tree to the typed, null-correct IR."""

from rulec.bind.binder import BindResult, bind
from rulec.bind.environment import Environment, SavedFunction

__all__ = ["BindResult", "Environment", "SavedFunction", "bind"]
