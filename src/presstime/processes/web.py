"""The web server: gunicorn with threads, one process that serves and one that keeps it alive."""

from __future__ import annotations

import gc
import logging
import socket
from collections.abc import Callable
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.wsgi import get_wsgi_application
from gunicorn import glogging
from gunicorn.app.base import BaseApplication

from presstime.base.errors import ConfigurationError
from presstime.executions.nursery import open_nursery
from presstime.processes.gathering import Bounded

THREADS = 8
BACKLOG = 512
MEMORY = Path("/dev/shm")  # noqa: S108 - a heartbeat in a file must never wait for a disk


class Logger(glogging.Logger):  # type: ignore[misc]
    """gunicorn's log lines through Presstime's handler, in its format."""

    def setup(self, cfg: Any) -> None:
        self.cfg = cfg
        self._access_log_enabled = False
        self.error_log.setLevel(logging.INFO)
        self.error_log.propagate = True


class Server(BaseApplication):  # type: ignore[misc]
    """gunicorn with settings from here and from nowhere else: no file, no environment, no command line."""

    def __init__(self, listener: socket.socket) -> None:
        self._descriptor = listener.detach()  # gunicorn closes it itself
        super().__init__()

    def load_config(self) -> None:
        for name, value in self._settings().items():
            self.cfg.set(name, value)

    def load(self) -> Callable[..., Any]:
        application = get_wsgi_application()
        from presstime.api.problems import too_large
        from presstime.health.monitor import monitor  # needs the models, which are loaded by now
        from presstime.health.probe import Probe

        gc.freeze()  # shared with the serving process; a collection there would copy its pages
        return Bounded(Probe(application, monitor), too_large().content)

    def _settings(self) -> dict[str, Any]:
        return {
            "bind": [f"fd://{self._descriptor}"],
            "worker_class": "presstime.processes.gathering.GatheringWorker",
            "workers": 1,
            "threads": THREADS,
            "preload_app": True,
            "backlog": BACKLOG,
            "timeout": 60,
            "graceful_timeout": 20,
            "keepalive": 5,
            "limit_request_line": 8190,
            "limit_request_fields": 100,
            "forwarder_headers": "",  # a header must not say which path was asked for
            "forwarded_allow_ips": ",".join(settings.CONFIGURATION.trusted_proxies) or "127.0.0.1,::1",
            "worker_tmp_dir": str(MEMORY) if MEMORY.is_dir() else None,
            "control_socket_disable": True,
            "logger_class": Logger,
            "proc_name": "presstime-web",
            "post_worker_init": _begin_serving,
        }


def _begin_serving(worker: Any) -> None:  # noqa: ARG001 - gunicorn's signature
    """What only the process that serves may have, and not the one that keeps it alive."""
    open_nursery(settings.CONFIGURATION.start_method, settings.CONFIGURATION.memory_limit_bytes)


def listen(bind: str) -> socket.socket:
    """A socket that listens at *bind*, HOST:PORT; ConfigurationError says why that is impossible."""
    host, _, port = bind.rpartition(":")
    try:
        return _listening(host.strip("[]"), int(port))
    except OSError as error:
        raise ConfigurationError(
            f"The web server cannot listen on {bind}: {error.strerror}. "
            "Stop what uses that address, or choose another with --bind or PRESSTIME_BIND."
        ) from None


def _listening(host: str, port: int) -> socket.socket:
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)
    family, kind, protocol, _, address = found[0]
    listener = socket.socket(family, kind, protocol)
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind(address)
        listener.listen(BACKLOG)
    except OSError:
        listener.close()
        raise
    return listener


def run(bind: str) -> None:
    """Serve pages and API at *bind* until SIGTERM or SIGINT."""
    Server(listen(bind)).run()
