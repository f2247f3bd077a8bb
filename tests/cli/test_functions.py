"""Workspace functions from the gallery's parser files."""

from __future__ import annotations

from pathlib import Path

import pytest

from rulec.driver.functions import load_functions
from rulec.driver.inputs import UsageError

ASIM = """
Parser:
  Title: DNS
ParserName: vimDnsX
EquivalentBuiltInParser: _Im_Dns_X
ParserParams:
  - Name: starttime
    Type: datetime
    Default: datetime(null)
  - Name: srcipaddr
    Type: string
    Default: '*'
  - Name: disabled
    Type: bool
    Default: false
  - Name: needed
    Type: long
ParserQuery: |
  X_CL | where not(disabled)
"""


def test_a_parsers_file_gives_its_function_under_all_its_names(tmp_path: Path) -> None:
    (tmp_path / "vimDnsX.yaml").write_text(ASIM)
    (tmp_path / "other.yaml").write_text("name: no function\n")
    (tmp_path / "plain.kql").write_text("X_CL")
    functions = load_functions(str(tmp_path))
    assert sorted(functions) == ["_Im_Dns_X", "plain", "vimDnsX"]
    assert functions["vimDnsX"].body.text == "X_CL | where not(disabled)\n"
    assert functions["vimDnsX"].parameters == "starttime:datetime=datetime(null), srcipaddr:string='*', disabled:bool=false, needed:long"


def test_a_solutions_parser_has_no_parameters(tmp_path: Path) -> None:
    path = tmp_path / "Box.yaml"
    path.write_text("FunctionName: BoxEvents\nFunctionAlias: Box\nFunctionQuery: |\n  Box_CL\n")
    assert {name: f.parameters for name, f in load_functions(str(path)).items()} == {"BoxEvents": "", "Box": ""}


@pytest.mark.parametrize("written", ["Name: T\n    Type: table:(*)", "Name: T:(*)\n    Type: table", "Name: T\n    Type: table"])
def test_a_helper_of_asim_takes_a_table(written: str, tmp_path: Path) -> None:
    path = tmp_path / "x.yaml"
    path.write_text(
        f"FunctionName: ASIM_X\nEquivalentBuiltInFunction: _ASIM_X\nFunctionParams:\n  - {written}\nFunctionQuery: T | take 1\n"
    )
    assert {name: f.parameters for name, f in load_functions(str(path)).items()} == {"ASIM_X": "T:(*)", "_ASIM_X": "T:(*)"}


def test_a_broken_file_is_a_usage_error(tmp_path: Path) -> None:
    path = tmp_path / "Box.yaml"
    path.write_text("FunctionName: [\n")
    with pytest.raises(UsageError, match=r"Box\.yaml cannot be read"):
        load_functions(str(path))
