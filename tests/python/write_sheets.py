"""Writes sheets as people make them with openpyxl, and writes ours again as it understands them.

Usage: write_sheets.py DIRECTORY. It writes roster.xlsx, spoiled.xlsx and, from given.xlsx, again.xlsx.
"""

import datetime
import pathlib
import sys

import openpyxl
from openpyxl.styles import Alignment, Font

NUMBERS = ["11010519491231002X", "440308199901101512", "610102198005170016"]
NAMES = ["欧阳踏雪无痕", "𠮷田丰", "Müller Ångström"]


def roster(directory):
    book = openpyxl.Workbook()
    sheet = book.active
    sheet.title = "名册"
    sheet.merge_cells("A1:E1")
    sheet["A1"] = "2026 年第一批考生名册"
    sheet["A1"].font = Font(bold=True, size=16)
    sheet["A1"].alignment = Alignment(horizontal="center")
    sheet.append(["序号", "姓名", "证件\n号码", "准考证号", "申报等级"])
    for place, (name, number) in enumerate(zip(NAMES, NUMBERS)):
        sheet.append([place + 1, name, number, 2026001 + place, "四级"])
    sheet.freeze_panes = "A3"
    sheet.append([])
    sheet.append(["制表：王芳", None, "日期：", datetime.date(2026, 11, 1)])
    # Somebody gave a thousand rows below a border.
    for row in range(10, 1010):
        sheet.cell(row, 2).font = Font(size=12)
    notes = book.create_sheet("说明")
    notes["A1"] = "填写说明"
    book.save(directory / "roster.xlsx")


def spoiled(directory):
    book = openpyxl.Workbook()
    sheet = book.active
    sheet.append(["姓名", "证件号码", "准考证号"])
    sheet.append(["王芳", 440308199901101512, "001"])
    sheet.append(["=A2", NUMBERS[0], datetime.date(2026, 3, 1)])
    sheet.merge_cells("A2:A3")
    sheet["C4"] = 12
    sheet["C4"].number_format = "0000"
    sheet["A4"] = "李四"
    sheet["B4"] = NUMBERS[2]
    sheet.row_dimensions[4].hidden = True
    book.save(directory / "spoiled.xlsx")


def main():
    directory = pathlib.Path(sys.argv[1])
    roster(directory)
    spoiled(directory)
    openpyxl.load_workbook(directory / "given.xlsx").save(directory / "again.xlsx")


main()
