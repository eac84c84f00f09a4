"""The preview server: this machine alone, no other host, and pages that reload when a template changes."""

from __future__ import annotations

import http.client
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from fairnotice.flow.catalogue import shipped

for needed in ("starlette", "uvicorn", "watchfiles"):
    pytest.importorskip(needed, reason="pip install 'fairnotice[serve]'")
WAIT = 60


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Path, int]]:
    root = tmp_path_factory.mktemp("served") / "templates"
    for part in ("messages/call-back-request", "notices", "brands"):
        shutil.copytree(shipped() / part, root / part)
    shutil.copyfile(shipped() / "schema.yaml", root / "schema.yaml")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [
        sys.executable,
        "-m",
        "fairnotice.cli",
        "preview",
        "--serve",
        "--port",
        str(port),
        "--templates",
        str(root),
    ]
    process = subprocess.Popen(command, stderr=subprocess.PIPE)
    until = time.monotonic() + WAIT
    while time.monotonic() < until and process.poll() is None:
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
            break
        except OSError:
            time.sleep(0.1)
    assert process.poll() is None, process.stderr and process.stderr.read()
    yield root, port
    process.terminate()
    process.wait(WAIT)


def ask(port: int, path: str, host: str = "") -> tuple[int, str]:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=WAIT)
    connection.request("GET", path, headers={"Host": host} if host else {})
    answer = connection.getresponse()
    return answer.status, answer.read().decode()


def test_pages_are_served_with_the_one_script_that_asks_for_changes(served: tuple[Path, int]) -> None:
    status, text = ask(served[1], "/")
    assert status == 200 and "call-back-request" in text
    assert text.count("<script>") == 1 and "EventSource('/changes')" in text and "connect-src 'self'" in text


@pytest.mark.parametrize(
    "host", ["evil.example", "127.0.0.1.evil.example", "localhost.evil.example", "[::1]"]
)
def test_another_host_is_refused(host: str, served: tuple[Path, int]) -> None:
    for path in ("/", "/call-back-request.html", "/changes"):
        assert ask(served[1], path, host)[0] == 400


@pytest.mark.parametrize(
    "path", ["/../../etc/hostname", "/%2e%2e/%2e%2e/etc/hostname", "/..%2f..%2fetc/hostname"]
)
def test_nothing_outside_the_gallery_is_served(path: str, served: tuple[Path, int]) -> None:
    assert ask(served[1], path)[0] == 404


def test_other_machines_cannot_connect(served: tuple[Path, int]) -> None:
    listening = Path("/proc/net/tcp")
    if not listening.is_file():
        pytest.skip("needs /proc/net/tcp (Linux)")
    place = f":{served[1]:04X}"
    lines = [line.split() for line in listening.read_text(encoding="utf-8").splitlines()[1:]]
    assert {line[1].split(":")[0] for line in lines if line[1].endswith(place) and line[3] == "0A"} == {
        "0100007F"
    }


def test_a_changed_template_reloads_the_page(served: tuple[Path, int]) -> None:
    root, port = served
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=WAIT)
    connection.request("GET", "/changes")
    stream: Any = connection.getresponse()
    assert stream.getheader("Content-Type").startswith("text/event-stream")
    assert stream.readline() == b": here\n"
    template = root / "messages/call-back-request/voicemail.en-GB.txt"
    template.write_text(template.read_text(encoding="utf-8") + " A new sentence.", encoding="utf-8")
    until = time.monotonic() + WAIT
    while time.monotonic() < until:
        if stream.readline() == b"data: changed\n":
            break
    else:
        pytest.fail("no change was told")
    assert "A new sentence." in ask(port, "/call-back-request.html")[1]


def test_a_broken_template_leaves_the_server_up(served: tuple[Path, int]) -> None:
    root, port = served
    template = root / "messages/call-back-request/voicemail.en-US.txt"
    before = template.read_text(encoding="utf-8")
    template.write_text("{% if %}", encoding="utf-8")
    until = time.monotonic() + WAIT
    while "J101" not in ask(port, "/call-back-request.html")[1]:
        assert time.monotonic() < until
        time.sleep(0.2)
    template.write_text(before, encoding="utf-8")
    while "J101" in ask(port, "/call-back-request.html")[1]:
        assert time.monotonic() < until
        time.sleep(0.2)
