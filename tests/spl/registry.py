"""Loads every module that adds functions or commands."""

from tests.spl import (  # noqa: F401
    commands_chart,
    commands_combine,
    commands_fields,
    commands_json,
    commands_loops,
    commands_make,
    commands_multikv,
    commands_rows,
    commands_show,
    commands_stats,
    commands_table,
    commands_text,
    commands_transaction,
    commands_xml,
    functions_bits,
    functions_json,
    functions_mv,
    functions_number,
    functions_text,
    functions_time,
)
