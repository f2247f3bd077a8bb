"""Writes .conf files: stanzas of settings.

Source: savedsearches.conf.spec, app.conf.spec; AppInspect's checks of configuration files.
"""

from __future__ import annotations

from collections.abc import Iterable

from rulec_backends.splunk.quoting import conf_stanza_name, conf_value

Settings = Iterable[tuple[str, str]]


def stanza(name: str, settings: Settings) -> str:
    """A stanza; settings without a value are left out."""
    lines = [f"[{conf_stanza_name(name)}]"]
    lines += [f"{key} = {conf_value(value)}" for key, value in settings if value]
    return "\n".join(lines) + "\n"


def file(stanzas: Iterable[str]) -> str:
    """A file of stanzas."""
    return "\n".join(stanzas)
