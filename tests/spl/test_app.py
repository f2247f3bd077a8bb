"""The app of many rules: the same bytes for the same rules, and what AppInspect says of the one built from `rules/`."""

from __future__ import annotations

import io
import subprocess
import sys
import tarfile
import xml.etree.ElementTree as ElementTree
from pathlib import Path

import pytest

from rulec.cli import main
from rulec_backends.splunk import app

RULES = Path(__file__).resolve().parents[2] / "rules"


def built(folder: Path, *options: str) -> Path:
    """The archive of the app of all sample rules."""
    assert main(["compile", str(RULES), "--target", "splunk", "-f", "app", "-o", str(folder), *options]) == 0
    (archive,) = folder.glob("*.tar.gz")
    return archive


def test_one_app_has_a_stanza_for_each_rule(tmp_path: Path) -> None:
    archive = built(tmp_path, "-O", "splunk.app=acme_rules", "-O", "splunk.version=2.0.1")
    assert archive.name == "acme_rules-2.0.1.tar.gz"
    searches = (tmp_path / "acme_rules" / "default" / "savedsearches.conf").read_text("utf-8")
    rules = [p for p in RULES.rglob("*.yaml") if not p.name.endswith(".test.yaml")]
    assert searches.count("\nsearch = ") == len(rules)
    with tarfile.open(archive) as tar:
        assert {m.name.split("/")[0] for m in tar} == {"acme_rules"} and all(m.mtime == 0 and m.uid == 0 for m in tar)
        member = tar.extractfile("acme_rules/default/savedsearches.conf")
        assert member is not None and member.read().decode("utf-8") == searches


def test_order_does_not_change_the_bytes_and_names_are_unique() -> None:
    stanzas = ["[b]\nsearch = 1\n", "[a]\nsearch = 2\n", "[A]\nsearch = 3\n"]
    assert app.files(stanzas, {}) == app.files(stanzas[::-1], {})
    text = app.files(stanzas, {})["rulec_detections/default/savedsearches.conf"].decode()
    assert [line for line in text.splitlines() if line.startswith("[")] == ["[A]", "[a (2)]", "[b]"]


@pytest.mark.parametrize("settings", [{"app": "my app"}, {"app": "../x"}, {"version": "1.0"}])
def test_what_splunk_does_not_take_is_refused(settings: dict[str, str]) -> None:
    with pytest.raises(ValueError, match="expected"):
        app.files(["[a]\nsearch = 1\n"], settings)


def test_an_archive_can_be_read() -> None:
    with tarfile.open(fileobj=io.BytesIO(app.archive({"a/b/c.conf": b"x"}))) as tar:
        assert [m.name for m in tar] == ["a", "a/b", "a/b/c.conf"]


@pytest.mark.parametrize("stanzas", ["plain", "es"])
def test_appinspect_finds_nothing(tmp_path: Path, stanzas: str) -> None:
    tool = Path(sys.executable).with_name("splunk-appinspect")
    if not tool.exists():
        pytest.skip("splunk-appinspect is not installed")
    report = tmp_path / "report.xml"
    archive = built(tmp_path / "out", "-O", f"splunk.stanzas={stanzas}")
    options = ["--mode", "precert", "--ci", "--skip-trusted-libraries-update", "--data-format", "junitxml", "--output-file", str(report)]
    done = subprocess.run([str(tool), "inspect", str(archive), *options], capture_output=True, text=True, check=False, cwd=tmp_path)
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-1000:]
    suite = next(ElementTree.parse(report).getroot().iter("testsuite"))
    assert [suite.get(kind) for kind in ("errors", "failures", "warnings")] == ["0"] * 3
