"""One row for every function of the catalogue, by family. Importing this package fills the tables."""

from __future__ import annotations

from rulec_backends.python.aggregates import AGGREGATES
from rulec_backends.python.functions import (
    conversion,
    datetimes,
    dynamics,
    encodings,
    geo,
    logic,
    network,
    numbers,
    series,
    sketches,
    strings,
)
from rulec_backends.python.lower import CONDITIONS, KNOWN, VALUES

for _family in (numbers, conversion, strings, datetimes, dynamics, encodings, geo, network, series, sketches):
    VALUES.update(_family.VALUES)
for _known in (encodings, geo):
    KNOWN.update(_known.KNOWN)
for _conditions in (logic, strings):
    CONDITIONS.update(_conditions.CONDITIONS)
AGGREGATES.update(sketches.AGGREGATES)
