"""Runs every check that needs no test, all of them even when one fails; with --fix repairs what can be."""

from __future__ import annotations

import os
import secrets
import sys
import tempfile
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import NoReturn

from tools import progress

ROOT = Path(__file__).resolve().parent.parent
BIN = Path(sys.executable).parent
INTERRUPTED = 130
DJADE = ["--target-version", "5.2"]


def main() -> NoReturn:
    """Check, or fix; the exit code tells whether all is well."""
    progress.end_on_sigterm()
    os.chdir(ROOT)
    try:
        with tempfile.TemporaryDirectory(prefix="undersigned-") as folder:
            steps = fixes() if sys.argv[1:] == ["--fix"] else checks(Path(folder))
            sys.exit(run_all(steps))
    except KeyboardInterrupt:
        sys.exit(INTERRUPTED)


def checks(folder: Path) -> dict[str, Callable[[], None]]:
    """All checks by name; ``folder`` takes what settings write."""
    development = {**os.environ, "UNDERSIGNED_ENV": "development", "DATA_DIR": str(folder)}
    manage = [sys.executable, "manage.py"]
    commands = {
        "ruff: rules": [tool("ruff"), "check", "--output-format", "concise"],
        "ruff: format": [tool("ruff"), "format", "--check", "--output-format", "concise"],
        "mypy, strict": [tool("mypy")],
        "import contract": [tool("lint-imports")],
        "djade: templates": [tool("djade"), "--check", *DJADE, *templates()],
        "missing migrations": [*manage, "makemigrations", "--check", "--dry-run"],
    }
    steps = {name: step(name, command, development) for name, command in commands.items()}
    name = "check --deploy, in production's environment"
    steps[name] = lambda: check_deploy(name, folder)
    return steps


def fixes() -> dict[str, Callable[[], None]]:
    """What repairs itself; ruff says what it could not repair."""
    commands = {
        "ruff: rules": [tool("ruff"), "check", "--fix"],
        "ruff: format": [tool("ruff"), "format"],
        "djade: templates": [tool("djade"), *DJADE, *templates()],
    }
    return {name: step(name, command, os.environ) for name, command in commands.items()}


def run_all(steps: Mapping[str, Callable[[], None]]) -> int:
    """Run each step, print what failed at the end, return the exit code."""
    started = time.monotonic()
    failures: dict[str, str] = {}
    for name, run in steps.items():
        try:
            run()
        except progress.StepFailed as failure:
            failures[name] = str(failure)
    for message in failures.values():
        print(f"\n{message.rstrip()}")
    verdict = f"{len(steps) - len(failures)} of {len(steps)} passed in {time.monotonic() - started:.1f} s"
    print(f"\n{verdict}{'; failed: ' + ', '.join(failures) if failures else ''}", flush=True)
    return int(bool(failures))


def check_deploy(name: str, folder: Path) -> None:
    """Django's deployment checks against settings as production has them, with throw-away secrets."""
    production = {
        **os.environ,
        "UNDERSIGNED_ENV": "production",
        "SECRET_KEY": secrets.token_urlsafe(50),
        "KEYS_FILE": str(folder / "production-keys.json"),
        "DATA_DIR": str(folder),
        "ALLOWED_HOSTS": "letters.example.org",
        "SITE_URL": "https://letters.example.org",
        "DATABASE_URL": "postgres://undersigned:password@127.0.0.1:5432/undersigned",
        "REDIS_URL": "redis://127.0.0.1:6379/0",
        "EMAIL_URL": "smtp://user:password@mail.example.org:587/?tls=1",
        "MAIL_FROM": "letters@example.org",
    }
    manage = [sys.executable, "manage.py"]
    progress.run("make throw-away keys", [*manage, "keys", "init"], env=production)
    progress.run(name, [*manage, "check", "--deploy", "--fail-level", "WARNING"], env=production)


def step(name: str, command: list[str], env: Mapping[str, str]) -> Callable[[], None]:
    """A check that is one command."""
    return lambda: progress.run(name, command, env=env)


def tool(name: str) -> str:
    """The path of a tool in the environment."""
    return str(BIN / name)


def templates() -> list[str]:
    """Every HTML template; djade knows HTML only."""
    return [str(path) for path in sorted(Path("templates").rglob("*.html"))]


if __name__ == "__main__":
    main()
