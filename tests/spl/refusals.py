"""Documented commands that the evaluator refuses, and why.

Source: Search Reference, the commands' pages.
"""

from __future__ import annotations

#: Reason -> the commands.
_REASONS = {
    "it reads or writes the server's state, which a search over given rows has not": """
        bucketdir createrss datamodel dbinspect debug delete dump editinfo eventcount folderize from history ingestpreview loadjob
        metadata metasearch oldreturn outputraw outputtext pivot prjob rest rtorder run runshellscript savedsearch script searchtxn
        sendalert sendemail showargs surrounding typeahead walklex""",
    "it reads or writes summaries or metrics, which given rows are not": """
        mcatalog mcollect meventcollect mpreview mrollup msearch mstats overlap rawstats sichart sirare sistats sitimechart sitop
        tscollect tstats""",
    "its method is not documented exactly": """
        abstract analyzefields anomalies anomalousvalue anomalydetection arules associate cluster cofilter correlate erex findkeywords
        findtypes kmeans outlier predict typelearner x11""",
    "the text it makes is not documented exactly": "diff geostats scrub",
    "it depends on the moment or the time range of the search": "localize reltime timewrap",
    "it needs a configuration file": "geom geomfilter iplocation kvform tags typer",
}

#: Command -> the reason.
REFUSED: dict[str, str] = {name: reason for reason, names in _REASONS.items() for name in names.split()}
