"""The commands, one line each: its name, where it is, what `presstime --help` says of it."""

from __future__ import annotations

from typing import NamedTuple


class Command(NamedTuple):
    """A command or a group of commands; `where` is "module:name" of a `typer.Typer` or of a function."""

    name: str
    where: str
    help: str
    needs_django: bool = True


COMMANDS: tuple[Command, ...] = (
    Command(
        "check", "presstime.preflight.cli:check", "Check the configuration: all problems at once.", needs_django=False
    ),
    Command("config", "presstime.cli.config:app", "Show the settings that are in force.", needs_django=False),
    Command("migrate", "presstime.cli.migrate:migrate", "Bring the database's tables to this version."),
    Command("serve", "presstime.processes.cli:serve", "Run the web server and the worker.", needs_django=False),
    Command("web", "presstime.processes.cli:web", "Run the web server alone.", needs_django=False),
    Command("worker", "presstime.processes.cli:worker", "Run a worker alone; several may run.", needs_django=False),
    Command("user", "presstime.accounts.cli:user_app", "Add and list users, set passwords and roles."),
    Command("source", "presstime.sources.cli:app", "Add, test and list data sources."),
    Command("asset", "presstime.assets.cli:app", "Add, list and delete pictures, fonts and themes."),
    Command(
        "dead-letters", "presstime.deadletters.cli:app", "List, retry, resolve and delete executions that gave up."
    ),
    Command(
        "errors", "presstime.failures.cli:app", "Count failures by day; which schedules fail most, what fails now."
    ),
    Command("alerts", "presstime.alerts.cli:app", "List and acknowledge alerts, try their channels."),
    Command("breakers", "presstime.breakers.cli:app", "List and reset what is cut off after failures."),
    Command("emails", "presstime.mail.cli:app", "List e-mails and send them again."),
    Command("backup", "presstime.backups.cli:app", "Make, list, verify and restore backups."),
    Command("keys", "presstime.cli.keys:app", "Show the installation's keys; change the secret key."),
    Command("audit", "presstime.deliveries.cli:app", "Verify, export and sign the audit log."),
    Command("disk", "presstime.disk.cli:app", "Show disk space and free some."),
    Command("health", "presstime.health.cli:health", "Look at every part: database, e-mail, disk, workers, backups."),
    Command("metrics", "presstime.metrics.cli:app", "Show metrics; count them anew."),
    Command("group", "presstime.accounts.groups_cli:group_app", "Add and list groups of users, change their members."),
    Command("token", "presstime.accounts.cli:token_app", "Create, list and revoke API tokens."),
    Command("report", "presstime.cli.report:app", "Render and check report files.", needs_django=False),
    Command("schedule", "presstime.schedules.cli:app", "List schedules; switch them on and off; see to missed runs."),
    Command("recipients", "presstime.schedules.people_cli:app", "Tell who gets what; replace a person who has left."),
    Command("apply", "presstime.manifests.cli:apply", "Make the installation what a folder of files says."),
    Command("export", "presstime.manifests.cli:export", "Write the installation as a folder of files."),
    Command("demo", "presstime.demo.command:demo", "Set up a working installation on sample data.", needs_django=False),
    Command("execution", "presstime.executions.cli:app", "List executions; cancel, retry or give one another limit."),
    Command("run", "presstime.schedules.cli:run", "Run a schedule now."),
)
