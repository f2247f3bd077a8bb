"""An app of many rules: its folder and the archive of it, the same bytes for the same rules in any order.

Settings (`-O splunk.KEY=VALUE`, or `[target.splunk]` of rulec.toml): `app` (the folder and id), `version`, `label`, `author`, and
`stanzas=es` for Enterprise Security.
Source: app.conf.spec (9.0), default.meta.spec; AppInspect's checks of packages.
"""

from __future__ import annotations

import gzip
import io
import re
import tarfile
from collections.abc import Mapping, Sequence

from rulec_backends.splunk import conf

_ID = re.compile(r"[A-Za-z][A-Za-z0-9_]*\Z")
_VERSION = re.compile(r"\d+\.\d+\.\d+\Z")
#: Write access needs `sc_admin`, the administrator of Splunk Cloud.
_META = "[]\naccess = read : [ * ], write : [ admin, sc_admin ]\nexport = system\n"


def files(stanzas: Sequence[str], settings: Mapping[str, str]) -> dict[str, bytes]:
    """The app's files and its archive by path.

    Raises:
        ValueError: An id or a version that Splunk does not take.
    """
    ident, version = settings.get("app", "rulec_detections"), settings.get("version", "1.0.0")
    if not _ID.match(ident):
        raise ValueError(f"app is `{ident}`, expected letters, digits and underscores")
    if not _VERSION.match(version):
        raise ValueError(f"version is `{version}`, expected three numbers such as 1.0.0")
    texts = {
        f"{ident}/default/app.conf": _app_conf(ident, version, settings),
        f"{ident}/default/savedsearches.conf": conf.file(_unique(stanzas)),
        f"{ident}/metadata/default.meta": _META,
    }
    found = {path: text.encode("utf-8") for path, text in texts.items()}
    return {**found, f"{ident}-{version}.tar.gz": archive(found)}


def _app_conf(ident: str, version: str, settings: Mapping[str, str]) -> str:
    label = " ".join(settings.get("label", "Detections compiled by rulec").split())
    author = " ".join(settings.get("author", "rulec").split())
    stanzas = (
        conf.stanza("install", (("is_configured", "0"), ("build", "1"))),
        conf.stanza("package", (("id", ident), ("check_for_updates", "0"))),
        conf.stanza("id", (("name", ident), ("version", version))),
        conf.stanza("ui", (("is_visible", "0"), ("label", label))),
        conf.stanza("launcher", (("author", author), ("description", label), ("version", version))),
    )
    return conf.file(stanzas)


def _unique(stanzas: Sequence[str]) -> list[str]:
    """In the order of their names; a name that comes again is numbered, for the later stanza would change the earlier one."""
    found: dict[str, str] = {}
    for text in sorted(stanzas):
        name, rest = text.removeprefix("[").split("]\n", 1)
        free, number = name, 1
        while free.casefold() in found:
            number += 1
            free = f"{name} ({number})"
        found[free.casefold()] = f"[{free}]\n{rest}"
    return [found[name] for name in sorted(found)]


def archive(found: Mapping[str, bytes]) -> bytes:
    """A .tar.gz without times and owners."""
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w", format=tarfile.GNU_FORMAT) as tar:
        folders = {path[:i] for path in found for i, char in enumerate(path) if char == "/"}
        for path in sorted({*folders, *found}):
            entry = tarfile.TarInfo(path)
            entry.type, entry.mode = (tarfile.DIRTYPE, 0o755) if path in folders else (tarfile.REGTYPE, 0o644)
            entry.size = len(found.get(path, b""))
            tar.addfile(entry, io.BytesIO(found.get(path, b"")))
    return gzip.compress(buffer.getvalue(), mtime=0)
