"""The project's own cases of KQL's meaning: one YAML file a family, run by every engine; `loading` tells the form.

`python -m tests.conformance tests/cases/*.yaml --engine python --show` runs them. Every case names in `why` what its answer is known
from: a recorded answer of the real engine, a page of the documentation, or a row of the meaning sheet (`kql.md`). What an engine
prints is no such source.
"""
