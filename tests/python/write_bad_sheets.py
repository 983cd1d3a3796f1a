"""Writes the corpus of bad sheets: one file for each thing that people, programs and attackers get wrong.

Usage: write_bad_sheets.py DIRECTORY. sheets/tests/corpus holds what it wrote; sheets/tests/sheets/corpus.rs says what is
wrong with each. The same files come out every time.
"""

import datetime
import io
import pathlib
import sys
import zipfile

import openpyxl
from openpyxl.styles import Font

NUMBER = "11010519491231002X"
OTHER = "440308199901101512"
HEAD = ["姓名", "证件号码", "申报等级"]
ROW = ["王芳", NUMBER, "四级"]
TYPES = '<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"/>'
KIND = "http://schemas.openxmlformats.org/officeDocument/2006/relationships/"


def packed(parts, stored=False):
    """A zip with these parts, each with the same date."""
    whole = io.BytesIO()
    with zipfile.ZipFile(whole, "w") as archive:
        for name, data in parts:
            info = zipfile.ZipInfo(name, (2026, 11, 1, 0, 0, 0))
            info.compress_type = zipfile.ZIP_STORED if stored else zipfile.ZIP_DEFLATED
            archive.writestr(info, data)
    return whole.getvalue()


def saved(book):
    """A workbook as openpyxl writes it, without the time at which it did."""
    whole = io.BytesIO()
    book.save(whole)
    with zipfile.ZipFile(whole) as archive:
        parts = [(info.filename, archive.read(info)) for info in archive.infolist()]
    return packed([part for part in parts if part[0] != "docProps/core.xml"])


def book(*rows, change=None, title="名册"):
    made = openpyxl.Workbook()
    sheet = made.active
    sheet.title = title
    for row in rows:
        sheet.append(row)
    if change:
        change(sheet)
    return saved(made)


def roster(*more, change=None):
    return book(HEAD, ROW, *more, change=change)


def scores(value, form):
    def change(sheet):
        sheet["B2"].number_format = form

    return book(["准考证号", "成绩"], ["2026001", value], change=change)


def formatted(cell, form):
    def change(sheet):
        sheet[cell].number_format = form

    return change


def hidden_row(sheet):
    sheet.row_dimensions[3].hidden = True


def filtered(sheet):
    sheet.auto_filter.ref = "A1:C3"
    sheet.auto_filter.add_filter_column(0, ["王芳"])
    sheet.row_dimensions[3].hidden = True


def hidden_column(sheet):
    sheet.column_dimensions["C"].hidden = True


def covered(sheet):
    """Two cells made one, with a value in the lower one that nobody sees."""
    sheet.merge_cells("C2:C3")


def several(titles):
    made = openpyxl.Workbook()
    made.remove(made.active)
    for title in titles:
        sheet = made.create_sheet(title)
        sheet.append(HEAD)
        sheet.append(ROW)
    return saved(made)


def on_hidden_sheet():
    made = openpyxl.Workbook()
    made.active["A1"] = "填写说明"
    sheet = made.create_sheet("名册")
    sheet.append(HEAD)
    sheet.append(ROW)
    sheet.sheet_state = "hidden"
    return saved(made)


def raw(rows, strings="<sst/>", relations="", before="<worksheet>", more=()):
    """A workbook part by part, as no good program writes it."""
    sheet = f"{before}<sheetData>{rows}</sheetData></worksheet>"
    relation = '<Relationship Id="{}" Type="' + KIND + '{}" Target="{}"/>'
    known = relation.format("r1", "worksheet", "worksheets/sheet1.xml")
    known += relation.format("r2", "sharedStrings", "sharedStrings.xml") + relations
    workbook = '<workbook xmlns:r="http://r"><sheets><sheet name="名册" sheetId="1" r:id="r1"/></sheets></workbook>'
    return packed(
        [
            ("[Content_Types].xml", TYPES),
            ("xl/workbook.xml", workbook),
            ("xl/_rels/workbook.xml.rels", f"<Relationships>{known}</Relationships>"),
            ("xl/worksheets/sheet1.xml", sheet),
            ("xl/sharedStrings.xml", strings),
            *more,
        ]
    )


def cell(place, text):
    return f'<c r="{place}" t="inlineStr"><is><t>{text}</t></is></c>'


def line(number, texts):
    cells = "".join(cell(f"{column}{number}", text) for column, text in zip("ABCDE", texts))
    return f'<row r="{number}">{cells}</row>'


GOOD = line(1, HEAD) + line(2, ROW)


def lying():
    """The directory says that the sheet is short."""
    bytes_ = bytearray(raw(GOOD))
    at = bytes_.rfind(b"xl/worksheets/sheet1.xml") - 46
    assert bytes_[at : at + 4] == b"PK\x01\x02"
    bytes_[at + 24 : at + 28] = (10).to_bytes(4, "little")
    return bytes(bytes_)


def huge():
    """The directory says that the sheet is larger than any."""
    bytes_ = bytearray(raw(GOOD))
    at = bytes_.rfind(b"xl/worksheets/sheet1.xml") - 46
    bytes_[at + 24 : at + 28] = (60 << 20).to_bytes(4, "little")
    return bytes(bytes_)


def encrypted():
    bytes_ = bytearray(raw(GOOD))
    bytes_[bytes_.find(b"PK\x01\x02") + 8] |= 1
    return bytes(bytes_)


OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(64)


def workbooks():
    late = ["", "", "", datetime.date(2026, 11, 1)]
    foot = ["负责人力资源公司", "", OTHER]
    yield "formula.xlsx", roster(["=A2", OTHER, "四级"])
    yield "formula-shared.xlsx", raw(GOOD + f'<row r="3"><c r="A3"><f t="shared" si="0"/><v>1</v></c>{cell("B3", OTHER)}</row>')
    yield "error-value.xlsx", raw(GOOD + f'<row r="3">{cell("A3", "李四")}<c r="B3" t="e"><v>#N/A</v></c></row>')
    yield "logic.xlsx", roster([True, OTHER, "四级"])
    yield "merged.xlsx", roster(["李四", OTHER, ""], change=covered)
    yield "hidden-row.xlsx", roster(["李四", OTHER, "四级"], change=hidden_row)
    yield "filtered-row.xlsx", roster(["李四", OTHER, "四级"], change=filtered)
    yield "hidden-column.xlsx", roster(["李四", OTHER, "四级"], change=hidden_column)
    yield "hidden-sheet.xlsx", on_hidden_sheet()
    yield "number-lost-digits.xlsx", roster(["李四", 440308199901101512, "四级"])
    yield "ticket-leading-zeros.xlsx", book([*HEAD, "准考证号"], [*ROW, 12], change=formatted("D2", "0000"))
    yield "ticket-made-a-date.xlsx", book([*HEAD, "准考证号"], [*ROW, datetime.date(2026, 3, 1)])
    yield "name-made-a-date.xlsx", roster([datetime.date(2026, 3, 1), OTHER, "四级"])
    yield "score-percent.xlsx", scores(0.85, "0%")
    yield "score-rounded.xlsx", scores(85.4, "0")
    yield "score-with-words.xlsx", scores(85, '0"分"')
    yield "score-absent.xlsx", book(["准考证号", "成绩"], ["2026001", "缺考"])
    yield "heading-missing.xlsx", book(["姓名", "申报等级"], ["王芳", "四级"])
    yield "heading-twice.xlsx", book([*HEAD, "身份证号"], [*ROW, NUMBER])
    yield "no-headings.xlsx", book(ROW)
    yield "no-rows.xlsx", book(HEAD)
    yield "two-rosters.xlsx", several(["一班", "二班"])
    yield "too-many-sheets.xlsx", several([f"第{place}班" for place in range(65)])
    yield "long-sheet-name.xlsx", book(HEAD, ROW, title="名" * 101)
    yield "shifted.xlsx", roster(["李", "四", OTHER, "四级"])
    yield "date-under-nothing.xlsx", roster(["李四", OTHER, "四级", *late])
    yield "name-missing.xlsx", roster(["", OTHER, "四级"])
    yield "below-foot.xlsx", book(["工作单位", "姓名", "证件号码"], foot[:2] + [""], ["某公司", "李四", OTHER])
    yield "far-column.xlsx", roster(change=lambda sheet: sheet.cell(2, 257, "x"))
    yield "long-cell.xlsx", roster(["长" * 1400, OTHER, "四级"])
    yield "rows-out-of-order.xlsx", raw(GOOD + line(2, ROW))
    yield "cells-out-of-order.xlsx", raw(GOOD + f'<row r="3">{cell("B3", OTHER)}{cell("A3", "李四")}</row>')
    yield "text-missing.xlsx", raw(GOOD + '<row r="3"><c r="A3" t="s"><v>7</v></c></row>')
    yield "merged-nowhere.xlsx", raw(GOOD, before='<worksheet><mergeCells><mergeCell ref="C2:oops"/></mergeCells>')


def containers():
    yield "macros.xlsm", raw(GOOD, more=[("xl/vbaProject.bin", b"\0")])
    yield "macro-sheet.xlsx", raw(GOOD, more=[("xl/macrosheets/sheet1.xml", b"<m/>")])
    yield "password.xlsx", OLE + "EncryptedPackage".encode("utf-16-le")
    yield "password-of-zip.xlsx", encrypted()
    yield "old.xls", OLE
    yield "binary.xlsb", packed([("[Content_Types].xml", TYPES), ("xl/workbook.bin", b"\0")])
    mime = "application/vnd.oasis.opendocument.spreadsheet"
    yield "opendocument.ods", packed([("mimetype", mime), ("content.xml", "<office/>")])
    yield "document.docx", packed([("[Content_Types].xml", TYPES), ("word/document.xml", "<w/>")])
    yield "photos.zip", packed([("001.jpg", b"\xff\xd8")])
    yield "torn.xlsx", raw(GOOD)[:400]
    yield "torn-download.xlsx", b"PK\x03\x04"
    yield "size-lies.xlsx", lying()
    yield "size-huge.xlsx", huge()
    yield "bomb.xlsx", raw(" " * (4 << 20))
    yield "deep.xlsx", raw("<a>" * 5000)
    yield "entities.xlsx", raw(GOOD, before='<!DOCTYPE a [<!ENTITY b "ha"><!ENTITY c "&b;&b;">]><worksheet>')
    many = " ".join(f'a{place}=""' for place in range(3000))
    yield "attributes.xlsx", raw(GOOD + f"<row {many}></row>")
    sheet = f"<worksheet><sheetData>{line(1, HEAD)}</sheetData></worksheet>"
    yield "part-twice.xlsx", raw(GOOD, more=[("xl/worksheets/Sheet1.xml", sheet)])
    again = f'<Relationship Id="r3" Type="{KIND}sharedStrings" Target="other.xml"/>'
    yield "strings-twice.xlsx", raw(GOOD, relations=again, more=[("xl/other.xml", "<sst/>")])
    yield "no-xml.xlsx", raw("<row></c>")


def texts():
    head, row = ",".join(HEAD), ",".join(ROW)
    yield "empty.csv", b""
    yield "program.csv", b"\x7fELF\0\0\0\0"
    yield "neither-encoding.csv", "姓名,证件号码\n".encode() + b"\xff\xff\x81"
    yield "open-quote.csv", f'{head}\n"王芳,{NUMBER},四级\n李四,{OTHER},四级\n'.encode()
    yield "formula.csv", f"{head}\n{row}\n=A2,{OTHER},四级\n".encode()
    yield "shifted.csv", f"{head}\n{row}\n李,四,{OTHER},四级\n".encode()
    yield "number-missing.csv", f"{head}\n{row}\n李四,,四级\n".encode("gb18030")
    yield "too-many-rows.csv", b"a,\n" * 20001
    yield "page.csv", "<html><body>请先登录</body></html>\n".encode()


def main():
    directory = pathlib.Path(sys.argv[1])
    directory.mkdir(parents=True, exist_ok=True)
    for files in (workbooks, containers, texts):
        for name, data in files():
            (directory / name).write_bytes(data)


main()
