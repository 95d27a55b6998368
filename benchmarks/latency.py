"""A small report (1,000 rows, CSV and PDF): from the planned instant to the mail accepted by the mail server.

Floor: the same report rendered and handed over by one warm process, in the same run.
"""

from __future__ import annotations

import statistics
import time

from benchmarks.installation import environment, folder, free_port, inbox, server
from benchmarks.load import bare_seconds, connect, make_report, make_schedules

SAMPLES = 40
APART_SECONDS = 1.7  # not a whole number, so that the instants fall everywhere within the tick
FORMATS = ["csv", "pdf"]


def main() -> None:
    with inbox() as box, folder() as path:
        settings = environment(path, box.port, free_port())
        connect(settings)
        report = make_report(path)
        with server(settings):
            first = time.time() + 5
            instants = [first + number * APART_SECONDS for number in range(SAMPLES)]
            make_schedules(report, FORMATS, instants)
            box.wait_for(SAMPLES, SAMPLES * APART_SECONDS + 60)
        arrived = {recipient: moment for moment, recipient in box.accepted}
        floor = bare_seconds(path, box.port, FORMATS, 10) / 10
    delays = sorted(arrived[f"reader{number}@example.com"] - instant for number, instant in enumerate(instants))
    p95 = delays[int(len(delays) * 0.95)]
    print("\n== latency: planned instant to accepted mail, 1,000 rows, CSV + PDF ==")
    print(
        f"p50 {statistics.median(delays):.2f} s, p95 {p95:.2f} s (limit 3), most {delays[-1]:.2f} s, {SAMPLES} samples"
    )
    print(
        f"rendered and sent by one warm process: {floor:.2f} s; ratio of the median {statistics.median(delays) / floor:.1f}"
    )
