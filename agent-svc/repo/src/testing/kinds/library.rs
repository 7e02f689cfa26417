//! A library: a Python package that reads lengths of time, with a read-me in reStructuredText.

use super::{Kind, Point};
use crate::analysis::model::Material;

pub(super) const KIND: Kind = Kind {
    name: "humanspan",
    material: Material::Library,
    files: FILES,
    commits: COMMITS,
    points: POINTS,
};

const POINTS: [Point; 12] = [
    (
        "what",
        &[
            "reads lengths time",
            "parses durations timedelta",
            "durations people write",
        ],
    ),
    (
        "for whom",
        &[
            "configuration files",
            "settings typed people",
            "authors configuration",
        ],
    ),
    ("instead", &["dateparser", "pytimeparse"]),
    (
        "call: text is cut",
        &["tokens number unit", "splits tokens", "pairs number unit"],
    ),
    (
        "call: units are looked up",
        &["unit table", "look up unit", "looks up unit", "unit alias"],
    ),
    ("structure", &["unit name aliases", "unit microseconds"]),
    (
        "months are refused",
        &[
            "months refused",
            "month not fixed length",
            "months length",
            "month length",
        ],
    ),
    (
        "whole microseconds",
        &["microseconds float", "integers float", "microseconds instead"],
    ),
    (
        "tests",
        &[
            "round trip",
            "format parse same",
            "formatted parsed",
            "refuses month",
        ],
    ),
    ("history", &["Mara Voss Idris Bello"]),
    ("start", &["pip install humanspan"]),
    (
        "licence or first file",
        &["MIT licence", "licence MIT", "open parser", "parser file"],
    ),
];

const COMMITS: &[(&str, &str, &str)] = &[
    ("2016-02-11", "Mara Voss", "Initial import"),
    ("2016-02-20", "Mara Voss", "Parse minutes and seconds"),
    ("2016-09-04", "Mara Voss", "Add weeks to the table of units"),
    ("2017-03-15", "Mara Voss", "Refuse months and years"),
    ("2018-06-01", "Mara Voss", "Switch to whole microseconds"),
    ("2018-06-02", "Tomek Lis", "docs: fix typo in the example"),
    ("2020-01-19", "Idris Bello", "Drop Python 2"),
    ("2020-02-03", "Idris Bello", "Type annotations everywhere"),
    ("2021-05-08", "Idris Bello", "Format negative spans"),
    ("2023-10-30", "Idris Bello", "Say where in the text the error is"),
    ("2024-04-12", "Idris Bello", "Release 3.1"),
];

const FILES: &[(&str, &str)] = &[
    (
        "README.rst",
        r#"=========
humanspan
=========

.. image:: https://img.shields.io/pypi/v/humanspan.svg
   :target: https://pypi.org/project/humanspan/

``humanspan`` parses durations the way people write them ("1h 30m", "2 weeks",
"90 sec") and gives you a ``datetime.timedelta``. It has no dependencies.

It was written for authors of configuration files and command-line options,
where a timeout should read ``5 min`` and not ``300``.

.. code-block:: python

    >>> import humanspan
    >>> humanspan.parse("1h 30m")
    datetime.timedelta(seconds=5400)
    >>> humanspan.format(humanspan.parse("90 sec"))
    '1m 30s'

Installation
------------

::

    pip install humanspan

Python 3.8 or newer.

Why not X?
----------

* `dateparser` understands "in two weeks" in 200 languages, and pulls in five
  packages to do so. Use it for dates, not for timeouts.
* `pytimeparse` returns a float, so a microsecond may get lost.

Months and years
----------------

Months are refused. A month has no fixed length, so that any answer would be
wrong for most of the year; ``parse("1 month")`` raises ``AmbiguousUnit``.

Development
-----------

``pip install -e .[dev]`` and then ``pytest``. New units go into ``units.py``,
nothing else has to change.

License
-------

MIT, see ``LICENSE``.
"#,
    ),
    ("LICENSE", MIT),
    (
        "pyproject.toml",
        r#"[build-system]
requires = ["setuptools>=61"]
build-backend = "setuptools.build_meta"

[project]
name = "humanspan"
version = "3.1.0"
description = "Durations as people write them"
license = {text = "MIT"}
requires-python = ">=3.8"

[project.optional-dependencies]
dev = ["pytest", "hypothesis", "mypy"]
"#,
    ),
    (
        "src/humanspan/__init__.py",
        r#""""Durations as people write them."""

from .errors import AmbiguousUnit, ParseError
from .formatter import format
from .parser import parse

__all__ = ["parse", "format", "ParseError", "AmbiguousUnit"]
"#,
    ),
    (
        "src/humanspan/parser.py",
        r#""""From text to timedelta."""

import re
from datetime import timedelta

from .errors import AmbiguousUnit, ParseError
from .units import AMBIGUOUS, lookup

_TOKEN = re.compile(r"\s*([+-]?\d+(?:\.\d+)?)\s*([a-zµ]+)", re.IGNORECASE)


def parse(text: str) -> timedelta:
    """Parse a duration such as ``1h 30m``.

    Raises :class:`ParseError` with the position of the first thing that is
    not understood.
    """
    # whole microseconds, because floats lose the last digit after 104 days
    total = 0
    for number, name, position in tokens(text):
        # every unit is looked up in the table, long names and short ones alike
        unit = resolve(name, position)
        total += scale(number, unit.microseconds)
    return timedelta(microseconds=total)


def tokens(text):
    """Split the text into pairs of a number and a unit, with their position."""
    at = 0
    while at < len(text.rstrip()):
        match = _TOKEN.match(text, at)
        if match is None:
            raise ParseError(text, at)
        yield match.group(1), match.group(2), match.start(2)
        at = match.end()


def resolve(name, position):
    """Find the unit behind a name or one of its aliases."""
    # 'M' could be minutes or months, so single letters are lower case only
    if name in AMBIGUOUS:
        raise AmbiguousUnit(name, position)
    unit = lookup(name)
    if unit is None:
        raise ParseError(name, position)
    return unit


def scale(number, microseconds):
    """Multiply a decimal number without ever making it a float."""
    whole, _, fraction = number.partition(".")
    result = int(whole) * microseconds
    if fraction:
        result += int(fraction) * microseconds // 10 ** len(fraction)
    return result
"#,
    ),
    (
        "src/humanspan/units.py",
        r#""""The table of units."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Unit:
    """A unit of time with all the names people give it."""

    #: the short name that the formatter prints
    name: str
    #: other spellings that the parser accepts
    aliases: tuple
    #: its length; always exact
    microseconds: int


SECOND = 1_000_000

UNITS = (
    Unit("us", ("µs", "microsecond", "microseconds"), 1),
    Unit("ms", ("millisecond", "milliseconds"), 1_000),
    Unit("s", ("sec", "secs", "second", "seconds"), SECOND),
    Unit("m", ("min", "mins", "minute", "minutes"), 60 * SECOND),
    Unit("h", ("hr", "hrs", "hour", "hours"), 3600 * SECOND),
    Unit("d", ("day", "days"), 86400 * SECOND),
    Unit("w", ("wk", "week", "weeks"), 7 * 86400 * SECOND),
)

AMBIGUOUS = {"mo", "month", "months", "y", "yr", "year", "years"}

_BY_NAME = {alias: unit for unit in UNITS for alias in (unit.name, *unit.aliases)}


def lookup(name: str):
    """Return the unit of that name, or None."""
    return _BY_NAME.get(name.lower())
"#,
    ),
    (
        "src/humanspan/formatter.py",
        r#""""From timedelta to text."""

from datetime import timedelta

from .units import UNITS


def format(span: timedelta, parts: int = 2) -> str:
    """Write a duration with at most ``parts`` units, largest first."""
    rest = span // timedelta(microseconds=1)
    sign, rest = ("-", -rest) if rest < 0 else ("", rest)
    words = []
    for unit in sorted(UNITS, key=lambda unit: -unit.microseconds):
        count, rest = divmod(rest, unit.microseconds)
        if count and len(words) < parts:
            words.append(f"{count}{unit.name}")
    return sign + (" ".join(words) or "0s")
"#,
    ),
    (
        "src/humanspan/errors.py",
        r#""""What can go wrong."""


class ParseError(ValueError):
    """The text is not a duration."""

    def __init__(self, text, position):
        super().__init__(f"not a duration at character {position}: {text!r}")
        self.position = position


class AmbiguousUnit(ParseError):
    """A unit without a fixed length, such as a month."""
"#,
    ),
    (
        "tests/test_parser.py",
        r#"import pytest
from hypothesis import given, strategies

import humanspan


def test_parses_short_and_long_names():
    assert humanspan.parse("2 hours") == humanspan.parse("2h")


def test_refuses_months_and_years():
    with pytest.raises(humanspan.AmbiguousUnit):
        humanspan.parse("1 month")


def test_error_points_at_the_first_bad_character():
    with pytest.raises(humanspan.ParseError) as caught:
        humanspan.parse("5m and a bit")
    assert caught.value.position == 2


@given(strategies.timedeltas())
def test_round_trip_keeps_every_microsecond(span):
    assert humanspan.parse(humanspan.format(span, parts=9)) == span
"#,
    ),
    (
        "tests/test_formatter.py",
        r#"import humanspan


def test_largest_unit_comes_first():
    assert humanspan.format(humanspan.parse("90 min")) == "1h 30m"


def test_zero_is_written_in_seconds():
    assert humanspan.format(humanspan.parse("0s")) == "0s"
"#,
    ),
    (
        "CHANGES.rst",
        r#"Changes
=======

3.1.0 (2024-04-12)
------------------

* Errors carry the position of the first character that is not understood.

3.0.0 (2020-02-03)
------------------

* Python 2 is gone.
* ``parse`` returns a ``timedelta`` instead of seconds.

2.0.0 (2018-06-01)
------------------

* Whole microseconds inside; floats were off by one for long spans.
"#,
    ),
];

const MIT: &str = "MIT License\n\nCopyright (c) 2016 Mara Voss\n\nPermission is hereby granted, free of charge, to any person obtaining a copy\nof this software and associated documentation files (the \"Software\"), to deal\nin the Software without restriction.\n\nThe above copyright notice and this permission notice shall be included in all\ncopies or substantial portions of the Software.\n\nTHE SOFTWARE IS PROVIDED \"AS IS\", WITHOUT WARRANTY OF ANY KIND.\n";
