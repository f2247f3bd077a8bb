# AWSCloudTrail - Identity uses a user agent for the first time
# Rule 929f4f84-2c8b-598d-9fdc-10ccf963439f, version 1.0.0, severity Low; every 1.00:00:00 over the last
# 7.00:00:00; alert when rows > 0

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

RULE_ID = "929f4f84-2c8b-598d-9fdc-10ccf963439f"
RULE_NAME = "AWSCloudTrail - Identity uses a user agent for the first time"
RULE_VERSION = "1.0.0"
SEVERITY = "Low"
TACTICS = ["InitialAccess"]
TECHNIQUES = ["T1078"]
FREQUENCY = 864000000000
PERIOD = 6048000000000
SUPPRESSION = None
CREATE_INCIDENT = True
COLUMNS = (
    ("UserIdentityArn", "string"),
    ("UserAgent", "string"),
    ("FirstSeen", "datetime"),
    ("Calls", "long"),
    ("Events", "dynamic"),
)


class ByUserIdentityArnAndUserAgent:
    __slots__ = ("first_seen", "calls", "events")

    def __init__(self):
        self.first_seen = None
        self.calls = 0
        self.events = {}


def detect(tables, start=None, end=None, now=None, externals=None):
    """Rows that the query gives. `tables` holds rows (dicts) by table name; start, end and now are datetimes, ISO text or ticks."""
    tables = reusable(tables)
    window_start, window_end, now = window(start, end, now)
    baseline_keys = all_baseline_keys(tables, window_start, window_end, now)
    results = []
    # summarize FirstSeen = min(TimeGenerated), Calls = count(), Events = make_set(EventName, 1000) by
    # UserIdentityArn, UserAgent
    for (user_identity_arn, user_agent), group in by_user_identity_arn_and_user_agent(tables, window_start, window_end, now).items():
        # where Calls > 1
        if group.calls <= 1:
            continue
        # join kind=leftanti (baseline) on UserIdentityArn, UserAgent
        if (user_identity_arn, user_agent) in baseline_keys:
            continue
        events = list(group.events)[:1000]
        results.append({
            "UserIdentityArn": user_identity_arn, "UserAgent": user_agent, "FirstSeen": stamp(group.first_seen),
            "Calls": group.calls, "Events": events,
        })
    return results


def all_baseline_keys(tables, window_start, window_end, now):
    window_start_text = stamp_bound(window_start)
    window_end_text = stamp_bound(window_end)
    moment = subtract_ticks(now, 864000000000)
    moment_text = stamp_bound(moment)
    found = set()
    seen = set()
    # AWSCloudTrail
    for event in tables["AWSCloudTrail"]:
        # where TimeGenerated < ago(recent)
        # where isnotempty(UserIdentityArn)
        if event.get("UserIdentityArn") in (None, ""):
            continue
        time_generated = stamp(event.get("TimeGenerated"))
        if time_generated is None or not window_start_text <= time_generated < window_end_text or time_generated >= moment_text:
            continue
        # distinct UserIdentityArn, UserAgent
        user_identity_arn = cell if (cell := event.get("UserIdentityArn", "")).__class__ is str else other_text(cell)
        user_agent = cell if (cell := event.get("UserAgent", "")).__class__ is str else other_text(cell)
        key = (user_identity_arn, user_agent)
        if key in seen:
            continue
        seen.add(key)
        found.add((user_identity_arn, user_agent))
    return found


def by_user_identity_arn_and_user_agent(tables, window_start, window_end, now):
    window_start_text = stamp_bound(window_start)
    window_end_text = stamp_bound(window_end)
    moment = subtract_ticks(now, 864000000000)
    moment_text = stamp_bound(moment)
    groups = {}
    # AWSCloudTrail
    for event in tables["AWSCloudTrail"]:
        # where TimeGenerated >= ago(recent) and isnotempty(UserIdentityArn)
        # where UserAgent !has "AWS Internal" and not(UserAgent startswith "aws-sdk-")
        if event.get("UserIdentityArn") in (None, ""):
            continue
        user_agent = cell if (cell := event.get("UserAgent", "")).__class__ is str else other_text(cell)
        if "aws internal" in user_agent.lower() and has_folded(user_agent, "aws internal") or fold(user_agent[:8]) == "aws-sdk-":
            continue
        time_generated = stamp(event.get("TimeGenerated"))
        if time_generated is None or not window_start_text <= time_generated < window_end_text or time_generated < moment_text:
            continue
        # summarize FirstSeen = min(TimeGenerated), Calls = count(), Events = make_set(EventName, 1000) by
        # UserIdentityArn, UserAgent
        user_identity_arn = cell if (cell := event.get("UserIdentityArn", "")).__class__ is str else other_text(cell)
        key = (user_identity_arn, user_agent)
        group = groups.get(key)
        if group is None:
            group = groups[key] = ByUserIdentityArnAndUserAgent()
        if time_generated is not None and (group.first_seen is None or time_generated < group.first_seen):
            group.first_seen = time_generated
        group.calls += 1
        event_name = cell if (cell := event.get("EventName", "")).__class__ is str else other_text(cell)
        group.events[event_name] = None
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
    return "AWSCloudTrail - Identity uses a user agent for the first time"


def description(row):
    """The alert's description."""
    return "Within the last day an identity used a user agent that it did not use in the days before."


def severity(row):
    """The alert's severity."""
    return SEVERITY


def tactics(row):
    """The alert's tactics."""
    return list(TACTICS)


def entities(row):
    """The entities that a row names; identifiers without a value are left out."""
    found = [
        {"type": "CloudApplication", "Name": shown(row.get("UserIdentityArn"))},
    ]
    kept = [{key: value for key, value in entity.items() if value != ""} for entity in found]
    return [entity for entity in kept if len(entity) > 1]


def custom_details(row):
    """The details that the rule adds to its alert."""
    return {"Calls": row.get("Calls")}


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


TICKS = 10_000_000
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


class _Fold(dict[int, str]):
    """Case folding one character to one: the upper case's lower case, where both are single and lead back."""

    def __missing__(self, code: int) -> str:
        char = chr(code)
        upper = char.upper() if len(char.upper()) == 1 and char not in "ıſ" else char
        lower = upper.lower()
        self[code] = lower if len(lower) == 1 and lower.upper() == upper else upper
        return self[code]


FOLDED = _Fold()


def fold(text: str) -> str:
    """The text for comparisons that ignore case; as long as the text."""
    return text.lower() if text.isascii() else text.translate(FOLDED)


def is_term_character(char: str) -> bool:
    """Terms are runs of letters and digits; `_` separates."""
    return char.isalnum() if char.isascii() else char.isalpha() or char.isdecimal()


def stands(text: str, term: str, left: bool, right: bool) -> bool:
    """Whether the term stands in the text with term boundaries on the asked sides, where the term itself ends in a term character."""
    if not term:
        return True
    left, right = left and is_term_character(term[0]), right and is_term_character(term[-1])
    at, size, end = text.find(term), len(term), len(text)
    while at >= 0:
        after = at + size
        if not (left and at and is_term_character(text[at - 1])) and not (right and after < end and is_term_character(text[after])):
            return True
        at = text.find(term, at + 1)
    return False


def has_cs(text: str, term: str) -> bool:
    """`has_cs`: the term stands in the text as a whole term."""
    return stands(text, term, True, True)


def has_folded(text: str, term: str) -> bool:
    """`has` with a term that is folded already."""
    folded = text.lower() if text.isascii() else text.translate(FOLDED)
    return term in folded and has_cs(folded, term)


DAY_TICKS = 864_000_000_000
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


def moment_argument(value: object) -> int | None:
    """An argument of `detect`: a datetime, ISO text or ticks."""
    if value is None:
        return None
    ticks = input_ticks(value)
    if ticks is None:
        raise ValueError(f"no datetime: {value!r}")
    return ticks


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


MAX_DATETIME = 3_155_378_975_999_999_999


def add_ticks(moment: int | None, span: int | None) -> int | None:
    """datetime + timespan; null outside the years 1 to 9999."""
    if moment is None or span is None:
        return None
    result = moment + span
    return result if 0 <= result <= MAX_DATETIME else None


def subtract_ticks(moment: int | None, span: int | None) -> int | None:
    """datetime - timespan; null outside the years 1 to 9999."""
    return None if span is None else add_ticks(moment, -span)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
