"""A rule's page: what it covers, its stages, what it looks for and which fields it gives. Works on the syntax tree alone."""

from rulec.explain.page import Page, explain

__all__ = ["Page", "explain"]
