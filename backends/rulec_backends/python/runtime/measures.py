"""Units of measure. The factors are those that a unit has by definition, or that the documentation shows.

Source: Learn, convert_angle() and the like, which list the names of the units.
"""

from __future__ import annotations

import math

PREFIXES = {
    "Tera": 1e12,
    "Giga": 1e9,
    "Mega": 1e6,
    "Kilo": 1e3,
    "Hecto": 100.0,
    "Deca": 10.0,
    "": 1.0,
    "Deci": 0.1,
    "Centi": 0.01,
    "Milli": 1e-3,
    "Micro": 1e-6,
    "Nano": 1e-9,
}


def prefixed(unit: str, factor: float, prefixes: str) -> dict[str, float]:
    """A unit and its multiples: `Kilo` and `WattHour` are `KilowattHour`."""
    names = {p: (p + unit[0].lower() + unit[1:] if p else unit) for p in ("", *prefixes.split())}
    return {name: PREFIXES[p] * factor for p, name in names.items()}


def per_time(length: str, meters: float, times: str) -> dict[str, float]:
    """Speeds of one length by several times."""
    seconds = {"Second": 1.0, "Minute": 60.0, "Hour": 3600.0}
    return {f"{length}Per{time}": meters / seconds[time] for time in times.split()}


UNITS = {
    "angle": {
        **prefixed("Degree", 1.0, "Milli Micro Nano"),
        **prefixed("Radian", 180 / math.pi, "Deci Centi Milli Micro Nano"),
        "Arcminute": 1 / 60,
        "Arcsecond": 1 / 3600,
        "Gradian": 0.9,
        "NatoMil": 0.05625,
        "Revolution": 360.0,
    },
    "energy": {
        **prefixed("Joule", 1.0, "Giga Mega Kilo Milli"),
        **prefixed("Calorie", 4.184, "Mega Kilo"),
        **prefixed("WattHour", 3600.0, "Tera Giga Mega Kilo"),
        **prefixed("WattDay", 86400.0, "Tera Giga Mega Kilo"),
        **prefixed("BritishThermalUnit", 1055.05585262, "Giga Mega Kilo"),
        "Erg": 1e-7,
    },
    "force": {
        **prefixed("Newton", 1.0, "Mega Kilo Deca Milli Micro"),
        **prefixed("PoundForce", 4.4482216152605, "Kilo"),
        "Dyn": 1e-5,
    },
    "length": {
        **prefixed("Meter", 1.0, "Kilo Hecto Deca Deci Centi Milli Micro Nano"),
        **prefixed("Inch", 0.0254, "Micro"),
        "Angstrom": 1e-10,
        "AstronomicalUnit": 149_597_870_700.0,
        "Chain": 20.1168,
        "DataMile": 1828.8,
        "DtpPoint": 0.0254 / 72,
        "Fathom": 1.8288,
        "Foot": 0.3048,
        "Hand": 0.1016,
        "Mil": 2.54e-5,
        "NauticalMile": 1852.0,
        "Shackle": 27.432,
        "UsSurveyFoot": 1200 / 3937,
        "Yard": 0.9144,
    },
    "mass": {
        **prefixed("Gram", 1e-3, "Kilo Hecto Deca Deci Centi Milli Micro Nano"),
        **prefixed("Tonne", 1e3, "Mega Kilo"),
        **prefixed("Pound", 0.45359237, "Mega Kilo"),
    },
    "speed": {
        **per_time("Meter", 1.0, "Second Minute Hour"),
        **per_time("Kilometer", 1e3, "Second Minute Hour"),
        **per_time("Decimeter", 0.1, "Second Minute"),
        **per_time("Centimeter", 0.01, "Second Minute Hour"),
        **per_time("Millimeter", 1e-3, "Second Minute Hour"),
        **per_time("Micrometer", 1e-6, "Second Minute"),
        **per_time("Nanometer", 1e-9, "Second Minute"),
        **per_time("Foot", 0.3048, "Second Minute Hour"),
        **per_time("Inch", 0.0254, "Second Minute Hour"),
        **per_time("Yard", 0.9144, "Second Minute Hour"),
        **per_time("UsSurveyFoot", 1200 / 3937, "Second Minute Hour"),
        **per_time("Mile", 1609.344, "Hour"),
    },
    "volume": {
        **prefixed("Liter", 1e-3, "Mega Kilo Hecto Deca Deci Centi Milli Micro"),
        **prefixed("CubicMeter", 1.0, "Kilo Hecto"),
        "AcreFoot": 1 / 0.000810714,
        "AuTablespoon": 2e-5,
        "CubicCentimeter": 1e-6,
        "CubicDecimeter": 1e-3,
        "CubicHectometer": 1e6,
        "CubicKilometer": 1e9,
        "CubicMicrometer": 1e-18,
        "CubicMillimeter": 1e-9,
        "MetricCup": 2.5e-4,
        "MetricTeaspoon": 5e-6,
        "UkTablespoon": 1.5e-5,
        "UsLegalCup": 2.4e-4,
    },
    "temperature": {"Kelvin": 1.0, "DegreeCelsius": 1.0, "MillidegreeCelsius": 1e-3, "DegreeFahrenheit": 5 / 9, "DegreeRankine": 5 / 9},
}
#: Where a scale of temperature begins, in its own degrees above absolute zero.
ZEROS = {"DegreeCelsius": 273.15, "MillidegreeCelsius": 273_150.0, "DegreeFahrenheit": 459.67}
#: Units that the documentation lists, whose factors are not exact by definition and not published.
UNPUBLISHED = {
    "angle": "Tilt",
    "energy": "DecathermEc DecathermImperial DecathermUs ElectronVolt FootPound GigaelectronVolt HorsepowerHour KiloelectronVolt"
    " MegaelectronVolt TeraelectronVolt ThermEc ThermImperial ThermUs",
    "force": "KilogramForce KiloPond OunceForce Poundal ShortTonForce TonneForce",
    "length": "DtpPica KilolightYear Kiloparsec LightYear MegalightYear Megaparsec Mile Parsec PrinterPica PrinterPoint SolarRadius Twip",
    "mass": "EarthMass Grain LongHundredweight LongTon Ounce ShortHundredweight ShortTon Slug SolarMass Stone",
    "speed": "Knot",
    "volume": "BoardFoot CubicFoot CubicInch CubicMile CubicYard DecausGallon DeciusGallon HectocubicFoot HectousGallon ImperialBeerBarrel"
    " ImperialGallon ImperialOunce ImperialPint KilocubicFoot KiloimperialGallon KilousGallon MegacubicFoot MegaimperialGallon MegausGallon"
    " OilBarrel UsBeerBarrel UsCustomaryCup UsGallon UsOunce UsPint UsQuart UsTablespoon UsTeaspoon",
    "temperature": "DegreeDelisle DegreeNewton DegreeReaumur DegreeRoemer SolarTemperature",
}


def is_unpublished(unit: str, kind: str) -> bool:
    """Whether a unit is known by name alone, or named as the documentation does not write it."""
    known = {*UNITS[kind], *UNPUBLISHED[kind].split()}
    return unit not in UNITS[kind] and unit.lower() in {name.lower() for name in known}


def convert_unit(value: float | None, source: str, target: str, kind: str) -> float | None:
    """A measure in another unit; null for a unit that is not known.

    Raises:
        ValueError: a unit whose factor is not published.
    """
    for unit in (source, target):
        if is_unpublished(unit, kind):
            raise ValueError(f"convert_{kind}: the factor of {unit} is not published")
    units = UNITS[kind]
    if value is None or source not in units or target not in units:
        return None
    if kind == "temperature":
        return (value + ZEROS.get(source, 0.0)) * units[source] / units[target] - ZEROS.get(target, 0.0)
    return value * units[source] / units[target]
