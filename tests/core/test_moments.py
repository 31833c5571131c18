"""Wall clocks of places, summer time included."""

from datetime import UTC, datetime

import pytest

from letters.core import moments


def test_an_hour_is_that_of_its_zone():
    assert moments.read("2026-12-01T09:00", "Europe/Berlin") == datetime(2026, 12, 1, 8, tzinfo=UTC)
    assert moments.read("2026-07-01T09:00", "Europe/Berlin") == datetime(2026, 7, 1, 7, tzinfo=UTC)
    assert moments.read(" 2026-12-01T09:00:30 ", "Asia/Kolkata") == datetime(2026, 12, 1, 3, 30, tzinfo=UTC)


def test_an_hour_that_the_clocks_skip_is_refused_by_name():
    with pytest.raises(moments.MomentRefused) as refused:
        moments.read("2026-03-29T02:30", "Europe/Berlin")

    assert refused.value.message == (
        "02:30 does not exist on that day in Europe/Berlin: the clocks go forward. Choose another hour."
    )


def test_of_an_hour_that_comes_twice_the_first_is_meant():
    assert moments.read("2026-10-25T02:30", "Europe/Berlin") == datetime(2026, 10, 25, 0, 30, tzinfo=UTC)


@pytest.mark.parametrize("typed", ["", "tomorrow", "2026-13-01T09:00", "2026-12-01", "2026-12-01T25:00"])
def test_what_is_no_moment_is_refused(typed):
    with pytest.raises(moments.MomentRefused, match="Give the day and the hour"):
        moments.read(typed, "UTC")


@pytest.mark.parametrize("name", ["", "Berlin", "Etc/GMT+3", "../etc/passwd", "Mars/Olympus"])
def test_a_zone_outside_the_list_is_refused(name):
    with pytest.raises(moments.MomentRefused, match="time zone of the list"):
        moments.read("2026-12-01T09:00", name)


def test_a_moment_comes_back_as_it_was_typed():
    moment = moments.read("2026-12-01T09:00", "America/St_Johns")

    assert moments.write(moment, "America/St_Johns") == "2026-12-01T09:00"
    assert moments.write(None, "UTC") == ""
