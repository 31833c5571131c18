"""The site of make run: one process tree that answers, sends, and stops without a trace."""

import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.request

import pytest

from tools import services

READY_WITHIN_SECONDS = 60


def serve(folder, port, **variables):
    """Start manage.py serve as make run does: no server, no settings of the tests."""
    inherited = ("DATABASE_URL", "REDIS_URL", "UNDERSIGNED_ENV", "SITE_URL", "EMAIL_URL")
    environment = {name: value for name, value in os.environ.items() if name not in inherited}
    return subprocess.Popen(
        [sys.executable, "manage.py", "serve"],
        env={**environment, "DATA_DIR": str(folder), "PORT": str(port), **variables},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
    )


def refusal(folder, port, **variables):
    process = serve(folder, port, **variables)
    output, _ = process.communicate(timeout=READY_WITHIN_SECONDS)
    assert process.returncode != 0
    assert "Traceback" not in output
    return output


def read_until_ready(process):
    """What it prints until it is ready."""
    lines = []
    deadline = time.monotonic() + READY_WITHIN_SECONDS
    while not lines or "ready in" not in lines[-1]:
        assert time.monotonic() < deadline
        line = process.stdout.readline()
        assert line, "".join(lines)
        lines.append(line)
    return "".join(lines)


def end(process):
    if process.poll() is None:
        os.killpg(process.pid, signal.SIGKILL)
    process.communicate()


@pytest.fixture(scope="session")
def first_start(tmp_path_factory):
    """A site in an empty folder: the folder, once it has stopped, and {name: status} of the addresses it printed."""
    folder = tmp_path_factory.mktemp("serve")
    without_proxy = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    process = serve(folder, services.free_port())
    try:
        addresses = re.findall(r"The (\w+) +(http://\S+)", read_until_ready(process))
        answers = {name: without_proxy.open(address).status for name, address in addresses}
        process.terminate()
        process.wait(timeout=15)
    finally:
        end(process)
    return folder, answers


@pytest.fixture
def running(first_start, tmp_path):
    """A later start, which finds its tables made: the process and what it printed until it was ready."""
    folder, _ = first_start
    shutil.copytree(folder, tmp_path / "data")
    process = serve(tmp_path / "data", services.free_port())
    try:
        yield process, read_until_ready(process)
    finally:
        end(process)


def test_three_addresses_are_printed_and_answer(first_start):
    _, answers = first_start

    assert answers == {"letter": 200, "mailbox": 200, "desk": 200}


def test_clients_that_never_close_hold_up_nobody(running):
    _, printed = running
    port = int(re.findall(r"127\.0\.0\.1:(\d+)", printed)[0])
    request = b"GET /healthz HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"
    lingering = [socket.create_connection(("127.0.0.1", port)) for _ in range(20)]

    for client in lingering:
        client.settimeout(10)
        client.sendall(request)

    # gunicorn's own worker keeps the last of them waiting for 38 s.
    assert all(client.recv(100).startswith(b"HTTP/1.1 200") for client in lingering)
    for client in lingering:
        client.close()


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_signal_to_all_stops_all_in_order(running, number):
    process, _ = running

    os.killpg(process.pid, number)
    output, _ = process.communicate(timeout=15)

    assert (process.returncode, output.strip()) == (0, "")
    with pytest.raises(ProcessLookupError):
        os.killpg(process.pid, 0)


def test_busy_port_is_refused(tmp_path):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]

        assert f"Port {port} is taken by another program." in refusal(tmp_path, port)


@pytest.mark.parametrize("port", ["abc", "0", "70000"])
def test_malformed_port_is_refused(tmp_path, port):
    assert "PORT is" in refusal(tmp_path, port)


def test_data_folder_that_cannot_be_made_is_refused(tmp_path):
    (tmp_path / "file").touch()

    assert "DATA_DIR" in refusal(tmp_path / "file" / "data", services.free_port())
