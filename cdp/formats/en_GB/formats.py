"""Dates as in "21 Nov 2026, 07:27": short enough for a table, and no "7:27 a.m."."""

DATE_FORMAT = "j M Y"
TIME_FORMAT = "H:i"
DATETIME_FORMAT = "j M Y, H:i"
