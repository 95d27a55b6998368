"""Every code of an execution's error: its category, a sentence that anybody understands, and what to do next.

Pure. `docs/errors.md` is drawn from here, and a test finds every code that the program can write in this table.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from presstime.executions.states import CODE_CRASHES, CODE_TIMEOUT, Category


@dataclass(frozen=True, slots=True)
class Meaning:
    """What a code says to a person who is no engineer, and what they can do."""

    category: Category
    summary: str
    hint: str


_N, _D, _S, _C, _U = (
    Category.NETWORK,
    Category.DATA,
    Category.SYSTEM,
    Category.CONFIGURATION,
    Category.UNKNOWN,
)

CODES: Final[dict[str, Meaning]] = {
    # ---- network: retried with a growing pause
    "connection_refused": Meaning(
        _N, "The data source does not take connections.", "See that its server runs and can be reached from here."
    ),
    "connection_reset": Meaning(
        _N, "The connection to the data source broke off.", "See the server's log and the network between."
    ),
    "connection_timeout": Meaning(
        _N, "The data source did not answer in time.", "See that its server can be reached and is not overloaded."
    ),
    "dns": Meaning(
        _N, "The name of the data source's server is not known.", "Check the host name and the name server."
    ),
    "tls": Meaning(
        _N, "No encrypted connection to the data source came about.", "Check its certificate and the TLS options."
    ),
    "locked": Meaning(_N, "Another program holds the data source.", "It is tried again; see which program holds it."),
    # ---- data: never retried by itself
    "sql_syntax": Meaning(_D, "A query of the report is written wrongly.", "Correct the query named in the message."),
    "missing_table": Meaning(
        _D, "A query names a table that the source does not have.", "Correct its name, or restore the table."
    ),
    "missing_column": Meaning(
        _D, "The report names a column that is not there.", "Correct its name in the query or the layout."
    ),
    "missing_query": Meaning(_D, "The layout shows a query that is not there.", "Correct the query's name."),
    "conversion": Meaning(
        _D,
        "A value in the data does not have the type that is asked for.",
        "Correct the value or cast it in the query.",
    ),
    "parameter": Meaning(
        _D, "A parameter of the run does not fit the report.", "Correct the parameter in the schedule."
    ),
    "too_many_choices": Meaning(_D, "The query of a parameter's choices gives too many.", "Narrow that query."),
    "definition": Meaning(_D, "The report file cannot be read.", "Mend the file at the lines that are named."),
    "template": Meaning(_D, "A value in the report's text cannot be computed.", "Correct the expression."),
    "read_only": Meaning(_D, "A query tries to change data.", "Write one SELECT; sources are only read."),
    "chart": Meaning(_D, "A chart cannot be drawn from its specification.", "Correct the chart's block."),
    "chart_foreign": Meaning(_D, "A chart reaches for something outside the report.", "Take `url` and images out."),
    "asset": Meaning(_D, "A file that the report shows is not there.", "Put it into the folder of assets."),
    "picture": Meaning(_D, "A file that the report shows is no picture it takes.", "Save it as PNG, JPEG, GIF or SVG."),
    "encoding": Meaning(
        _D, "The file's encoding cannot carry a character of the data.", "Choose UTF-8, or replace the character."
    ),
    "unknown_format": Meaning(_D, "A format is asked for that does not exist.", "Choose one of the known formats."),
    "data": Meaning(_D, "The source refused a query.", "See what the source says in the message."),
    # ---- configuration: never retried, administrators are told
    "auth": Meaning(
        _C, "The data source refuses the sign-in.", "An administrator corrects user and password of the source."
    ),
    "permission": Meaning(
        _C, "The report may not read something in the source.", "Grant the source's user the right to read it."
    ),
    "unknown_database": Meaning(
        _C, "The database of the source does not exist.", "An administrator corrects the address of the source."
    ),
    "bad_url": Meaning(
        _C, "The address of the source cannot work.", "An administrator corrects the address of the source."
    ),
    "unknown_source": Meaning(
        _C, "The report names a source that is not there.", "Add the source, or name another in the report."
    ),
    "missing_file": Meaning(
        _C, "The file of the source is gone.", "Put the file back, or correct the address of the source."
    ),
    "missing_driver": Meaning(
        _C, "The program that reads this kind of source is not installed.", "Install the extra that the message names."
    ),
    "missing_secret": Meaning(
        _C,
        "The stored address of the source cannot be read with this installation's key.",
        "Restore the key, or enter the address of the source again.",
    ),
    "recipients": Meaning(
        _C, "The report cannot be sent to an address of the schedule.", "Correct the recipients of the schedule."
    ),
    # ---- system: retried up to three times, a time limit once
    CODE_TIMEOUT: Meaning(
        _S, "The run took longer than its time limit.", "Make its queries faster, or give the schedule more time."
    ),
    "statement_timeout": Meaning(
        _S, "The data source stopped a query that took too long.", "Make the query faster, or raise the source's limit."
    ),
    "out_of_memory": Meaning(
        _S, "The run needed more memory than it may have.", "Read fewer rows, or raise PRESSTIME_MEMORY_LIMIT_BYTES."
    ),
    "disk_full": Meaning(_S, "There is no room left on the disk.", "Free some space, then retry."),
    "file_access": Meaning(
        _S,
        "The server could not read or write a file of its own.",
        "See that the server's user may use its folders, and that their disk or share is there and sound.",
    ),
    "interrupted": Meaning(
        _S, "A query was interrupted.", "Retry; if it happens again, see who cancels queries there."
    ),
    "child_died": Meaning(_S, "The run's process ended unexpectedly.", "See the server's log of that moment."),
    CODE_CRASHES: Meaning(
        _S, "The worker was lost while it ran this.", "See the server's log of those times, for memory first."
    ),
    # ---- unknown: retried once
    "unexpected": Meaning(
        _U, "Something happened that nobody foresaw.", "Report it with the technical detail if it happens again."
    ),
    "render": Meaning(_U, "A file of the report could not be made.", "See the message; a simpler layout may help."),
    "source": Meaning(_U, "The data source failed.", "See what the source says in the message."),
    "report_error": Meaning(_U, "The report could not be made.", "See the message."),
}

SUMMARIES: Final[dict[Category, str]] = {
    Category.NETWORK: "The data source cannot be reached at the moment.",
    Category.DATA: "The report and its data do not fit together.",
    Category.SYSTEM: "The server had too little of something: time, memory or disk.",
    Category.CONFIGURATION: "Something is configured wrongly; an administrator has to mend it.",
    Category.UNKNOWN: "Something happened that nobody foresaw.",
}


def summary(category: str, code: str) -> str:
    """The sentence for a person; of the category, when the code is not known or was met as another category."""
    known = CODES.get(code)
    if known is not None:
        return known.summary
    return SUMMARIES[Category(category)]


def hint(code: str) -> str:
    """What to do next where the error itself does not say it; empty for an unknown code."""
    known = CODES.get(code)
    return known.hint if known is not None else ""


def errors_page() -> str:
    """docs/errors.md as Markdown."""
    lines = [_HEAD]
    for category in Category:
        lines += [f"## {category.value.capitalize()}", "", f"{SUMMARIES[category]} {_RETRIES[category]}", ""]
        lines += ["| code | what people read | what to do next |", "|---|---|---|"]
        lines += [
            f"| `{code}` | {meaning.summary} | {meaning.hint} |"
            for code, meaning in CODES.items()
            if meaning.category is category
        ]
        lines.append("")
    return "\n".join(lines)


_HEAD = """# Errors

Every error of an execution has a **category**, which decides about retries, and a **code**, which says what happened. The
page of an execution shows the sentence below, then what the source or the program said, then what to do next; the
technical detail (traceback, SQLSTATE, the server's words) is folded away and has no secrets in it. In the API these are
`error.category`, `code`, `summary`, `message`, `hint` and `detail`. This page is drawn from
`presstime/executions/codes.py`: `python -m presstime.executions.codes > docs/errors.md`.

The codes of e-mails stand in [mail](mail.md#retries), those of retries in [states](states.md#retries-of-an-execution).
"""
_RETRIES: Final[dict[Category, str]] = {
    Category.NETWORK: "Retried up to 5 times; the pause doubles each time.",
    Category.DATA: "Never retried by itself: the same query over the same data gives the same error.",
    Category.SYSTEM: "Retried up to 3 times; after a time limit once.",
    Category.CONFIGURATION: "Never retried; administrators get an alert at once.",
    Category.UNKNOWN: "Retried once.",
}

if __name__ == "__main__":
    import sys

    sys.stdout.write(errors_page())
