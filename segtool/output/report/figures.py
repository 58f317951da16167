"""How figures, names and days stand on the page: each figure with the place in the JSON that it comes from."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import reduce
from typing import Any
from xml.etree.ElementTree import Element

from segtool.findings.clauses import calendar_of, day_in
from segtool.labelled import GONE
from segtool.output.report.drawing.numbers import percent_text
from segtool.output.report.html import Part, element, from_right_to_left, isolated, with_options_whole, woven
from segtool.summary.report import ReportSummary
from segtool.words import Words

MARKS = {"positive": "▲", "neutral": "●", "negative": "▼"}
"""Health -> the sign that tells it without its colour."""


def at(facts: Any, path: str) -> Any:
    """Return the fact at a path of names, keys and places.

    >>> at({"cells": ({"size": 3},)}, "cells.0.size")
    3
    """
    return reduce(_inside, path.split("."), facts)


def _inside(facts: Any, step: str) -> Any:
    if isinstance(facts, Mapping):
        return facts[step]
    return facts[int(step)] if isinstance(facts, Sequence) else getattr(facts, step)


@dataclass(frozen=True)
class Telling:
    """What a page tells of, and in which words.

    A path is where a figure stands in the JSON, as `segments.0.customers`; the value comes from there, so that the two
    cannot differ. Where a value is None, a dash stands for it.
    """

    summary: ReportSummary
    words: Words
    charts: bool = True

    def at(self, path: str) -> Any:
        """Return the value of a path."""
        return at(self.summary, path)

    def figure(self, path: str, written: Callable[[Any], str]) -> Element:
        """Return the figure of a path, as `written` writes it."""
        value = self.at(path)
        if value is None:
            return element("span", "–", class_="none")
        return element("data", written(value), value=_plain(value), data_of=path)

    def number(self, path: str, decimals: int = 0) -> Element:
        """Return a number, with decimals only where it is not whole."""
        return self.figure(path, lambda value: self.words.number(value, decimals if value % 1 else 0))

    def money(self, path: str, written: Callable[[Any], str] | None = None) -> Element:
        """Return an amount of money, by itself or as the others of its column are written."""
        return self.figure(path, written or self.words.amount)

    def signed(self, path: str, written: Callable[[Any], str] | None = None) -> Element:
        """Return a change, with a plus before it where it is one."""
        plain = written or self.words.amount
        return self.figure(path, lambda value: f"+{plain(value)}" if value > 0 else plain(value))

    def percent(self, path: str, decimals: int = 1) -> Element:
        """Return a share of 1 as a percentage."""
        found = self.figure(path, lambda value: self.share(float(value), decimals))
        if found.tag == "data":
            found.set("class", "percent")
        return found

    def share(self, share: float, decimals: int = 1) -> str:
        """Return a share as a percentage, whose sign follows the number in the direction of the language."""
        return percent_text(share, self.words, decimals)

    def count(self, path: str, noun: str, decimals: int = 0) -> Element:
        """Return a number with the noun that is counted."""
        value = self.at(path)
        return element("span", self.number(path, decimals), " ", self.words.noun(value, noun))

    def told(self, key: str, **parts: str | Element) -> list[Part]:
        """Return the text of a key with elements in its places."""
        return woven(self.words.in_sentence(self.words.texts[key]), **parts)

    def prose(self, text: str) -> list[Part]:
        """Return a sentence of the facts in the digits of the page."""
        if self.words.right_to_left:
            return from_right_to_left(text, self.words.in_sentence)
        return with_options_whole(self.words.in_sentence(text))

    def title_of(self, name: str, title: str) -> str:
        """Return what a segment is called; those who are gone have a word."""
        return self.words("kept.gone") if name == GONE else self.words.named(name, title)

    def segment(self, name: str, title: str, health: str | None = None) -> Element:
        """Return what a segment is called, behind the sign of its health where that is told."""
        sign = [self.mark(health), "\u00a0"] if health in MARKS and self.summary.health is not None else []
        return element("span", *sign, isolated(self.title_of(name, title)), class_="segment")

    def mark(self, health: str | None) -> Element | None:
        """Return the sign of a health, with its word for those who do not see it."""
        if health not in MARKS:
            return None
        said = element("span", self.words(f"report.page.health.{health}"), class_="unseen")
        return element("span", element("span", MARKS[health], aria_hidden="true"), said, class_=f"mark {health}")

    def day(self, day: date) -> str:
        """Return a day in words."""
        return day_in(day, calendar_of(self.summary, self.words), self.words)

    def dated(self, day: date) -> Element:
        """Return a day in words that programs can read, too."""
        return element("time", self.day(day), datetime=day.isoformat())


def _plain(value: Any) -> str:
    """Return a value as it is, whole or with all of its decimals."""
    return f"{value:f}" if isinstance(value, Decimal) else repr(value)
