"""Python modules from bound queries."""

from rulec_backends.python.backend import BACKEND

__all__ = ["BACKEND"]
