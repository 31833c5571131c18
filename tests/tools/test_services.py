"""The servers that tests, benchmarks and fault drills stand on."""

import os
import subprocess
import sys

import psycopg
import pytest
import redis

from tools import programs, services


@pytest.fixture
def postgres():
    with services.start_postgres() as server:
        yield server


def test_postgres_keeps_what_was_committed_over_a_crash(postgres):
    with psycopg.connect(postgres.url) as connection:
        connection.execute("CREATE TABLE kept AS SELECT 137 AS signatures")

    postgres.kill()
    postgres.restart()

    with psycopg.connect(postgres.url) as connection:
        assert connection.execute("SELECT signatures FROM kept").fetchone() == (137,)


def test_postgres_refuses_who_has_no_password(postgres):
    without_password = postgres.url.replace(postgres.url.split(":")[2].split("@")[0], "guess")

    with pytest.raises(psycopg.OperationalError, match="password authentication failed"):
        psycopg.connect(without_password)


def test_redis_keeps_its_data_over_a_restart():
    with services.start_redis() as server:
        redis.Redis.from_url(server.url).set("kept", "yes")

        server.restart()

        assert redis.Redis.from_url(server.url).get("kept") == b"yes"


def test_close_ends_the_process_and_removes_the_folder():
    server = services.start_redis(fast=True)
    pid = server.pid

    server.close()

    assert not server.is_running()
    assert not server.folder.exists()
    assert pid is not None
    with pytest.raises(ProcessLookupError):
        os.kill(pid, 0)


def test_folder_is_closed_to_others():
    with services.start_redis(fast=True) as server:
        assert server.folder.stat().st_mode & 0o777 == 0o700


def test_environment_prefers_what_is_given(monkeypatch):
    monkeypatch.setenv("DATABASE_URL", "postgres://elsewhere/letters")
    monkeypatch.setenv("REDIS_URL", "redis://elsewhere/0")

    with services.environment(fast=True) as urls:
        assert urls == {"DATABASE_URL": "postgres://elsewhere/letters", "REDIS_URL": "redis://elsewhere/0"}


def test_command_passes_on_the_exit_code_and_the_urls():
    code = "import os, sys; sys.exit(7 if os.environ['DATABASE_URL'].startswith('postgres://') else 1)"
    environment = {**os.environ, "REDIS_URL": "redis://not-started/0"}
    environment.pop("DATABASE_URL", None)

    ended = subprocess.run(
        [sys.executable, "-m", "tools.services", "--fast", "--", sys.executable, "-c", code],
        env=environment,
        check=False,
    )

    assert ended.returncode == 7


def test_no_system_takes_the_wheels_or_nothing(monkeypatch):
    monkeypatch.setenv("NO_SYSTEM", "1")

    assert programs.system_postgres() is None
    assert programs.system_redis() is None
