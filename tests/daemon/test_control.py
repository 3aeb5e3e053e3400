"""The control socket: one line asks, one line of JSON answers, one daemon a socket."""

import asyncio
import json
import socket
from collections.abc import Coroutine
from pathlib import Path
from typing import Any

import pytest

from telcard.daemon.control import ask, control_socket
from telcard.errors import ConfigError

ANSWERS = {"status": lambda: {"calls": 2}}


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "telcard.sock"


async def answer_to(path: Path, question: bytes) -> dict[str, Any]:
    reader, writer = await asyncio.open_unix_connection(path)
    writer.write(question)
    writer.write_eof()
    answer = await reader.readline()
    writer.close()
    return dict(json.loads(answer)) if answer else {}


def run(main: Coroutine[Any, Any, Any]) -> Any:
    return asyncio.run(main)


def test_a_question_has_its_answer_and_a_strange_one_says_what_is_known(path: Path) -> None:
    async def main() -> None:
        async with control_socket(path, ANSWERS):
            assert await answer_to(path, b"status\n") == {"calls": 2}
            assert await answer_to(path, b"\xff\n") == {"error": "want one of status"}
            loop = asyncio.get_running_loop()
            assert await loop.run_in_executor(None, ask, path, "status") == {"calls": 2}

    run(main())
    assert not path.exists()


def test_an_endless_question_gets_no_answer_and_hurts_nobody(path: Path) -> None:
    async def main() -> None:
        async with control_socket(path, ANSWERS):
            assert await answer_to(path, b"x" * 100_000) == {}
            assert await answer_to(path, b"status\n") == {"calls": 2}

    run(main())


def test_only_the_owner_may_open_the_socket(path: Path) -> None:
    async def main() -> None:
        async with control_socket(path, ANSWERS):
            assert path.stat().st_mode & 0o777 == 0o600

    run(main())


def test_a_second_daemon_on_the_socket_is_refused(path: Path) -> None:
    async def main() -> None:
        async with control_socket(path, ANSWERS):
            with pytest.raises(ConfigError, match="another telcard daemon is using it"):
                async with control_socket(path, ANSWERS):
                    pass
            assert await answer_to(path, b"status\n") == {"calls": 2}

    run(main())


def test_a_socket_that_a_dead_daemon_left_is_taken_over(path: Path) -> None:
    with socket.socket(socket.AF_UNIX) as dead:
        dead.bind(str(path))

    async def main() -> None:
        async with control_socket(path, ANSWERS):
            assert await answer_to(path, b"status\n") == {"calls": 2}

    run(main())


def test_a_file_that_is_no_socket_is_left_alone(path: Path) -> None:
    path.write_text("the books")

    async def main() -> None:
        async with control_socket(path, ANSWERS):
            pass

    with pytest.raises(ConfigError, match="want a name for a socket, a file is there"):
        run(main())
    assert path.read_text() == "the books"


def test_a_name_too_long_for_a_socket_is_one_sentence(tmp_path: Path) -> None:
    async def main() -> None:
        async with control_socket(tmp_path / ("x" * 120), ANSWERS):
            pass

    with pytest.raises(ConfigError, match="cannot be opened: AF_UNIX path too long"):
        run(main())


def test_who_asks_nothing_is_sent_away(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("telcard.daemon.control.PATIENCE_S", 0.01)

    async def main() -> None:
        async with control_socket(path, ANSWERS):
            reader, writer = await asyncio.open_unix_connection(path)
            assert await reader.read() == b""
            writer.close()

    run(main())


def test_a_folder_that_is_not_there_is_one_sentence(tmp_path: Path) -> None:
    async def main() -> None:
        async with control_socket(tmp_path / "gone" / "telcard.sock", ANSWERS):
            pass

    with pytest.raises(ConfigError, match=r"control socket .*: cannot be opened: No such file"):
        run(main())


def test_asking_where_no_daemon_is_says_so(path: Path) -> None:
    with pytest.raises(ConfigError, match="no daemon answers there"):
        ask(path, "status")


def refuse(who: str, why: str = "") -> dict[str, Any]:
    if who == "Zoe":
        raise ConfigError("want an agent of Anna, got Zoe")
    return {"who": who, "why": why}


@pytest.mark.parametrize(
    ("question", "answer"),
    [
        (b"refuse 'Anna Berg'", {"who": "Anna Berg", "why": ""}),
        (b"refuse Anna lunch", {"who": "Anna", "why": "lunch"}),
        (b"refuse", {"error": "want refuse who [why]"}),
        (b"refuse a b c", {"error": "want refuse who [why]"}),
        (b"refuse Zoe", {"error": "want an agent of Anna, got Zoe"}),
        (b"refuse 'Anna", {"error": "want words as in a shell: No closing quotation"}),
        (b"", {"error": "want one of refuse"}),
    ],
)
def test_arguments_are_words_as_in_a_shell_and_are_checked(
    path: Path, question: bytes, answer: dict[str, str]
) -> None:
    async def main() -> None:
        async with control_socket(path, {"refuse": refuse}):
            assert await answer_to(path, question + b"\n") == answer

    run(main())


def test_a_refusal_is_raised_where_it_was_asked(path: Path) -> None:
    async def main() -> None:
        async with control_socket(path, {"refuse": refuse}):
            loop = asyncio.get_running_loop()
            said = await loop.run_in_executor(None, ask, path, "refuse", "Anna Berg", "a 'b")
            assert said == {"who": "Anna Berg", "why": "a 'b"}
            with pytest.raises(ConfigError, match="want an agent of Anna, got Zoe"):
                await loop.run_in_executor(None, ask, path, "refuse", "Zoe")

    run(main())
