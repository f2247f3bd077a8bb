"""Random well-typed queries, made from the catalogue's signatures, whose answers must be the same on every engine.

`python -m tests.differential --examples 20000` is the long run; `test_differential.py` runs a few hundred in CI. A query that one
engine refuses is not compared on that engine. What the runs found are cases of tests/cases.
"""
