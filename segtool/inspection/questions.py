"""The five questions to ask before customers are segmented, and the columns that answer them."""

from collections.abc import Mapping
from functools import cache
from typing import Any

from segtool.inspection.facts import Question
from segtool.resources import read_toml


def questions_of(headers: Mapping[str, str]) -> tuple[Question, ...]:
    """Return all questions with their answers; `headers` has the header of each role and attribute that is there.

    >>> [question.answered_by for question in questions_of({"city": "Ort", "age": "Alter", "amount": "Summe"})][:3]
    [{'age': 'Alter'}, {}, {'city': 'Ort'}]
    >>> questions_of({})[2].add
    ('city', 'country')
    """
    found = []
    for each in _questions():
        answers = {name: headers[name] for name in each["answers"] if name in headers}
        found.append(Question(each["name"], each["question"], answers, () if answers else tuple(each["add"])))
    return tuple(found)


@cache
def _questions() -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = read_toml("inspection/questions.toml")["questions"]
    return found


@cache
def templates() -> dict[str, list[str]]:
    """Return name -> headers of the tables that a shop can fill.

    >>> sorted(templates())
    ['customers', 'events', 'orders']
    """
    return read_toml("inspection/templates.toml")
