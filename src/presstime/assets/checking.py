"""A child process that looks at the files of strangers, so that a broken one cannot take the server with it. No Django."""

from __future__ import annotations

from multiprocessing.connection import Connection
from pathlib import Path
from typing import TYPE_CHECKING

from presstime.executions.inquiry_child import answer
from presstime.executions.job import Job

if TYPE_CHECKING:
    from pressroom.asset_checks import Checked
    from pressroom.errors import Problem

NEW = "new"


def check(job: Job, pipe: Connection) -> None:
    """Answer what each file of the job's parameters is, or what is wrong with it.

    They are `{name: path}`; without a path it is the file of the folder. A file that is gone is left out. Those in the
    folder `NEW` of the job count as if they lay beside each other and beside the others already.
    """
    answer(job, pipe, _outcomes)


def _outcomes(job: Job) -> dict[str, Checked | list[Problem]]:
    from pressroom.asset_checks import AssetError, check_asset
    from pressroom.assets import Assets
    from pressroom.errors import DataError

    assets, new = Assets(job.assets), Assets(job.base / NEW)
    found: dict[str, Checked | list[Problem]] = {}
    for name, path in job.parameters.items():
        try:
            content = Path(path).read_bytes() if path else assets.content(name)
            found[name] = check_asset(name, content, assets, new)
        except AssetError as error:
            found[name] = error.problems
        except DataError:
            continue
    return found
