"""What other people's programs say is told as they said it, and silence is no agreement."""

import pytest

from tools.oracles import __main__ as oracles
from tools.oracles import needs, package, pages
from tools.oracles.site import Answer, Site
from tools.oracles.verdict import Verdict

PAGES = {
    "http://site/": '<a href="/a/">a</a> <a href="http://elsewhere/">x</a> <iframe src="/b/#here"></iframe>',
    "http://site/a/": '<a href="../list.csv">file</a> <a href="/">home</a>',
    "http://site/b/": "",
    "http://site/list.csv": "",
}


class Shelf(Site):
    def get(self, address):
        return Answer(200, "text/csv" if address.endswith(".csv") else "text/html", PAGES[address].encode())


def test_links_are_followed_once_within_the_site(tmp_path):
    found = pages.crawl(Shelf("http://site", tmp_path, {}, "/"), tmp_path, ["/"])

    assert list(found.values()) == ["http://site/ (200)", "http://site/a/ (200)", "http://site/b/ (200)"]
    assert sorted(path.name for path in tmp_path.iterdir()) == sorted(found)


def test_what_is_wrong_stands_below_its_judgement(capsys):
    oracles.show([Verdict("jing 1.0", "a feed", ["no date"]), Verdict("go 1.1", "a proof")])

    assert [line.strip() for line in capsys.readouterr().out.splitlines()] == [
        "WRONG   a feed — jing 1.0", "no date", "agrees  a proof — go 1.1",
    ]  # fmt: skip


@pytest.mark.parametrize(("ci", "code"), [("true", 1), ("", 0)])
def test_nobody_to_ask_is_a_failure_on_the_build_server(capsys, monkeypatch, ci, code):
    def refuse():
        raise needs.Missing("go is missing.")

    monkeypatch.setenv("CI", ci)
    monkeypatch.setattr(needs, "install", refuse)
    monkeypatch.setattr("sys.argv", ["oracles"])

    with pytest.raises(SystemExit) as ended:
        oracles.main()

    assert ended.value.code == code
    assert "NOT JUDGED BY ANYBODY. go is missing." in capsys.readouterr().out


def test_names_are_found_across_line_ends_and_compositions():
    assert package.bare("Müller-\nLüdenscheidt") == package.bare("Mu\u0308ller-Lüdenscheidt")
    assert package.bare("Anna B") != package.bare("Anna C")
