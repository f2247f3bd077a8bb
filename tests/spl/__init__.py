"""A reference evaluator for Splunk's SPL, written from Splunk's documents; it shares no code with the Splunk backend.

`engine.run` runs a search on rows, `cases` runs documented examples, `decode` reads rows back as KQL values, `caps` lowers Splunk's limits.
What it does not know it refuses. Where the documents are silent it takes the reading that is harder for the backend; these readings are
open: a JSON null under `json_extract` is null, a JSON bool is the text `true` or `false`; text that looks like a decimal number is a
number, with blanks or hexadecimal it is not; an expression's number keeps the decimals of its operands once it is stored; a predicate
on a multivalue is true if one value satisfies it; upper and lower case map one character to one.
"""
