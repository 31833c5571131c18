"""When set-up must do something again, and when not."""

import json

import pytest

from tools import progress, setup

PYPROJECT = '[project]\nname = "trial"\n[tool.ruff]\nline-length = {}\n'


@pytest.fixture
def root(tmp_path, monkeypatch):
    """A project whose environment is complete, with the test extra."""
    (tmp_path / "pyproject.toml").write_text(PYPROJECT.format(100))
    (tmp_path / "constraints.txt").write_text("django==5.2\n")
    python = tmp_path / ".venv" / "bin" / "python"
    python.parent.mkdir(parents=True)
    python.touch()
    for name, value in (("ROOT", tmp_path), ("VENV", tmp_path / ".venv"), ("VENV_PYTHON", python)):
        monkeypatch.setattr(setup, name, value)
    stamp = tmp_path / ".venv" / "setup.json"
    monkeypatch.setattr(setup, "STAMP", stamp)
    done = {"place": setup.fingerprint_of_place(), "dependencies": setup.fingerprint_of_dependencies()}
    stamp.write_text(json.dumps({**done, "extras": ["test"]}))
    return tmp_path


@pytest.fixture
def commands(monkeypatch):
    """What set-up would run, instead of running it."""
    seen = []
    monkeypatch.setattr(progress, "run", lambda label, command, **_: seen.append(command))
    return seen


def test_complete_environment_is_left_alone(root, commands):
    setup.set_up({"test"})

    assert commands == []


def test_change_of_a_tool_table_is_no_reason(root, commands):
    (root / "pyproject.toml").write_text(PYPROJECT.format(110))

    setup.set_up(set())

    assert commands == []


def test_change_of_a_constraint_installs_again_with_the_extras_of_before(root, commands):
    (root / "constraints.txt").write_text("django==5.2.1\n")

    setup.set_up(set())

    assert [command[-1] for command in commands] == [".[test]"]
    assert json.loads(setup.STAMP.read_text())["extras"] == ["test"]


def test_new_extra_is_added_to_those_of_before(root, commands):
    setup.set_up({"check"})

    assert [command[-1] for command in commands] == [".[check,test]"]


def test_moved_folder_makes_the_environment_anew(root, commands):
    stamp = json.loads(setup.STAMP.read_text())
    setup.STAMP.write_text(json.dumps({**stamp, "place": "3.11.0 /elsewhere"}))

    setup.set_up(set())

    assert commands[0][1:4] == ["-m", "venv", "--clear"]
    assert commands[-1][-1] == "."


def test_failed_installation_leaves_no_stamp(root, monkeypatch):
    def fail(label, command, **_):
        raise progress.StepFailed("no network")

    monkeypatch.setattr(progress, "run", fail)

    with pytest.raises(progress.StepFailed):
        setup.set_up({"check"})

    assert setup.read_stamp() is None
