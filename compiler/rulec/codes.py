"""Every diagnostic code, one row each: what it means. Codes are stable; a retired code is never used again.

RC1xx rule file, RC2xx KQL syntax, RC3xx names and types, RC4xx a target cannot say it, RC5xx kept but with a known
difference, RC6xx data files and running, RC7xx field maps, schemas and configuration.
"""

from __future__ import annotations

from types import MappingProxyType
from typing import Final

CODES: Final = MappingProxyType(
    {
        # RC1xx: the rule file
        "RC101": "the file is not valid YAML",
        # RC2xx: KQL syntax
        "RC201": "unexpected text in the query",
        # RC3xx: names and types
        "RC301": "unknown name",
        "RC302": "wrong type",
        "RC303": "wrong number of arguments",
        "RC304": "name defined twice",
        "RC305": "the query needs a serialized row set",
        # RC4xx: the target cannot say it
        "RC401": "function not supported on the target",
        "RC402": "operator not supported on the target",
        # RC5xx: kept, with a known difference
        "RC501": "the output depends on a limit of the target",
        # RC6xx: data files and running
        "RC601": "the data file cannot be read",
        # RC7xx: field maps, schemas and configuration
        "RC701": "no field map for the table or the column",
        "RC702": "the field map cannot be read",
        "RC703": "the field map does not have the form of fields.schema.json",
    }
)
