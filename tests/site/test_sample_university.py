"""The second process of make run: it answers, ends with its parent however that ends, and is never in production."""

import json
import os
import signal
import subprocess
import sys
import time
import urllib.request

import pytest

from campaign.sample_university import running
from campaign.sample_university.people import PEOPLE
from letters.verification.providers import logins
from tools import services

ENDS_WITHIN_SECONDS = 30  # on a machine that does much else
PARENT = """
import os, signal, sys, time
from pathlib import Path
signal.signal(signal.SIGINT, signal.default_int_handler)  # a shell's background jobs ignore it, and hand that down
os.environ["DJANGO_SETTINGS_MODULE"] = "campaign.settings"
import django
django.setup()
from campaign.sample_university import running
process, login = running.start(Path(sys.argv[1]), int(sys.argv[2]), "Undersigned")
print(process.pid, login["settings"]["server_url"], flush=True)
time.sleep(600)
"""


def is_alive(pid):
    try:
        with open(f"/proc/{pid}/stat") as stat:
            return stat.read().rsplit(")", 1)[1].split()[0] != "Z"
    except FileNotFoundError:
        return False


def discovery(address):
    without_proxy = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    with without_proxy.open(f"{address}/.well-known/openid-configuration", timeout=30) as answer:
        return json.load(answer)


@pytest.fixture
def parent(tmp_path):
    """A program that started the university: (process, pid of the university, its address)."""
    process = subprocess.Popen(
        [sys.executable, "-c", PARENT, str(tmp_path), str(services.free_port())],
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, "UNDERSIGNED_ENV": "development"},
    )
    pid, address = process.stdout.readline().split()
    yield process, int(pid), address
    process.kill()
    process.communicate()


@pytest.mark.skipif(not os.path.exists("/proc/self/stat"), reason="looks at processes in /proc")
@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM, signal.SIGINT])
def test_university_ends_with_its_parent(parent, number):
    process, pid, address = parent
    assert discovery(address)["issuer"] == address

    process.send_signal(number)
    process.wait(ENDS_WITHIN_SECONDS)

    until = time.monotonic() + ENDS_WITHIN_SECONDS
    while is_alive(pid):
        assert time.monotonic() < until, "left behind"


def test_university_takes_the_next_free_port(tmp_path, settings):
    port = services.free_port()
    with running._listening_after(port) as taken:
        process, login = running.start(tmp_path, port, "Undersigned")

        assert int(login["settings"]["server_url"].rpartition(":")[2]) > taken.getsockname()[1] > port
    process.stdin.close()
    assert process.wait(ENDS_WITHIN_SECONDS) == 0


def test_university_starts_again_on_the_folder_of_before(tmp_path):
    for _turn in range(2):
        process, login = running.start(tmp_path, services.free_port(), "Undersigned")
        address = login["settings"]["server_url"]
        assert discovery(address)["issuer"] == address
        process.stdin.close()
        process.wait(ENDS_WITHIN_SECONDS)


def test_university_never_starts_in_production(tmp_path, settings):
    settings.DEVELOPMENT = False

    with pytest.raises(RuntimeError, match="development only"):
        running.start(tmp_path, 8000, "Undersigned")


def test_people_show_every_answer_of_an_institution():
    assert [logins.strongest(person.affiliations) for person in PEOPLE] == ["faculty", "staff", "member", ""]
