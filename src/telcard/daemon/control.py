"""The daemon's control socket: one line asks, one line of JSON answers.

    $ echo status | nc -U telcard.sock
    {"boards": {"emulator:d300sc_e1": "ready"}, "calls": [], "circuits": {"idle": 30}}

A question may have arguments, as in a shell: `agent "Anna Berg" not-ready lunch`.  What cannot be
answered is answered with `{"error": "one sentence"}`.  A Unix socket that only its owner may open;
a second daemon on the same socket is refused.
"""

from __future__ import annotations

import asyncio
import errno
import inspect
import json
import shlex
import socket
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import Any

from telcard.errors import ConfigError

Answer = Callable[..., Mapping[str, Any]]
"""Its parameters, all of them texts, are the arguments that the question takes."""

REQUEST_OCTETS = 1024
"""Longest question; more is refused."""

PATIENCE_S = 5.0
"""Who asks nothing for so long is not waited for: he would keep the daemon from closing."""


@asynccontextmanager
async def control_socket(path: Path, answers: Mapping[str, Answer]) -> AsyncIterator[None]:
    """Answer questions on `path` while inside; `answers` maps each question to its answer.

    An answer may raise `ConfigError`: who asked is told its sentence.

    Raises `ConfigError` when another daemon answers there, or the path cannot be used.
    """
    _claim(path)
    try:
        server = await asyncio.start_unix_server(
            lambda reader, writer: _converse(reader, writer, answers), path, limit=REQUEST_OCTETS
        )
    except OSError as error:
        why = error.strerror or error  # asyncio's own have a text, and no number
        raise ConfigError(f"control socket {path}: cannot be opened: {why}") from error
    path.chmod(0o600)
    try:
        async with server:
            yield
    finally:
        path.unlink(missing_ok=True)


def ask(path: Path, *question: str) -> dict[str, Any]:
    """Ask the daemon behind `path`: a question and its arguments.

    Raises `ConfigError` when none answers there, or with the sentence of its refusal.
    """
    with socket.socket(socket.AF_UNIX) as client:
        client.settimeout(5)
        try:
            client.connect(str(path))
            client.sendall(shlex.join(question).encode() + b"\n")
            answer: dict[str, Any] = json.loads(client.makefile().readline())
        except (OSError, ValueError) as error:
            raise ConfigError(f"control socket {path}: no daemon answers there") from error
    if "error" in answer:
        raise ConfigError(f"control socket {path}: {answer['error']}")
    return answer


def _claim(path: Path) -> None:
    """Remove a socket that a dead daemon left; refuse one that a living daemon holds."""
    if path.exists() and not path.is_socket():
        raise ConfigError(f"control socket {path}: want a name for a socket, a file is there")
    with socket.socket(socket.AF_UNIX) as probe:
        try:
            probe.connect(str(path))
        except OSError as error:
            if error.errno == errno.ECONNREFUSED:
                path.unlink(missing_ok=True)
            return
    raise ConfigError(f"control socket {path}: another telcard daemon is using it; stop it first")


async def _converse(
    reader: asyncio.StreamReader, writer: asyncio.StreamWriter, answers: Mapping[str, Answer]
) -> None:
    try:
        with suppress(OSError, ValueError, asyncio.LimitOverrunError):
            async with asyncio.timeout(PATIENCE_S):
                question = (await reader.readline()).decode(errors="replace").strip()
                writer.write(json.dumps(_answer(question, answers)).encode() + b"\n")
                await writer.drain()
    finally:
        writer.close()


def _answer(question: str, answers: Mapping[str, Answer]) -> Mapping[str, Any]:
    try:
        name, *arguments = shlex.split(question) or [""]
    except ValueError as error:  # a quotation without an end
        return {"error": f"want words as in a shell: {error}"}
    if name not in answers:
        return {"error": f"want one of {', '.join(sorted(answers))}"}
    answer = answers[name]
    parameters = inspect.signature(answer)
    try:
        parameters.bind(*arguments)
    except TypeError:
        wanted = [
            f"[{known.name}]" if known.default is not known.empty else known.name
            for known in parameters.parameters.values()
        ]
        return {"error": f"want {' '.join([name, *wanted])}"}
    try:
        return answer(*arguments)
    except ConfigError as error:
        return {"error": str(error)}
