"""100 reports of 1,000 rows as CSV due at the same instant: when is the last mail accepted?

Floor: the same 100 rendered and handed over by one warm process, in the same run. Superset 6.1 took 15.9 s for the same
work on two cores (research before the project began; not part of this run).
"""

from __future__ import annotations

import time

from benchmarks.installation import environment, folder, free_port, inbox, server
from benchmarks.load import bare_seconds, connect, make_report, make_schedules

COUNT = 100
FORMATS = ["csv"]


def main() -> None:
    with inbox() as box, folder() as path:
        settings = environment(path, box.port, free_port())
        connect(settings)
        report = make_report(path)
        with server(settings):
            instant = float(int(time.time()) + 6)
            make_schedules(report, FORMATS, [instant] * COUNT)
            box.wait_for(COUNT, 120)
        moments = sorted(moment - instant for moment, _ in box.accepted)
        twice = len(box.accepted) - len({recipient for _, recipient in box.accepted})
        floor = bare_seconds(path, box.port, FORMATS, COUNT)
    print(f"\n== burst: {COUNT} reports of 1,000 rows as CSV at one instant ==")
    print(f"first mail {moments[0]:.2f} s, last {moments[-1]:.2f} s (limit 8; Superset 6.1: 15.9), sent twice: {twice}")
    print(f"rendered and sent by one warm process: {floor:.2f} s; ratio {moments[-1] / floor:.1f}")
