import pytest
from django.template.loader import render_to_string

from campaign import charts


def test_bars_stand_on_the_ground_and_on_each_other():
    chart = charts.bars("x", "Title", ["a", "b"], [("one", [1, 3]), ("two", [0, 0])])

    first, second = chart.bars
    (low_y, low_height, low), (high_y, high_height, high) = first.parts
    assert (low, high) == ("chart__bar--0", "chart__bar--1")
    assert round(low_y + low_height, 1) == chart.ground
    assert round(high_y + high_height, 1) == low_y
    assert high_height == pytest.approx(3 * low_height, abs=0.2)
    assert second.parts == []
    assert first.title == "one: 1 a, 3 b"


@pytest.mark.parametrize(("most", "top"), [(1, 2), (3, 4), (9, 10), (11, 20), (41, 100), (2001, 4000)])
def test_the_scale_has_whole_steps(most, top):
    chart = charts.bars("x", "Title", ["a"], [("one", [most])])

    assert [value for _y, value in chart.lines] == [0, top // 2, top]


@pytest.mark.parametrize(("limit", "is_drawn"), [(10, True), (20, True), (21, False)])
def test_a_limit_is_drawn_when_it_is_within_sight(limit, is_drawn):
    chart = charts.bars("x", "Title", ["a"], [("one", [10])], limit=limit)

    assert (chart.limit is not None) == is_drawn


def test_the_name_of_the_limit_stands_at_its_begin_away_from_the_newest_bar():
    chart = charts.bars("x", "Title", ["a"], [("one", [1]), ("two", [30])], limit=20, limit_label="held beyond")
    page = render_to_string("components/chart_bars.html", {"chart": chart})

    label = page.split("held beyond")[0].rsplit("<text", 1)[1]
    assert (f'x="{charts.LEFT + 4}"' in label, "text-anchor" in label) == (True, False)


def test_nothing_to_draw_is_said_and_the_table_stays():
    chart = charts.bars("x", "Title", ["a"], [("one", [0])])
    page = render_to_string("components/chart_bars.html", {"chart": chart})

    assert "Nothing in this time." in page
    assert "<svg" not in page
    assert '<td class="number">0</td>' in page


def test_few_labels_are_written():
    chart = charts.bars("x", "Title", ["a"], [(str(n), [n]) for n in range(60)])

    written = [bar.label for bar in chart.bars if bar.label]
    assert len(written) <= charts.MOST_LABELS
    assert [bar.label for bar in chart.bars if bar.label and not bar.is_minor] == written[::2]


def test_one_day_alone_is_a_bar_in_the_middle_and_no_wall():
    (bar,) = charts.bars("x", "Title", ["a"], [("one", [3])]).bars

    assert bar.width == charts.WIDEST
    assert bar.x + bar.width / 2 == pytest.approx(bar.middle, abs=0.2)


def test_labels_below_stand_clear_of_those_at_the_side():
    chart = charts.bars("x", "Title", ["a"], [("one", [3])])
    on_a_phone = 19  # css/chart.css, in the picture's own pixels

    assert chart.height - 6 - on_a_phone >= chart.ground


@pytest.mark.parametrize(("most", "left"), [(400, charts.LEFT), (1000, 66), (100_000, 88)])
def test_large_numbers_at_the_side_have_room_on_a_phone(most, left):
    chart = charts.bars("x", "Title", ["a"], [("one", [most]), ("two", [most])])

    assert chart.left == left
    assert chart.bars[0].x >= left
    assert chart.bars[-1].x + chart.bars[-1].width <= chart.width
