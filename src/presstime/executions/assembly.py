"""From an execution to the job of its child process: the report's text, the addresses of its sources, whom to write to."""

from __future__ import annotations

from pressroom.definition import parse
from presstime.base.configuration_fields import Configuration
from presstime.executions import links
from presstime.executions.files import scratch_of
from presstime.executions.job import Job, MailFacts
from presstime.executions.models import Execution
from presstime.executions.service import has_recipients
from presstime.mail.composition import message_id, thread_headers
from presstime.sources import service as sources


def assemble(execution: Execution, configuration: Configuration) -> Job:
    """The job of *execution*; the sources are those of now, the text is that of the planned instant.

    Raises PressroomError when the text is no report any more or a source is gone.
    """
    text = execution.revision.definition
    definition = parse(text, file=execution.report.name)
    addresses, base = sources.addresses_of(definition.source_names())
    return Job(
        definition=text,
        file=execution.report.name,
        sources=addresses,
        base=base,
        assets=configuration.assets_path,
        parameters=execution.parameters,
        formats=tuple(execution.formats),
        at=execution.scheduled_for,
        zone=execution.timezone,
        folder=scratch_of(execution, configuration.scratch_path),
        memory_limit_bytes=configuration.memory_limit_bytes,
        row_limit=configuration.row_limit,
        result_bytes=configuration.result_bytes,
        mail=_mail(execution, configuration) if has_recipients(execution) else None,
        link=f"{configuration.base_url}/executions/{execution.pk}",
        only_with_rows=execution.send_when == "rows",
        has_charts=definition.has_charts,
    )


def _mail(execution: Execution, configuration: Configuration) -> MailFacts:
    sender = configuration.mail_from
    name = execution.schedule.name if execution.schedule else ""
    assert execution.started_at is not None
    return MailFacts(
        message_id=message_id(execution.pk, sender),
        sender=sender,
        to=tuple(execution.recipients.get("to", ())),
        cc=tuple(execution.recipients.get("cc", ())),
        date=execution.started_at,
        headers=thread_headers(sender, execution.pk, execution.schedule_id, name),
        reply_to=execution.reply_to,
        is_test=execution.is_test,
        attachments_bytes=configuration.mail_attachments_bytes,
        links=links.of(execution, configuration),
    )
