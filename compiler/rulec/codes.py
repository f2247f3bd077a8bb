"""Every diagnostic code, one row each: what it means. Codes are stable; a retired code is never used again.

RC1xx rule file, RC2xx KQL syntax, RC3xx names and types, RC4xx a target cannot say it, RC5xx kept but with a known
difference, RC6xx data files and running, RC7xx field maps, schemas and configuration, RC9xx bugs of rulec itself.
"""

from __future__ import annotations

from types import MappingProxyType
from typing import Final

CODES: Final = MappingProxyType(
    {
        # RC1xx: the rule file
        "RC101": "the file is not valid YAML",
        "RC102": "the file cannot be read",
        "RC103": "the file is too large",
        "RC104": "the file is not UTF-8",
        "RC105": "control character in the file",
        "RC106": "the lines of a text block are not indented",
        "RC107": "a tab indents the YAML",
        "RC108": "a key is defined twice",
        "RC109": "the YAML nests too deeply or grows too large through aliases",
        "RC110": "the file holds more than one YAML document",
        "RC111": "the file is empty",
        "RC112": "the file's top level is not a mapping",
        "RC113": "the file is in another product's format",
        "RC114": "YAML reads the value as another type",
        "RC115": "unknown kind of rule",
        "RC116": "the property has no effect in this kind of rule",
        "RC117": "an entity exploration query, not a rule",
        "RC120": "a property is missing",
        "RC121": "unknown property",
        "RC122": "the value has the wrong shape",
        "RC123": "the value is none of those allowed",
        "RC124": "the value is outside its limits",
        "RC125": "the value has the wrong form",
        "RC130": "not a timespan",
        "RC131": "the timespan is in ARM's form",
        "RC132": "the timespan is outside its limits",
        "RC133": "the query period is shorter than the query frequency",
        "RC134": "a long query period needs a query frequency of at least an hour",
        "RC140": "unknown ATT&CK technique",
        "RC141": "no tactic of the technique is listed",
        "RC150": "unknown entity type",
        "RC151": "unknown or repeated identifier of an entity",
        "RC152": "the entity has no column that identifies it",
        "RC153": "a legacy entity column without an entity mapping",
        "RC155": "malformed placeholder",
        "RC156": "too many placeholders",
        "RC157": "the query's result has no such column",
        "RC158": "incident grouping names what the rule does not map",
        "RC160": "invisible character in the query",
        # RC2xx: KQL syntax
        "RC201": "unexpected text in the query",
        "RC202": "a string or literal without its end, or with an unknown escape",
        "RC203": "a character that is not part of KQL",
        "RC204": "a literal that is no value of its type",
        "RC205": "the values of a datatable do not fill its rows",
        "RC206": "a keyword where a name should be",
        "RC207": "the query nests too deep",
        "RC208": "unknown type",
        "RC209": "a form that KQL's grammar has and its engine or rulec refuses",
        "RC210": "unknown operator",
        "RC211": "the query is too long",
        "RC212": "a management command instead of a query",
        # RC3xx: names and types
        "RC301": "unknown name",
        "RC302": "wrong type",
        "RC303": "wrong number of arguments",
        "RC304": "name defined twice",
        "RC305": "the query needs a serialized row set",
        "RC306": "a function calls itself",
        "RC307": "KQL that rulec does not compile for any target",
        "RC308": "a leg of a fuzzy union is left out",
        "RC309": "inlined functions and names grow too deep or too large",
        "RC310": "a placeholder of the hunting page is an end of the run's window",
        # RC4xx: the target cannot say it
        "RC401": "function not supported on the target",
        "RC402": "operator not supported on the target",
        "RC403": "a limit of the target",
        # RC5xx: kept, with a known difference
        "RC501": "the output depends on a limit of the target",
        "RC502": "a value of another type than its place, read as that type",
        "RC503": "whether a column exists depends on the data",
        "RC504": "the target's schedule differs from the rule's",
        "RC505": "a column of a table without schema is taken to be a string",
        "RC506": "the time of ingestion is read from the time of arrival",
        "RC507": "a regular expression of the engine's earlier dialect",
        "RC508": "a constant part of the query is computed at compile time",
        "RC509": "a watchlist or external data without a given file is read by a name of its own",
        # RC6xx: data files and running
        "RC601": "the data file cannot be read",
        "RC602": "malformed records were skipped",
        "RC603": "the query reads a table without data",
        "RC604": "the compiled query failed on the data",
        "RC605": "no record has a column that the query reads",
        # RC7xx: field maps, schemas and configuration
        "RC701": "no field map for the table or the column",
        "RC702": "the field map cannot be read",
        "RC703": "the field map does not have the form of fields.schema.json",
        "RC705": "the schema or watchlist file cannot be read",
        "RC706": "the output cannot be written",
        "RC707": "two rules have the same output path",
        # RC9xx: bugs
        "RC901": "internal error of the compiler",
    }
)
