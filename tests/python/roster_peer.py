"""The peer of `./dev bench sheets`: openpyxl reads a roster, executemany writes its rows.

Into plain tables of SQLite, one transaction, an index on number and ticket; and the rows go out as tab-separated lines to a
file, for other databases. The last line that it prints is JSON, in seconds.

    roster_peer.py ROSTER.xlsx DIRECTORY
"""

import json
import os
import sqlite3
import sys
import time

import openpyxl

TABLE = """
    CREATE TABLE plain_roster (name TEXT NOT NULL, number TEXT NOT NULL UNIQUE, ticket TEXT UNIQUE, employer TEXT,
        level TEXT NOT NULL)
"""


def rows(path):
    sheet = openpyxl.load_workbook(path, read_only=True).worksheets[0]
    # Title, headings, rows.
    return [tuple(cells) for cells in sheet.iter_rows(min_row=3, max_col=5, values_only=True) if cells[0]]


def main(path, directory):
    begun = time.perf_counter()
    found = rows(path)
    read = time.perf_counter()
    database = sqlite3.connect(os.path.join(directory, "peer.db"))
    database.execute(TABLE)
    with database:
        database.executemany("INSERT INTO plain_roster VALUES (?, ?, ?, ?, ?)", found)
    written = time.perf_counter()
    with open(os.path.join(directory, "rows.tsv"), "w", encoding="utf-8") as lines:
        lines.writelines("\t".join(cells) + "\n" for cells in found)
    print(json.dumps({"rows": len(found), "read": read - begun, "write": written - read}))


if __name__ == "__main__":
    main(*sys.argv[1:])
