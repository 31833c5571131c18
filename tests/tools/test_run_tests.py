"""The closing line and the exit code of make test."""

from pathlib import Path

import pytest

from tools import run_tests
from tools.run_tests import Phase, Result

REPORT = '<testsuites><testsuite tests="5" failures="1" errors="1" skipped="1"/></testsuites>'
PHASE = Phase("everything", "not browser", on_servers=True)


def counted(tmp_path, *, code, report=REPORT, narrowed=False):
    path = tmp_path / "report.xml"
    if report:
        path.write_text(report)
    return run_tests.count(PHASE, path, code, 2.0, narrowed=narrowed)


def test_report_is_counted_with_errors_as_failures(tmp_path):
    assert counted(tmp_path, code=1) == Result("everything", 2.0, passed=2, failed=2, skipped=1)


def test_time_of_each_test_is_known_and_the_slowest_come_first(tmp_path, capsys):
    cases = "".join(
        f'<testcase classname="tests.press.test_{file}" name="{name}" time="{time}"/>'
        for file, name, time in (("a", "x", 0.5), ("b", "y", 2.0), ("a", "z", 1.7))
    )
    result = counted(tmp_path, code=0, report=f'<testsuite tests="3">{cases}</testsuite>')

    run_tests.print_slowest([result])

    lines = [line.split() for line in capsys.readouterr().out.splitlines() if line]
    assert [line for line in lines if "::" in line[-1]] == [
        ["2.0", "tests/press/test_b.py::y"], ["1.7", "tests/press/test_a.py::z"], ["0.5", "tests/press/test_a.py::x"],
    ]  # fmt: skip
    assert [line for line in lines if line[-1:] and line[-1].endswith(".py")] == [
        ["2.2", "tests/press/test_a.py"],
        ["2.0", "tests/press/test_b.py"],
    ]


def test_one_phase_can_be_run_alone():
    phases, others = run_tests.parse(["--only", "browser", "tests/journeys", "-k", "looks"])

    assert ([phase.key for phase in phases], others) == (["browser"], ["tests/journeys", "-k", "looks"])
    assert [len(run_tests.parse(arguments)[0]) for arguments in ([], ["-x"])] == [3, 3]


def test_phase_loads_the_files_that_name_its_mark_alone():
    everything, sqlite, browser = run_tests.PHASES

    assert run_tests.files_of(everything) == []
    assert any(path.endswith("tests/security/test_sweeps.py") for path in run_tests.files_of(sqlite))
    assert {Path(path).parent.name for path in run_tests.files_of(browser) if path != __file__} >= {"journeys"}


def test_broken_phase_is_a_failure_even_when_all_its_tests_passed(tmp_path):
    report = '<testsuites><testsuite tests="5" failures="0" errors="0" skipped="0"/></testsuites>'

    result = counted(tmp_path, code=3, report=report)

    assert (result.failed, result.note) == (1, "pytest ended with exit code 3")


def test_phase_without_a_report_is_a_failure(tmp_path):
    assert counted(tmp_path, code=4, report="").failed == 1


@pytest.mark.parametrize(("narrowed", "failed"), [(False, 1), (True, 0)])
def test_empty_phase_fails_unless_the_run_was_narrowed(tmp_path, narrowed, failed):
    report = '<testsuites><testsuite tests="0" failures="0" errors="0" skipped="0"/></testsuites>'

    assert counted(tmp_path, code=5, report=report, narrowed=narrowed).failed == failed


@pytest.mark.parametrize(("ci", "code"), [("true", 1), ("", 0)])
def test_missing_browser_is_the_last_line_and_fails_on_the_build_server(capsys, monkeypatch, ci, code):
    monkeypatch.setenv("CI", ci)

    verdict = run_tests.print_verdict([Result("all", 1.0, passed=3)], has_browser=False, narrowed=False)

    last_line = capsys.readouterr().out.splitlines()[-1]
    assert last_line.startswith("3 passed, 0 failed; journeys not run: install Chromium")
    assert verdict == code


def test_one_line_adds_up_all_phases(capsys):
    results = [Result("a", 1.0, passed=3, failed=1), Result("b", 1.0, passed=2)]

    verdict = run_tests.print_verdict(results, has_browser=True, narrowed=False)

    assert capsys.readouterr().out.splitlines()[-1] == "5 passed, 1 failed"
    assert verdict == 1
