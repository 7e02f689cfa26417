//! Data and notebooks: temperatures of a river, cleaned and looked at in Python.

use super::{Kind, Point};
use crate::analysis::model::Material;

pub(super) const KIND: Kind = Kind {
    name: "lahn-temperatures",
    material: Material::Data,
    files: FILES,
    commits: COMMITS,
    points: POINTS,
};

const POINTS: [Point; 12] = [
    ("what", &["water temperature", "river temperature"]),
    ("for whom", &["anglers", "fish", "grayling", "ecologist"]),
    ("instead", &["GKD", "official portal", "state agency", "GRDC"]),
    (
        "steps: cleaning",
        &["sensor jump", "outlier", "flatline", "stuck sensor", "clean raw"],
    ),
    (
        "steps: daily means and trend",
        &["daily mean", "trend decade", "Theil-Sen", "trend per"],
    ),
    (
        "columns",
        &[
            "station temperature column",
            "water_c",
            "station name",
            "quality flag",
            "time UTC",
        ],
    ),
    (
        "gaps are not filled",
        &[
            "gaps not filled",
            "gaps left",
            "gap interpolat",
            "never interpolate",
        ],
    ),
    (
        "median slope instead of least squares",
        &["Theil-Sen", "least squares", "median slope"],
    ),
    ("result", &["warmer", "degrees decade", "summer"]),
    ("history", &["Grete Lang Oskar Brandt"]),
    (
        "start",
        &[
            "pip install requirements",
            "jupyter lab",
            "make data",
            "conda env",
        ],
    ),
    (
        "licence or caveat",
        &[
            "CC-BY",
            "Creative Commons",
            "CC BY",
            "power station",
            "2019 logger",
            "not calibrated",
        ],
    ),
];

const COMMITS: &[(&str, &str, &str)] = &[
    ("2018-01-28", "Grete Lang", "Raw readings of three stations"),
    ("2018-02-11", "Grete Lang", "Clean: drop jumps"),
    ("2018-12-02", "Grete Lang", "First look at summers"),
    (
        "2019-11-17",
        "Grete Lang",
        "New logger at Wetzlar, note the offset",
    ),
    ("2020-12-20", "Grete Lang", "Readings of 2020"),
    ("2022-03-13", "Oskar Brandt", "Trend by median of slopes"),
    ("2022-04-02", "Oskar Brandt", "Tests for the cleaning"),
    ("2023-12-28", "Oskar Brandt", "Readings of 2023"),
    ("2024-12-29", "Oskar Brandt", "Readings of 2024"),
];

const FILES: &[(&str, &str)] = &[
    (
        "README.md",
        r#"# Water temperatures of the Lahn, 1996–2024

Hourly water temperature of the river Lahn at three stations, a script that cleans the readings, and two notebooks that ask how much warmer its summers have become. Collected by an angling club; used so far by two theses on grayling.

**Short answer:** summers at Wetzlar are getting about 0.4 degrees warmer per decade, and days above 25 °C, at which grayling stop feeding, have tripled.

| file | rows | what |
|---|---|---|
| `data/raw/*.csv` | 740,000 | as the loggers wrote them, never edited |
| `data/clean/daily.csv` | 31,000 | daily means, flagged |
| `data/stations.csv` | 3 | where the loggers hang |

### Columns of daily.csv

- `station` – short name, see stations.csv
- `day` – in UTC, not local time
- `water_c` – mean of at least 18 hourly readings
- `flag` – `ok`, `jump`, `stuck` or `gap`

### Method

Readings that jump by more than three degrees within an hour are dropped, and so are hours in which the sensor was stuck at one value. Gaps are not filled: an interpolated heat wave is an invented one. The trend is the median of all slopes between two years (Theil–Sen) rather than least squares, because one hot year like 2003 would otherwise decide the result.

### Reproduce

```
pip install -r requirements.txt
make data          # raw -> clean, about a minute
jupyter lab notebooks/
```

### Known problems

The logger at Wetzlar was replaced in 2019; the new one reads 0.2 degrees higher. The station at Runkel is below a power station and warmer in winter.

### See also

The state agency publishes daily values for more rivers in its portal, but only since 2007 and without hourly readings.

Data: CC BY 4.0, code: MIT.
"#,
    ),
    (
        "LICENSE",
        "Attribution 4.0 International\n\nCreative Commons Corporation (\"Creative Commons\") is not a law firm and does not provide legal services.\n",
    ),
    (
        "requirements.txt",
        "pandas>=2.0\nscipy\nmatplotlib\njupyterlab\npytest\n",
    ),
    (
        "Makefile",
        "data: data/clean/daily.csv\n\ndata/clean/daily.csv: clean.py data/raw/wetzlar.csv\n\tpython clean.py data/raw $@\n",
    ),
    (
        "data/stations.csv",
        "station,river_km,lat,lon,since\nwetzlar,12.4,50.556,8.504,1996\nweilburg,60.1,50.485,8.262,1999\nrunkel,91.7,50.404,8.155,2001\n",
    ),
    (
        "data/raw/wetzlar.csv",
        "time,water_c\n1996-04-01T00:00Z,7.2\n1996-04-01T01:00Z,7.2\n1996-04-01T02:00Z,7.1\n1996-04-01T03:00Z,7.1\n1996-04-01T04:00Z,7.0\n",
    ),
    (
        "data/raw/weilburg.csv",
        "time,water_c\n1999-05-01T00:00Z,11.4\n1999-05-01T01:00Z,11.4\n1999-05-01T02:00Z,11.3\n",
    ),
    (
        "data/clean/daily.csv",
        "station,day,water_c,flag\nwetzlar,1996-04-01,7.3,ok\nwetzlar,1996-04-02,7.5,ok\nwetzlar,1996-04-03,,gap\nwetzlar,1996-04-04,7.9,ok\n",
    ),
    (
        "clean.py",
        r#""""Turns hourly readings of the loggers into flagged daily means."""

import sys
from pathlib import Path

import pandas as pd

MAX_JUMP = 3.0
STUCK_HOURS = 12
MIN_READINGS = 18


def main(raw, target):
    """Clean every station and write one table."""
    tables = [clean(read(path)) for path in sorted(Path(raw).glob("*.csv"))]
    pd.concat(tables).to_csv(target, index=False)


def read(path):
    """Read one logger; times are UTC already."""
    table = pd.read_csv(path, parse_dates=["time"])
    return table.assign(station=path.stem)


def clean(table):
    """Drop what cannot be true, then average by day."""
    # a river does not change by three degrees in an hour, a dry sensor does
    table = drop_jumps(table)
    # frozen or silted sensors repeat one value
    table = drop_stuck(table)
    return daily(table)


def drop_jumps(table):
    """Remove readings that differ too much from the one before."""
    return table[table.water_c.diff().abs().fillna(0) <= MAX_JUMP]


def drop_stuck(table):
    """Remove hours in which one value was repeated for half a day."""
    run = (table.water_c.diff() != 0).cumsum()
    return table[table.groupby(run).water_c.transform("size") < STUCK_HOURS]


def daily(table):
    """Average each day with at least 18 readings; other days become gaps."""
    days = table.set_index("time").groupby("station").water_c.resample("D")
    # a mean of the night alone would look like a cold day
    return days.mean().where(days.count() >= MIN_READINGS).reset_index()


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2])
"#,
    ),
    (
        "notebooks/01-overview.ipynb",
        r##"{"cells":[
{"cell_type":"markdown","metadata":{},"source":["# Overview\n","\n","What do the three stations look like, and where are the gaps?"]},
{"cell_type":"code","execution_count":1,"metadata":{},"outputs":[],"source":["import pandas as pd\n","daily = pd.read_csv('../data/clean/daily.csv', parse_dates=['day'])\n","daily.groupby('station').water_c.describe()"]},
{"cell_type":"markdown","metadata":{},"source":["The largest gap is the winter of 2010, when the logger at Weilburg was frozen in."]}
],"metadata":{"kernelspec":{"display_name":"Python 3","language":"python","name":"python3"}},"nbformat":4,"nbformat_minor":5}
"##,
    ),
    (
        "notebooks/02-summers.ipynb",
        r##"{"cells":[
{"cell_type":"markdown","metadata":{},"source":["# Are summers getting warmer?\n","\n","We compare the mean of June to August of each year and take the median of all slopes."]},
{"cell_type":"code","execution_count":1,"metadata":{},"outputs":[],"source":["from scipy.stats import theilslopes\n","summers = daily[daily.day.dt.month.isin([6, 7, 8])].groupby(['station', daily.day.dt.year]).water_c.mean()\n","theilslopes(summers['wetzlar'])"]},
{"cell_type":"markdown","metadata":{},"source":["Summers at Wetzlar warm by 0.4 degrees per decade; the interval excludes zero."]}
],"metadata":{"kernelspec":{"display_name":"Python 3","language":"python","name":"python3"}},"nbformat":4,"nbformat_minor":5}
"##,
    ),
    (
        "tests/test_clean.py",
        r#"import pandas as pd

import clean


def test_a_jump_of_four_degrees_is_dropped():
    table = pd.DataFrame({"water_c": [10.0, 14.0, 14.1]})
    assert len(clean.drop_jumps(table)) == 2


def test_days_with_few_readings_become_gaps():
    pass


def test_raw_files_are_never_written():
    pass
"#,
    ),
];
