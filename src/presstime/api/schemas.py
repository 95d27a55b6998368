"""The ground of every request body and filter, and how moments are written."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any, ClassVar, Final, Generic, TypeVar
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

from presstime.api import kinds

Item = TypeVar("Item")
FILE: Final = {"schema": {"type": "string", "format": "binary"}}
# In the OpenAPI document: `openapi_extra=ANSWERS_A_FILE` beside `response={200: None}`.
ANSWERS_A_FILE: Final = {"responses": {200: {"description": "The file, as an attachment.", "content": {"*/*": FILE}}}}


class Strict(BaseModel):
    """A request body or the filters of a list: a field that it does not know is refused by name.

    A field whose name is a Python keyword gets an alias: `from_: datetime | None = Field(None, alias="from")`.
    """

    model_config = ConfigDict(extra="forbid", hide_input_in_errors=True, str_max_length=4 * 1024 * 1024)
    from_text: ClassVar[bool] = False

    @classmethod
    def __pydantic_init_subclass__(cls, **kwargs: Any) -> None:
        """Refuse values of another kind, other than in answers, which are ours."""
        super().__pydantic_init_subclass__(**kwargs)
        if not cls.__name__.endswith("Out"):
            guarded = [kinds.guard(field, from_text=cls.from_text) for field in cls.model_fields.values()]
            if any(guarded):
                cls.model_rebuild(force=True)


class Parameters(Strict):
    """Parameters of a query, where everything comes as text."""

    from_text: ClassVar[bool] = True


class Paging(Parameters):
    """The two parameters of every list; filters of a list derive from it."""

    limit: int = Field(50, ge=1, le=500, description="How many items to answer, 1 to 500.")
    cursor: str | None = Field(
        None, max_length=2000, pattern=r"^[!-~]*$", description="`next_cursor` of the page before this one."
    )


class Out(BaseModel):
    """What an operation answers: a dictionary with these keys, or an object with these attributes.

    Ninja's own `Schema` looks at each value once more, for what Django would have to fetch: a quarter of a long list's time.
    """

    model_config = ConfigDict(from_attributes=True)


class Page(Out, Generic[Item]):
    """One page of a list: `response=Page[ScheduleOut]`."""

    items: list[Item]
    next_cursor: str | None
    total: int


class Reference(Out):
    """An object named in an answer."""

    id: str
    name: str


def instant(at: datetime | None) -> str | None:
    """Write a moment as RFC 3339 in UTC, `2026-11-24T09:00:00Z`, with microseconds only where it has any."""
    if at is None:
        return None
    return at.astimezone(UTC).isoformat().removesuffix("+00:00") + "Z"


def reference(of: Any) -> dict[str, str] | None:
    """`{"id", "name"}` of an object, None of None; people are named by their user name."""
    if of is None:
        return None
    return {"id": identifier(of.pk), "name": str(getattr(of, "name", of))}


def identifier(key: UUID | int | str) -> str:
    """An id as the API writes it."""
    return str(key)
