# AWSCloudTrail - Console login succeeds after repeated failures
# Rule 486ce899-bc67-5441-8e91-98ad87b37ba9, version 1.0.0, severity High; every 01:00:00 over the last
# 1.00:00:00; alert when rows > 0

from __future__ import annotations

import json
import math
import re
import sys
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from fractions import Fraction
from functools import lru_cache
from typing import TypeAlias

RULE_ID = "486ce899-bc67-5441-8e91-98ad87b37ba9"
RULE_NAME = "AWSCloudTrail - Console login succeeds after repeated failures"
RULE_VERSION = "1.0.0"
SEVERITY = "High"
TACTICS = ["CredentialAccess", "InitialAccess"]
TECHNIQUES = ["T1110", "T1078"]
FREQUENCY = 36000000000
PERIOD = 864000000000
SUPPRESSION = None
CREATE_INCIDENT = True
COLUMNS = (
    ("SuccessTime", "datetime"),
    ("SourceIpAddress", "string"),
    ("UserIdentityUserName", "string"),
    ("UserIdentityArn", "string"),
    ("UserAgent", "string"),
    ("Failures", "long"),
    ("MinutesAfterLastFailure", "long"),
)


class Failures:
    __slots__ = ("failures", "last_failure")

    def __init__(self):
        self.failures = 0
        self.last_failure = None


def detect(tables, start=None, end=None, now=None, externals=None):
    """Rows that the query gives. `tables` holds rows (dicts) by table name; start, end and now are datetimes, ISO text or ticks."""
    tables = reusable(tables)
    window_start, window_end, _ = window(start, end, now)
    successes_by_source_ip_address = index_successes_by_source_ip_address(tables, window_start, window_end)
    results = []
    # summarize Failures = count(), FirstFailure = min(TimeGenerated), LastFailure = max(TimeGenerated) by
    # SourceIpAddress, UserIdentityUserName
    for (source_ip_address, user_identity_user_name), group in failures(tables, window_start, window_end).items():
        # where Failures >= threshold
        if group.failures < 3:
            continue
        # join kind=inner (successes) on SourceIpAddress, UserIdentityUserName
        for success_time, user_identity_arn, user_agent in successes_by_source_ip_address.get(
            (source_ip_address, user_identity_user_name), (),
        ):
            # where SuccessTime between (LastFailure .. 1h)
            last_failure = input_ticks(group.last_failure)
            value = add_ticks(last_failure, 36000000000)
            if (
                success_time is None
                or last_failure is None
                or success_time < last_failure
                or value is None
                or success_time > value
            ):
                continue
            # project SuccessTime, SourceIpAddress, UserIdentityUserName, UserIdentityArn, UserAgent, Failures,
            # MinutesAfterLastFailure = datetime_diff("minute", SuccessTime, LastFailure)
            minutes_after_last_failure = datetime_diff("minute", success_time, last_failure)
            results.append({
                "SuccessTime": datetime_out(success_time), "SourceIpAddress": source_ip_address,
                "UserIdentityUserName": user_identity_user_name, "UserIdentityArn": user_identity_arn, "UserAgent": user_agent,
                "Failures": group.failures, "MinutesAfterLastFailure": minutes_after_last_failure,
            })
    return results


def index_successes_by_source_ip_address(tables, window_start, window_end):
    window_start_text = stamp_bound(window_start)
    window_end_text = stamp_bound(window_end)
    index = {}
    # AWSCloudTrail
    for event in tables["AWSCloudTrail"]:
        # where EventName == "ConsoleLogin" and tostring(parse_json(ResponseElements).ConsoleLogin) == "Success"
        if event.get("EventName") != "ConsoleLogin":
            continue
        time_generated = stamp(event.get("TimeGenerated"))
        if time_generated is None or not window_start_text <= time_generated < window_end_text:
            continue
        response_elements_json = json_cell(event.get("ResponseElements"))
        if member_text(response_elements_json, "ConsoleLogin") != "Success":
            continue
        # project SuccessTime = TimeGenerated, SourceIpAddress, UserIdentityUserName, UserIdentityArn, UserAgent
        time_generated_ticks = input_ticks(time_generated)
        user_identity_arn = cell if (cell := event.get("UserIdentityArn", "")).__class__ is str else other_text(cell)
        user_agent = cell if (cell := event.get("UserAgent", "")).__class__ is str else other_text(cell)
        source_ip_address = cell if (cell := event.get("SourceIpAddress", "")).__class__ is str else other_text(cell)
        user_identity_user_name = cell if (cell := event.get("UserIdentityUserName", "")).__class__ is str else other_text(cell)
        index.setdefault((source_ip_address, user_identity_user_name), []).append((
            time_generated_ticks, user_identity_arn, user_agent,
        ))
    return index


def failures(tables, window_start, window_end):
    window_start_text = stamp_bound(window_start)
    window_end_text = stamp_bound(window_end)
    groups = {}
    # AWSCloudTrail
    for event in tables["AWSCloudTrail"]:
        # where EventName == "ConsoleLogin" and tostring(parse_json(ResponseElements).ConsoleLogin) == "Failure"
        if event.get("EventName") != "ConsoleLogin":
            continue
        time_generated = stamp(event.get("TimeGenerated"))
        if time_generated is None or not window_start_text <= time_generated < window_end_text:
            continue
        response_elements_json = json_cell(event.get("ResponseElements"))
        if member_text(response_elements_json, "ConsoleLogin") != "Failure":
            continue
        # summarize Failures = count(), FirstFailure = min(TimeGenerated), LastFailure = max(TimeGenerated) by
        # SourceIpAddress, UserIdentityUserName
        source_ip_address = cell if (cell := event.get("SourceIpAddress", "")).__class__ is str else other_text(cell)
        user_identity_user_name = cell if (cell := event.get("UserIdentityUserName", "")).__class__ is str else other_text(cell)
        key = (source_ip_address, user_identity_user_name)
        group = groups.get(key)
        if group is None:
            group = groups[key] = Failures()
        group.failures += 1
        if time_generated is not None and (group.last_failure is None or time_generated > group.last_failure):
            group.last_failure = time_generated
    return groups


def window(start=None, end=None, now=None):
    """Start, end and present of a run, in ticks of 100 ns since year 1: the rule's period up to now unless told otherwise."""
    now = moment_argument(now) if now is not None else current_ticks()
    end = moment_argument(end) if end is not None else now
    start = moment_argument(start) if start is not None else end - PERIOD
    return start, end, now


def triggered(rows):
    """Whether the number of rows raises an alert."""
    return len(rows) > 0


def title(row):
    """The alert's title."""
    return "Console login of " + shown(row.get("UserIdentityUserName")) + " after " + shown(row.get("Failures")) + " failures"


def description(row):
    """The alert's description."""
    return "An address fails several console logins for a user and then one succeeds within an hour."


def severity(row):
    """The alert's severity."""
    return SEVERITY


def tactics(row):
    """The alert's tactics."""
    return list(TACTICS)


def entities(row):
    """The entities that a row names; identifiers without a value are left out."""
    found = [
        {"type": "Account", "Name": shown(row.get("UserIdentityUserName"))},
        {"type": "IP", "Address": shown(row.get("SourceIpAddress"))},
    ]
    kept = [{key: value for key, value in entity.items() if value != ""} for entity in found]
    return [entity for entity in kept if len(entity) > 1]


def custom_details(row):
    """The details that the rule adds to its alert."""
    return {"Failures": row.get("Failures")}


def alert(rows, start=None, end=None):
    """One alert over some rows; its texts come from the first row, its entities from all."""
    first = rows[0] if rows else {}
    found = []
    for row in rows:
        for entity in entities(row):
            if entity not in found:
                found.append(entity)
    details = {}
    for row in rows:
        for key, value in custom_details(row).items():
            if value is not None and value != "" and value not in details.setdefault(key, []):
                details[key].append(value)
    return {
        "rule": RULE_ID,
        "name": RULE_NAME,
        "severity": severity(first),
        "title": title(first),
        "description": description(first),
        "tactics": tactics(first),
        "techniques": list(TECHNIQUES),
        "entities": found,
        "custom_details": details,
        "window": {"start": start, "end": end},
        "rows": rows,
    }


def alerts(rows, start=None, end=None):
    """The alerts that the rows raise: one alert for all rows."""
    if not triggered(rows):
        return []
    groups = [rows]
    return [alert(group, start, end) for group in groups]


def main(arguments):
    """Reads JSON lines (`TABLE=FILE …`, `--start`, `--end`, `--now`), prints JSON lines."""
    files, options = command_line(arguments)
    start, end, now = map(datetime_text, window(**options))
    rows = detect(read_tables(files), start, end, now)
    for found in alerts(rows, start, end):
        print(json.dumps(found, ensure_ascii=False))
    return 0


# KQL functions that the query uses
MAX_DATETIME = 3_155_378_975_999_999_999


def add_ticks(moment: int | None, span: int | None) -> int | None:
    """datetime + timespan; null outside the years 1 to 9999."""
    if moment is None or span is None:
        return None
    result = moment + span
    return result if 0 <= result <= MAX_DATETIME else None


def command_line(arguments: list[str]) -> tuple[dict[str, str], dict[str, str]]:
    """`TABLE=FILE` arguments and `--start`, `--end`, `--now` options.

    Raises:
        SystemExit: an argument that is neither.
    """
    files: dict[str, str] = {}
    options: dict[str, str] = {}
    rest = list(arguments)
    while rest:
        argument = rest.pop(0)
        if argument in ("--start", "--end", "--now") and rest:
            options[argument[2:]] = rest.pop(0)
        elif "=" in argument and not argument.startswith("--"):
            table, _, path = argument.partition("=")
            files[table] = path
        else:
            raise SystemExit(f"expected TABLE=FILE, --start, --end or --now, found {argument}")
    return files, options


def current_ticks() -> int:
    """The clock's time, for a run that is not told the time."""
    moment = datetime.now(UTC).replace(tzinfo=None)
    return (moment - datetime.min) // timedelta(microseconds=1) * 10


DAY_TICKS = 864_000_000_000
TICKS = 10_000_000
UNIT_TICKS = {
    "day": DAY_TICKS,
    "hour": 3600 * TICKS,
    "minute": 60 * TICKS,
    "second": TICKS,
    "millisecond": 10_000,
    "microsecond": 10,
    "nanosecond": 1,
}


def day_of(ticks: int) -> date:
    """The calendar day of a datetime."""
    return date.fromordinal(ticks // DAY_TICKS + 1)


def wrap(value: int) -> int:
    """The low 64 bits, signed: integer arithmetic wraps."""
    if -0x8000000000000000 <= value <= 0x7FFFFFFFFFFFFFFF:
        return value
    return (value + 0x8000000000000000) % 0x10000000000000000 - 0x8000000000000000


def datetime_diff(part: str, a: int | None, b: int | None) -> int | None:
    """a - b in boundaries of the period that lie between; weeks start on Sunday."""
    if a is None or b is None:
        return None
    unit = part.lower()
    if unit in UNIT_TICKS:
        size = UNIT_TICKS[unit]
        return a // size - b // size if unit != "nanosecond" else wrap((a - b) * 100)
    if unit == "week":
        return (a // DAY_TICKS + 1) // 7 - (b // DAY_TICKS + 1) // 7
    first, second = day_of(a), day_of(b)
    months = {"year": 12, "quarter": 3, "month": 1}.get(unit)
    if months is None:
        return None
    return (first.year * 12 + first.month - 1) // months - (second.year * 12 + second.month - 1) // months


WHOLE_SECONDS = {f":{second:02d}.0000000Z": second * TICKS for second in range(60)}
SECOND_ENDS = tuple(WHOLE_SECONDS)


@lru_cache(maxsize=131_072)
def minute_text(minutes: int) -> str:
    """`yyyy-MM-ddTHH:mm` of a number of minutes since year 1."""
    days, rest = divmod(minutes, 1440)
    return f"{date.fromordinal(days + 1).isoformat()}T{rest // 60:02d}:{rest % 60:02d}"


def datetime_out(ticks: int | None) -> str | None:
    """A result's datetime: ISO text with seven fraction digits, None of null."""
    if ticks is None:
        return None
    minute, rest = divmod(ticks, 600_000_000)
    second, fraction = divmod(rest, TICKS)
    return minute_text(minute) + (f":{second:02d}.{fraction:07d}Z" if fraction else SECOND_ENDS[second])


def datetime_text(ticks: int | None) -> str:
    """`2020-01-01T12:30:00.0000000Z`; '' of null."""
    return datetime_out(ticks) or ""


MINUTE_TEXT = re.compile(r"\d{4}-\d\d-\d\dT(?:[01]\d|2[0-3]):[0-5]\d", re.ASCII)


@lru_cache(maxsize=131_072)
def minute_ticks(text: str) -> int | None:
    """The ticks of a `yyyy-MM-ddTHH:mm` text; null when it is none. Cached, for events share minutes."""
    if not MINUTE_TEXT.fullmatch(text):
        return None
    try:
        days = date(int(text[:4]), int(text[5:7]), int(text[8:10])).toordinal() - 1
    except ValueError:
        return None
    return days * DAY_TICKS + (int(text[11:13]) * 60 + int(text[14:16])) * 60 * TICKS


LAST_TICK = 3_155_378_975_999_999_999


def other_ticks(value: object) -> int | None:
    """A datetime cell that is no text."""
    if isinstance(value, bool) or value is None:
        return None
    if isinstance(value, int):
        return value if 0 <= value <= LAST_TICK else None
    if isinstance(value, datetime):
        moment = value.astimezone(UTC).replace(tzinfo=None) if value.tzinfo else value
        return (moment.toordinal() - 1) * DAY_TICKS + (moment - datetime.combine(moment.date(), datetime.min.time())) // timedelta(
            microseconds=1
        ) * 10
    return (value.toordinal() - 1) * DAY_TICKS if isinstance(value, date) else None


COMPACT_TEXT = re.compile(r"\s*(\d{4})(\d{2})(\d{2})(?:(\d{2})(\d{2})(\d{2})?)?\s*\Z", re.ASCII)
CTIME_TEXT = re.compile(
    r"\s*(?:[A-Z]{3,9},?\s+)?([A-Z]{3})[A-Z]*\s+(\d{1,2}),?\s+(?:(\d{1,2}):(\d{1,2}):(\d{1,2})(?:\.(\d+))?\s+)?(\d{4})"
    r"(?:\s+(\d{1,2}):(\d{1,2})(?::(\d{1,2})(?:\.(\d+))?)?\s*(AM|PM)?)?\s*(Z|UTC|GMT)?\s*\Z",
    re.ASCII | re.IGNORECASE,
)
ISO_TEXT = re.compile(
    r"\s*(\d{4})(?:-(\d{1,2})(?:-(\d{1,2}))?)?(?:[T ]\s*(\d{1,2})(?::(\d{1,2})(?::(\d{1,2})(?:\.(\d+))?)?)?)?"
    r"\s*(Z|UTC|GMT|[+-]\d{1,2}:?\d{2})?\s*\Z",
    re.ASCII | re.IGNORECASE,
)
MONTHS = {m: n for n, m in enumerate(("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"), start=1)}
NAMED_TEXT = re.compile(
    r"\s*(?:[A-Z]{3,9},?\s+)?(\d{1,2})[ -]([A-Z]{3})[A-Z]*[ -](\d{2,4})(?:\s+(\d{1,2}):(\d{1,2})(?::(\d{1,2})(?:\.(\d+))?)?\s*(AM|PM)?)?"
    r"\s*(Z|UTC|GMT|[+-]\d{1,2}:?\d{2})?\s*\Z",
    re.ASCII | re.IGNORECASE,
)
SLASH_TEXT = re.compile(
    r"\s*(\d{1,2})[/-](\d{1,2})[/-](\d{4})"
    r"(?:[T ]\s*(\d{1,2}):(\d{1,2})(?::(\d{1,2})(?:\.(\d+))?)?\s*(AM|PM)?)?\s*(Z|UTC|GMT|[+-]\d{1,2}:?\d{2})?\s*\Z",
    re.ASCII | re.IGNORECASE,
)


def ticks_of(
    year: str,
    month: str,
    day: str,
    hour: str | None,
    minute: str | None,
    second: str | None,
    fraction: str | None,
    half: str | None,
    zone: str | None,
) -> int | None:
    """Ticks of the parts of a datetime text; null when a part is out of range."""
    hours = int(hour or 0)
    if half is not None:
        if not 1 <= hours <= 12:
            return None
        hours = hours % 12 + (12 if half.lower() == "pm" else 0)
    try:
        ordinal = date(int(year), int(month), int(day)).toordinal() - 1
    except ValueError:
        return None
    next_day = hours == 24 and not int(minute or 0) and not int(second or 0)
    if (hours > 23 and not next_day) or int(minute or 0) > 59 or int(second or 0) > 59:
        return None
    ticks = (
        ordinal * DAY_TICKS + (hours * 3600 + int(minute or 0) * 60 + int(second or 0)) * TICKS + int((fraction or "0")[:7].ljust(7, "0"))
    )
    if zone is not None and zone[0] in "+-":
        digits = zone[1:].replace(":", "").zfill(4)
        offset = (int(digits[:2]) * 60 + int(digits[2:])) * 60 * TICKS
        ticks += offset if zone[0] == "-" else -offset
    return ticks if 0 <= ticks <= LAST_TICK else None


def any_datetime(text: str) -> int | None:
    """A datetime text in any of the accepted forms."""
    if (m := COMPACT_TEXT.match(text)) is not None:
        return ticks_of(m[1], m[2], m[3], m[4], m[5], m[6], None, None, None)
    if (m := ISO_TEXT.match(text)) is not None:
        if m[2] is None and m[4] is not None:
            return None
        return ticks_of(m[1], m[2] or "1", m[3] or "1", m[4], m[5], m[6], m[7], None, m[8])
    if (m := SLASH_TEXT.match(text)) is not None:
        return ticks_of(m[3], m[1], m[2], m[4], m[5], m[6], m[7], m[8], m[9])
    if (m := NAMED_TEXT.match(text)) is not None and m[2].lower() in MONTHS and len(m[3]) != 3:
        year = int(m[3]) + (0 if len(m[3]) == 4 else 2000 if int(m[3]) < 50 else 1900)
        return ticks_of(str(year), str(MONTHS[m[2].lower()]), m[1], m[4], m[5], m[6], m[7], m[8], m[9])
    if (m := CTIME_TEXT.match(text)) is not None and m[1].lower() in MONTHS:
        return ticks_of(m[7], str(MONTHS[m[1].lower()]), m[2], m[3] or m[8], m[4] or m[9], m[5] or m[10], m[6] or m[11], m[12], m[13])
    return None


def text_to_datetime(text: str) -> int | None:
    """`todatetime` of text: ISO 8601, RFC 822, RFC 850 and the common forms with slashes or month names; UTC unless it says otherwise."""
    if text[-1:] == "Z" and (minute := minute_ticks(text[:16])) is not None:
        second = WHOLE_SECONDS.get(f"{text[16:19]}.0000000Z")
        fraction = text[20:-1]
        if second is not None and len(text) == 20:
            return minute + second
        if second is not None and text[19] == "." and fraction.isdigit() and fraction.isascii():
            return minute + second + int(fraction[:7].ljust(7, "0"))
    return any_datetime(text)


def input_ticks(value: object) -> int | None:
    """A datetime cell of the input as ticks: ISO text, a datetime, a date, or ticks; null when it is none of these."""
    if value.__class__ is str:
        second = WHOLE_SECONDS.get(value[16:])
        if second is not None and (minute := minute_ticks(value[:16])) is not None:
            return minute + second
        return text_to_datetime(value)
    return other_ticks(value)


Json: TypeAlias = "bool | int | float | str | list[Json] | dict[str, Json] | None"


def json_integer(digits: str) -> int | float:
    """A JSON integer; beyond 64 bits it is a real."""
    if len(digits) > 20:
        return float(digits)
    value = int(digits)
    return value if -0x8000000000000000 <= value <= 0x7FFFFFFFFFFFFFFF else float(digits)


def no_constant(name: str) -> Json:
    """NaN and Infinity are not JSON."""
    raise ValueError(name)


JSON_DECODER = json.JSONDecoder(parse_constant=no_constant, parse_int=json_integer)
JSON_SCAN = JSON_DECODER.scan_once


def parse_spaced_json(text: str) -> Json:
    """A JSON text with blanks around it, or text that is not JSON."""
    try:
        return JSON_DECODER.decode(text)
    except (ValueError, RecursionError):
        return text or None


def parse_json(text: str) -> Json:
    """A JSON text's value; text that is not JSON is itself, '' is null."""
    try:
        value, end = JSON_SCAN(text, 0)
        if end == len(text):
            return value
    except (StopIteration, ValueError, RecursionError):
        pass
    return parse_spaced_json(text)


def json_cell(value: object) -> Json:
    """`parse_json` of a string column's cell: the value of its JSON text, an object or array of a raw record as it is."""
    return parse_json(value) if isinstance(value, str) else value


def member(value: Json, key: str) -> Json:
    """A bag's value of a key; null where it is missing."""
    return value.get(key) if value.__class__ is dict else None


def json_nested(value: Json) -> str:
    """Compact JSON of a bag or array; reals are printed as KQL prints them."""
    if isinstance(value, dict):
        return "{" + ",".join(f"{json.dumps(k, ensure_ascii=False)}:{json_text(v)}" for k, v in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ",".join(json_text(v) for v in value) + "]"
    return json_text(value)


def exponent_text(text: str) -> str:
    """`1500000000000000.0` as `1.5e+15`."""
    mantissa, exponent = f"{Decimal(text).normalize():e}".split("e")
    return f"{mantissa}e+{int(exponent):02d}"


def plain_text(digits: Decimal, like: str) -> str:
    """Decimal digits in the form, plain or with exponent, of another text."""
    if "e" not in like:
        return format(digits, "f")
    mantissa, exponent = f"{digits:e}".lower().split("e")
    return f"{mantissa}e{int(exponent):+03d}"


def longest_text(value: float, text: str) -> str:
    """Where several shortest decimals read back as the value, the engine prints the greatest of them and not the nearest."""
    sign, size = ("-", -value) if value < 0 else ("", value)
    digits = Decimal(text.lstrip("-").removesuffix(".0"))
    unit = Decimal((0, (1,), digits.as_tuple().exponent))
    limit = Fraction(size) + Fraction(math.ulp(size)) / 2
    greater = digits
    while Fraction(greater + unit) < limit:
        greater += unit
    return text if greater == digits else sign + (repr(float(greater)) if float(greater) != size else plain_text(greater, text))


def real_text(value: float | None) -> str:
    """A real as KQL prints it: always with a point or an exponent."""
    if value is None:
        return ""
    if value != value:
        return "NaN"
    if math.isinf(value):
        return "inf" if value > 0 else "-inf"
    text = repr(value)
    if len(text) > 16:
        text = longest_text(value, text)
    if "e" in text:
        mantissa, exponent = text.split("e")
        if -5 <= int(exponent) <= 14:
            return format(Decimal(text), "f") + ("" if "." in format(Decimal(text), "f") else ".0")
        return f"{mantissa}e{exponent}"
    return exponent_text(text) if abs(value) >= 1e15 else text


def json_real(value: float) -> str:
    """A real inside JSON; NaN and infinities are strings there."""
    if value != value or math.isinf(value):
        return f'"{"NaN" if value != value else "Infinity" if value > 0 else "-Infinity"}"'
    return real_text(value)


def json_text(value: Json) -> str:
    """Compact JSON in source order."""
    if value.__class__ is float:
        return json_real(value)
    if isinstance(value, (dict, list)):
        return json_nested(value)
    return json.dumps(value, ensure_ascii=False)


def member_text(value: Json, key: str) -> str:
    """`tostring` of a bag's value of a key; '' where it is missing."""
    found = value.get(key) if value.__class__ is dict else None
    if found.__class__ is str:
        return found
    return "" if found is None else json_text(found)


def moment_argument(value: object) -> int | None:
    """An argument of `detect`: a datetime, ISO text or ticks."""
    if value is None:
        return None
    ticks = input_ticks(value)
    if ticks is None:
        raise ValueError(f"no datetime: {value!r}")
    return ticks


def other_text(value: object) -> str:
    """The text of a cell that is no string."""
    match value:
        case None:
            return ""
        case bool():
            return "true" if value else "false"
        case float():
            return real_text(value)
        case dict() | list():
            return json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    return str(value)


class json_lines:
    """The objects of a file of JSON lines; can be read more than once."""

    def __init__(self, path: str) -> None:
        self.path = path

    def __iter__(self) -> Iterator[dict[str, object]]:
        with open(self.path, encoding="utf-8") as file:
            for line in file:
                if line.strip():
                    yield json.loads(line)


def read_tables(files: dict[str, str]) -> dict[str, json_lines]:
    """The rows of each table, read from its file of JSON lines while the query runs."""
    return {table: json_lines(path) for table, path in files.items()}


def reusable(tables: dict[str, object]) -> dict[str, object]:
    """The tables with one-time iterators replaced by lists, for a query that reads a table more than once."""
    return {name: list(rows) if hasattr(rows, "__next__") else rows for name, rows in tables.items()}


def shown(value: object) -> str:
    """A result cell as text for titles and entities; '' of null."""
    if value is None:
        return ""
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def stamp(value: object) -> str | None:
    """A datetime cell as text in the result's form, null when it is none. Such texts compare like their moments.

    A text laid out like `2020-01-01T12:30:00.0000000Z` is taken at its word: stored datetimes are valid."""
    if value.__class__ is str and len(value) == 28 and value[19::8] == ".Z" and value[10] == "T":
        return value
    return datetime_out(input_ticks(value))


def stamp_bound(ticks: int) -> str:
    """The text that compares with stamps as a moment compares with moments, also when the moment is beyond the calendar."""
    return "" if ticks < 0 else "~" if ticks > LAST_TICK else datetime_text(ticks)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
