"""How a search ends without results."""

from __future__ import annotations


class SplError(Exception):
    """Splunk itself would refuse the search (unbalanced quotes, a Boolean assigned to a field, …)."""


class Refused(Exception):
    """The search uses something that this evaluator does not know, or that Splunk's documents leave open."""
