"""The page about a scheme that a team shares: facts for a renderer."""

from dataclasses import dataclass
from datetime import date

from segtool.errors import UsageError
from segtool.scoring.model import Model
from segtool.segments.goals import goals
from segtool.segments.phrases import Cuts, cuts_of, score_meanings, segment_phrases
from segtool.segments.scheme import Scheme
from segtool.segments.schemes import proven, read
from segtool.segments.wording import called
from segtool.words import Words


@dataclass(frozen=True)
class PageSegment:
    """One segment: what it is called, which customers are in it, what to do, who does it and what for."""

    name: str
    asks: tuple[str, ...]
    health: str
    urgency: int | None
    advice: str
    owner: str | None
    goal: str | None


@dataclass(frozen=True)
class Page:
    """A scheme in the words of a language, its segments from best to worst.

    `goals` are what it serves; `reading` names the segments in the order in which they are tried, where the first that
    fits wins. `scores` tells axis by axis what each score means. `as_of` and `customers` are those of the model whose
    cuts are told, None where there is no model; `by_group` says that it has other cuts for each group, which are not
    told.
    """

    title: str
    about: str
    source: str | None
    owner: str | None
    goals: tuple[str, ...]
    reading: tuple[str, ...]
    as_of: date | None
    customers: int | None
    by_group: bool
    scores: tuple[tuple[str, ...], ...]
    segments: tuple[PageSegment, ...]


def page(name: str, words: Words, model: Model | None = None) -> Page:
    """Return the page about a scheme, as a model has it where one is given.

    Raises UsageError for a scheme that the model has not, and all that reading a scheme raises.
    """
    scheme, cuts = (read(name), None) if model is None else _frozen(name, model)
    first_wins = scheme.first_match or scheme.compatible
    return Page(
        title=words.of(scheme.title),
        about=words.of(scheme.about),
        source=words.of(scheme.source) if scheme.source else None,
        owner=scheme.owner,
        goals=_goals(scheme, words),
        reading=tuple(called(scheme.segments[place], words) for place in scheme.read_in) if first_wins else (),
        as_of=model.as_of if model else None,
        customers=model.population.customers if model else None,
        by_group=bool(model and model.groups),
        scores=tuple(tuple(score_meanings(axis, scheme, cuts, words)) for axis in scheme.scoring),
        segments=tuple(
            PageSegment(
                name=called(segment, words),
                asks=tuple(segment_phrases(segment, scheme, cuts, words)),
                health=words(f"health.{segment.health}"),
                urgency=segment.urgency,
                advice=words.of(segment.advice),
                owner=segment.owner,
                goal=segment.goal,
            )
            for segment in scheme.segments
        ),
    )


def _frozen(name: str, model: Model) -> tuple[Scheme, Cuts]:
    known = [kept for kept, _ in model.schemes]
    wanted = read(name).name if name not in known else name
    if wanted not in known:
        raise UsageError(f"The model has no scheme {wanted!r}; it was made with --scheme {', '.join(known) or 'none'}.")
    place = known.index(wanted)
    return proven(model.schemes[place][1], wanted), cuts_of(model.scores[place])


def _goals(scheme: Scheme, words: Words) -> tuple[str, ...]:
    """Return what a scheme says that it is for, or else the goals that it serves."""
    if scheme.goal:
        return (words.of(goals()[scheme.goal].title) if scheme.goal in goals() else scheme.goal,)
    return tuple(words.of(goal.title) for goal in goals().values() if scheme.name in (*goal.schemes, *goal.also))
