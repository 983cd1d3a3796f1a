"""Answers questions about working days in China with `chinesecalendar`, which shares nothing with us.

In, a line each: `is DATE`, or `after DATE N` for the Nth working day after the date. Out, a line each: `true` or
`false`, or a date; `unknown` where a year is asked for that the package does not know.
"""

import datetime
import sys

import chinese_calendar


def nth_after(date, n):
    while n > 0:
        date += datetime.timedelta(days=1)
        n -= chinese_calendar.is_workday(date)
    return date


def answer(line):
    what, date, *rest = line.split()
    date = datetime.date.fromisoformat(date)
    try:
        if what == "is":
            return str(chinese_calendar.is_workday(date)).lower()
        return nth_after(date, int(rest[0])).isoformat()
    except NotImplementedError:
        return "unknown"


for line in sys.stdin:
    print(answer(line))
