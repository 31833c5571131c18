from letters.press.printing import blocks


def word(text):
    return {"t": "text", "s": text}


def test_every_kind_of_block_is_read():
    found, notes = blocks.of_text(
        "# Big\n\n#### Small\n\na *b* **c `d`**  \ne\n\n> q\n\n3. one\n   - in\n\n---\n\n    code\n\n"
        "| x | y |\n|---|---|\n| 1 | 2 |"
    )

    assert [(node["t"], node.get("level")) for node in found] == [
        ("h", 2), ("h", 3), ("p", None), ("quote", None), ("ol", None), ("hr", None), ("code", None), ("table", None),
    ]  # fmt: skip
    assert found[2]["c"] == [
        word("a "), {"t": "em", "c": [word("b")]}, word(" "),
        {"t": "strong", "c": [word("c "), {"t": "code", "s": "d"}]}, {"t": "br"}, word("e"),
    ]  # fmt: skip
    assert (found[4]["start"], found[4]["items"][0][1]["t"]) == (3, "ul")
    assert found[7]["rows"] == [[[word("x")], [word("y")]], [[word("1")], [word("2")]]]
    assert notes == []


def test_notes_keep_their_number_when_mentioned_again():
    found, notes = blocks.of_text("a[^x] b[^y] c[^x]\n\n[^y]: second\n[^x]: first")

    assert [(n["n"], n["first"]) for n in found[0]["c"] if n["t"] == "note"] == [(1, True), (2, True), (1, False)]
    assert [note[0]["c"] for note in notes] == [[word("first")], [word("second")]]


def test_links_lead_to_the_web_and_pictures_are_their_words():
    assert blocks.of_line("[a](https://b.example) ![c](d.png) <b>e</b>") == [
        {"t": "link", "href": "https://b.example", "c": [word("a")]}, word(" "), word("c"), word(" <b>e</b>"),
    ]  # fmt: skip
    assert blocks.of_line("[a](/etc/passwd) [b](javascript:alert) [c](ftp://x.example)")[0] == word("a")
    assert blocks.of_line("") == []
