from __future__ import annotations

import errno

import pytest

from pressroom import errors
from presstime.executions import faults
from presstime.executions.faults import fault_of, secrets_of
from presstime.executions.states import Category

PLACE = errors.Place("stock.md", 12)


@pytest.mark.parametrize(
    ("error", "category", "code"),
    [
        (errors.SourceUnreachable("x", code="dns"), Category.NETWORK, "dns"),
        (errors.SourceMisconfigured("x", code="auth"), Category.CONFIGURATION, "auth"),
        (errors.DataError("x", code="sql_syntax"), Category.DATA, "sql_syntax"),
        (errors.LayoutError("x"), Category.DATA, "missing_column"),
        (errors.ParameterError("x"), Category.DATA, "parameter"),
        (errors.DefinitionError("x"), Category.DATA, "definition"),
        (errors.RenderError("x"), Category.UNKNOWN, "render"),
        (MemoryError(), Category.SYSTEM, "out_of_memory"),
        (OSError(errno.ENOSPC, "No space left on device"), Category.SYSTEM, "disk_full"),
        (PermissionError(errno.EACCES, "Permission denied", "/reports/2026"), Category.SYSTEM, "file_access"),
        (OSError(errno.EROFS, "Read-only file system", "/reports/2026"), Category.SYSTEM, "file_access"),
        (OSError(errno.EIO, "Input/output error"), Category.UNKNOWN, "unexpected"),
        (ZeroDivisionError("division by zero"), Category.UNKNOWN, "unexpected"),
    ],
)
def test_each_error_has_its_category(error, category, code):
    fault = fault_of(error)
    assert (fault.category, fault.code) == (category, code)


def test_a_file_that_cannot_be_used_is_named():
    fault = fault_of(NotADirectoryError(errno.ENOTDIR, "Not a directory", "/reports/2026"))
    assert fault.message == '"/reports/2026": Not a directory.'
    assert "may use its folders" in fault.hint


def test_a_fault_names_the_place_and_the_remedy():
    error = errors.LayoutError('There is no column "delay".', remedy="There are: day, flights.", place=PLACE)
    fault = fault_of(error)
    assert fault.message == 'stock.md:12: There is no column "delay".'
    assert fault.hint == "There are: day, flights."


def test_passwords_of_sources_are_taken_out_of_every_text():
    url = "postgresql://reader:s3cr%40t@db/shop"
    fault = fault_of(ConnectionError(f"cannot open {url} with s3cr@t"), secrets_of([url]))
    assert "s3cr" not in fault.message + fault.hint + fault.detail
    assert "ConnectionError" in fault.detail


@pytest.mark.parametrize(
    ("exit_code", "code"), [(-6, "out_of_memory"), (-9, "out_of_memory"), (-11, "child_died"), (3, "child_died")]
)
def test_the_way_a_child_died_is_told(exit_code, code):
    assert faults.died(exit_code).code == code


def test_a_fault_tells_everything_that_is_wrong_with_parameters():
    problems = [errors.Problem("The parameter a is 1.", "Allowed: 2."), errors.Problem("The parameter b is 3.")]
    fault = fault_of(errors.ParameterError.of(problems))
    assert fault.message == "The parameter a is 1. Allowed: 2. The parameter b is 3."
    assert fault.hint
