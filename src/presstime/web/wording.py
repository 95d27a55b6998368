"""How pages say moments, durations, sizes and numbers. Pure: `now` and the zone are arguments."""

from __future__ import annotations

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

MINUTE, HOUR, DAY = 60, 3600, 86400
# Past this a person thinks in dates.
LAST_RELATIVE = timedelta(days=60)


def _steps(seconds: float) -> str:
    """The largest unit that fits: "45 s", "3 min", "5 h", "6 d"."""
    for size, unit in ((DAY, "d"), (HOUR, "h"), (MINUTE, "min")):
        if seconds >= size:
            return f"{int(seconds // size)} {unit}"
    return f"{int(seconds)} s"


def relative(at: datetime, now: datetime) -> str:
    """Say how far *at* is from *now*: "in 3 min", "just now", "26 min ago"; the date itself when it is more than two months away."""
    distance = at - now
    if abs(distance) > LAST_RELATIVE:
        return f"{at.day} {at:%b %Y}"
    seconds = distance.total_seconds()
    if -MINUTE / 6 < seconds < 1:
        return "just now"
    return f"in {_steps(seconds)}" if seconds > 0 else f"{_steps(-seconds)} ago"


def short(at: datetime, zone: ZoneInfo, now: datetime) -> str:
    """Name a moment for small print, "24 Nov 09:16 UTC", with the year when it is not this one."""
    local = at.astimezone(zone)
    year = "" if local.year == now.astimezone(zone).year else f" {local.year}"
    return f"{local.day} {local:%b}{year} {local:%H:%M} {zone_name(local, zone)}"


def exact(at: datetime, zone: ZoneInfo) -> str:
    """Name a moment in full: "Tue 24 Nov 2026, 09:16:08 UTC"."""
    local = at.astimezone(zone)
    return f"{local:%a} {local.day} {local:%b %Y, %H:%M:%S} {zone_name(local, zone)}"


def zone_name(local: datetime, zone: ZoneInfo) -> str:
    """The zone as people write it, "CET"; its key where the zone has only a number for a name, as in "America/Sao_Paulo"."""
    name = local.tzname() or ""
    return name if name.isalpha() else zone.key


def duration(length: timedelta | float | None) -> str:
    """Say a length of time: "340 ms", "4.2 s", "27 min 36 s", "2 h 5 min"; a number is seconds, None is "—"."""
    if length is None:
        return "—"
    seconds = length.total_seconds() if isinstance(length, timedelta) else float(length)
    if seconds < 1:
        return f"{seconds * 1000:.0f} ms"
    if seconds < MINUTE:
        return f"{seconds:.1f}".rstrip("0").rstrip(".") + " s" if seconds < 59.95 else "1 min"
    large, small, units = (HOUR, MINUTE, ("h", "min")) if seconds >= HOUR else (MINUTE, 1, ("min", "s"))
    whole = round(seconds / small)
    first, second = divmod(whole * small, large)
    rest = f" {int(second // small)} {units[1]}" if second else ""
    return f"{int(first)} {units[0]}{rest}"


def size(count: int | None) -> str:
    """Say a size: "812 B", "4.1 kB", "1.3 GB": powers of a thousand, as disks are sold; None is "—"."""
    if count is None:
        return "—"
    value, units = float(count), ["B", "kB", "MB", "GB", "TB"]
    while value >= 999.5 and len(units) > 1:
        value /= 1000
        units.pop(0)
    return f"{value:.0f} {units[0]}" if units[0] == "B" or value >= 99.95 else f"{value:.1f} {units[0]}"


def number(count: float | None) -> str:
    """Write a number with its thousands apart, "1,284"; None is "—"."""
    return "—" if count is None else f"{count:,}"


def plural(count: int, one: str, many: str = "") -> str:
    """Count things: "1 mail", "1,204 mails"."""
    return f"{count:,} {one if count == 1 else many or one + 's'}"
