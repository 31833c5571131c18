import io
import zipfile

import pytest
from openpyxl import Workbook

from letters.moderation import tables

LINES = [["Name", "E-mail"], ["Zoë Example", "zoe@uni.example"], ["Bo Li", "bo@uni.example"]]


def as_csv(delimiter=","):
    return "\r\n".join(delimiter.join(line) for line in LINES)


def as_xlsx(lines=LINES):
    book, out = Workbook(), io.BytesIO()
    for line in lines:
        book.active.append(line)
    book.save(out)
    return out.getvalue()


@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "cp1252"])
def test_csv_of_every_kind(delimiter, encoding):
    table = tables.read(as_csv(delimiter).encode(encoding))

    assert (table.header, table.rows, table.lines) == (LINES[0], LINES[1:], [2, 3])
    assert ("Western European" in table.note) == (encoding == "cp1252")


def test_xlsx_with_numbers_gaps_and_formulas():
    table = tables.read(as_xlsx([["Name", "E-mail", "Year"], [], ["Bo", "bo@uni.example", 2026], ["=1+1", None, None]]))

    assert (table.rows, table.lines) == ([["Bo", "bo@uni.example", "2026"], ["=1+1", "", ""]], [3, 4])


def test_rows_are_counted_as_a_spreadsheet_counts_them():
    table = tables.read(b'\nName,Note,E-mail\n\n"Li, Bo","two\nlines",bo@uni.example\n,,\nJo Do,,jo@uni.example\n')

    assert (table.header[0], table.lines) == ("Name", [4, 6])


def test_merged_cells_a_hidden_column_and_a_second_sheet_are_read_as_far_as_they_stand_there():
    book, out = Workbook(), io.BytesIO()
    for line in (
        ["Members", None, None],
        ["Name", "E-mail", "E-mail"],
        ["Bo", "bo@uni.example", None],
        ["Jo", None, None],
    ):
        book.active.append(line)
    book.active.merge_cells("A1:C1")
    book.active.merge_cells("B3:B4")
    book.active.column_dimensions["B"].hidden = True
    book.create_sheet().append(["Other", "other@uni.example"])
    book.save(out)

    table = tables.read(out.getvalue())

    assert (table.header, table.lines) == (["Name", "E-mail", "E-mail"], [3, 4])
    assert table.rows == [["Bo", "bo@uni.example", ""], ["Jo", "", ""]]


@pytest.mark.parametrize(
    ("content", "header"),
    [
        (b"Members,\nof the club,\n\nName,E-mail\nBo,bo@uni.example\n", ["Name", "E-mail"]),
        (b"bo@uni.example,\nJo,jo@uni.example\n", ["Column 1", "Column 2"]),
        (b"Name\nBo\nJo\n", ["Name"]),
        (b"Name,\nBo,\n" * 5 + b"Jo,jo@uni.example\n", ["Name", ""]),
    ],
)
def test_a_title_above_the_header_is_no_header(content, header):
    assert tables.read(content).header == header


def test_a_workbook_with_macros_is_read_and_runs_nothing():
    packed = zipfile.ZipFile(io.BytesIO(as_xlsx()))
    with_macros = bomb({**{name: packed.read(name) for name in packed.namelist()}, "xl/vbaProject.bin": b"\xcc\x61"})

    assert tables.read(with_macros).rows == LINES[1:]


@pytest.mark.parametrize(
    ("text", "is_garbled"),
    [
        ("M\u00c3\u00bcller", True),
        ("Jos\u00c3\u00a9 Garc\u00c3\u00ada", True),
        ("M\ufffdller", True),
        ("Müller", False),
        ("Ãlvaro São", False),
        ("Łukasz", False),
        ("李", False),
        ("Bo Li", False),
    ],
)
def test_letters_that_broke_on_their_way_are_told_from_others(text, is_garbled):
    assert tables.is_garbled(text) == is_garbled


def test_a_comma_within_quotes_parts_nothing():
    table = tables.read(b'Name;E-mail\n"Li, Bo";bo@uni.example\n"Do, Jo";jo@uni.example\n')

    assert table.rows[0] == ["Li, Bo", "bo@uni.example"]


def test_a_table_without_a_header():
    table = tables.read(b"Bo Li,bo@uni.example\n")

    assert (table.header, table.rows, table.lines) == (["Column 1", "Column 2"], [["Bo Li", "bo@uni.example"]], [1])


def bomb(entries):
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as packed:
        for name, content in entries.items():
            packed.writestr(name, content)
    return out.getvalue()


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"", "no row"),
        (b"\n\n,,\n", "no row"),
        (b"Name,E-mail\n", "no row below"),
        (b"a" * (tables.MOST_BYTES + 1), "larger than 2 MB"),
        (b"\xd0\xcf\x11\xe0" + b"x" * 100, "old Excel"),
        (b"a,b\0c\n" + b"\x01" * 300, "cannot be read|no table"),
        (b"PK\x03\x04 and then nothing", "not whole"),
        (b"Name\n" + b"x\n" * (tables.MOST_ROWS + 1), "more than 5000 rows"),
        (b"," * tables.MOST_COLUMNS + b"x\n", "more than 40 columns"),
        (b'"' + b"a" * 200_000, "does not end"),
        (bomb({"xl/workbook.xml": b"0" * (tables.MOST_UNPACKED_BYTES + 1)}), "far larger"),
        (bomb({f"{n}.xml": b"" for n in range(tables.MOST_PARTS + 1)}), "far larger"),
        (bomb({"xl/workbook.xml": b'<?xml version="1.0"?><!DOCTYPE a [<!ENTITY b "c">]><a/>'}), "does not open"),
        (bomb({"word/document.xml": b"<a/>"}), "does not open"),
    ],
)
def test_what_is_no_list_is_refused_with_a_sentence(content, says):
    with pytest.raises(tables.Unreadable, match=says):
        tables.read(content)


def test_a_cut_xlsx_is_refused():
    whole = as_xlsx()

    for end in range(10, len(whole), 997):
        with pytest.raises(tables.Unreadable):
            tables.read(whole[:end])


def test_a_damaged_xlsx_is_refused_with_a_sentence_wherever_the_damage_is():
    book, file = Workbook(), io.BytesIO()
    for number in range(30):
        book.active.append([f"Name {number}", f"name{number}@example.org"])
    book.save(file)
    whole = file.getvalue()

    sentences = set()
    for place in range(4, len(whole), len(whole) // 60):
        damaged = whole[:place] + bytes(byte ^ 0xA5 for byte in whole[place : place + 3]) + whole[place + 3 :]
        try:
            tables.read(damaged)  # some bytes mean nothing
        except tables.Unreadable as error:
            sentences.add(error.message)
    assert sentences
    assert [text for text in sentences if "Save it anew" not in text and "far larger" not in text] == []


def test_no_more_rows_are_read_than_are_taken(monkeypatch):
    monkeypatch.setattr(tables, "MOST_ROWS", 5)

    assert len(tables._of_csv("name,email\n" + "\n,\na,a@b.example\n" * 1000)) == 7
