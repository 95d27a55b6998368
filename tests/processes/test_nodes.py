from __future__ import annotations

import socket

import pytest

from presstime.base.errors import ConfigurationError
from presstime.processes import nodes
from presstime.processes.nodes import Node


def test_workers_of_one_host_get_numbered_names(tmp_path):
    taken = [Node.take("reports", tmp_path) for _ in range(3)]
    assert [node.name for node in taken] == ["reports", "reports-2", "reports-3"]
    taken[1].release()
    again = Node.take("reports", tmp_path)
    assert again.name == "reports-2"
    for node in (taken[0], taken[2], again):
        node.release()


def test_without_a_name_it_is_that_of_the_host(tmp_path):
    node = Node.take("", tmp_path)
    assert node.name == socket.gethostname()
    node.release()


def test_a_name_that_is_no_file_name_is_taken_all_the_same(tmp_path):
    node = Node.take("rack 1/unit 7", tmp_path)
    assert node.name == "rack 1/unit 7"
    assert [path.name for path in tmp_path.iterdir()] == ["rack_1_unit_7.lock"]
    node.release()


def test_too_many_workers_are_refused_in_words(tmp_path, monkeypatch):
    monkeypatch.setattr(nodes, "MAXIMUM_PER_HOST", 1)
    node = Node.take("reports", tmp_path)
    with pytest.raises(ConfigurationError, match="reports"):
        Node.take("reports", tmp_path)
    node.release()
