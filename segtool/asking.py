"""What a run is asked for: the arguments of `segtool.rfm`, checked before anything is read."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, fields, replace
from itertools import chain
from typing import TYPE_CHECKING, Any, TypeVar

from segtool.errors import UsageError, printable
from segtool.reading import OrderOptions, check_calendar
from segtool.scoring.options import ScoreOptions
from segtool.segments.schemes import Scheme, built_in, is_file, load, states_scoring, text_of_file
from segtool.segments.segmentation import axes_of_all
from segtool.summary.aims import Aims

if TYPE_CHECKING:
    from segtool.history.alerts import Checks
    from segtool.models import Frozen
    from segtool.scoring.model import Model
    from segtool.segments.attribute_scheme import AttributeScheme
    from segtool.segments.families import Family

Options = TypeVar("Options", OrderOptions, ScoreOptions)

_DEFAULT = "loyalty-matrix"


@dataclass(frozen=True)
class Asked:
    """What a run is asked for: which orders count, how they are scored, by which schemes, to what end.

    `checks` are what fails it, None where nothing does. `attributes` are the schemes over columns.
    """

    orders: OrderOptions
    scores: ScoreOptions
    schemes: Sequence[Scheme]
    aims: Aims
    frozen: "Frozen | None" = None
    checks: "Checks | None" = None
    attributes: "Sequence[AttributeScheme | Family]" = ()

    @property
    def model(self) -> "Model | None":
        return self.frozen.model if self.frozen else None


def asked_for(given: Mapping[str, Any]) -> Asked:
    """Return what arguments of `rfm` ask for; what does not fit is told before anything is read."""
    said, aims = names_of(given.get("scheme")), _aims(given.get("goal"), given.get("targets", ()))
    over_columns = [name for name in said if _is_over_columns(name)]
    names = [name for name in said if name not in over_columns]
    attributes = _attributes(over_columns) if over_columns else ()
    orders = options_of(OrderOptions, given)
    if given.get("model") is not None:
        from segtool.models import read_model

        frozen = read_model(given["model"])
        scores = options_of(ScoreOptions, _filled(given, {"axes": frozen.model.options["axes"]}))
        schemes = frozen.schemes(names)
        aims = _named(aims, schemes)
        checks = _checks(given, schemes, aims)
        return Asked(frozen.agreed(orders), frozen.agreed(scores), schemes, aims, frozen, checks, attributes)
    if aims.goal and not names:
        names, given = list(aims.goal.schemes), _filled(given, aims.goal.options)
    scores = options_of(ScoreOptions, given)
    schemes = _schemes(names, scores)
    axes_of_all(scores, schemes)
    aims = _named(aims, schemes)
    return Asked(orders, scores, schemes, aims, checks=_checks(given, schemes, aims), attributes=attributes)


_OF_RFM = {each.name for kind in (OrderOptions, ScoreOptions) for each in fields(kind)}
_OF_RFM = (_OF_RFM | {"scheme", "model", "calendar_out"}) - {"recency", "frequency", "further", "carry"}
"""The options of `rfm` on orders and scores that other commands take."""


def asked_by(command: str, options: Mapping[str, Any], **others: Any) -> Asked:
    """Return what a command on orders is asked for by options of `rfm` and by others that it gives itself.

    Raises TypeError for an option that there is not, UsageError for schemes over columns and for what does not fit.
    """
    unknown = sorted(set(options) - (_OF_RFM - set(others)))
    if unknown:
        raise TypeError(f"{command}() got an unexpected keyword argument {unknown[0]!r}")
    check_calendar("calendar_out", options.get("calendar_out"))
    refuse_over_columns(options.get("scheme"), command)
    return asked_for({**options, **others})


def _is_over_columns(name: str) -> bool:
    """Return whether a scheme is one over columns, or a family of such: it states no scoring."""
    if name == "none" or name in built_in():
        return False
    if is_file(name):
        return not states_scoring(text_of_file(name)[0])
    from segtool.segments.families import names

    return name in names()


def _attributes(names: Sequence[str]) -> "list[AttributeScheme | Family]":
    """Return the schemes over columns of these names. Raises UsageError for two of one name."""
    from segtool.segments.families import read_attributes

    found = [read_attributes(name) for name in dict.fromkeys(names)]
    called = [each.name for each in found]
    if twice := next((name for name in called if called.count(name) > 1), None):
        raise UsageError(f"Two schemes are called {twice!r}; give one of the files another name.")
    return found


def refuse_over_columns(names: str | Iterable[str] | None, command: str) -> None:
    """Raise UsageError for a scheme over columns where only those over scores have a meaning."""
    if found := next((name for name in names_of(names) if _is_over_columns(name)), None):
        raise UsageError(f"{command} takes schemes over scores, and {printable(found)} is one over columns.")


def _checks(given: Mapping[str, Any], schemes: Sequence[Scheme], aims: Aims) -> "Checks | None":
    """Return what fails the run. Raises UsageError for what only the table of an earlier run could tell."""
    if not given.get("fail_if") and not given.get("fail_targets") and given.get("fail_drift") is None:
        return None
    from segtool.history.alerts import checks_of
    from segtool.history.conditions import names_of_scheme, refuse_unknown_targets

    found = checks_of(given)
    if found is None:
        return None
    lost = [printable(repr(each.text)) for each in found.conditions if each.needs_before]
    if lost and given.get("previous") is None:
        raise UsageError(
            f"--fail-if {lost[0]} asks for the table of an earlier run; say --previous, or say it to segtool compare."
        )
    if found.targets:
        refuse_unknown_targets(aims.targets, _names_in(schemes))
    return found.named(names_of_scheme(schemes[0]) if schemes else {})


def _named(aims: Aims, schemes: Sequence[Scheme]) -> Aims:
    """Return aims whose targets call segments by their names, and not by a title in some language."""
    if not aims.targets:
        return aims
    from segtool.history.conditions import resolved_targets

    return replace(aims, targets=resolved_targets(aims.targets, _names_in(schemes)))


def _names_in(schemes: Sequence[Scheme]) -> dict[str, str]:
    """Return name or title, without case -> name, of the segments of schemes; of two, that of the first scheme."""
    from segtool.history.conditions import names_of_scheme

    return dict(chain.from_iterable(names_of_scheme(each).items() for each in reversed(schemes)))


def _aims(goal: str | None, targets: str | Iterable[str]) -> Aims:
    aims = Aims()
    if goal:
        from segtool.segments.goals import goal as goal_of

        aims = replace(aims, goal=goal_of(goal))
    if targets:
        from segtool.summary.targets import parse_targets

        aims = replace(aims, targets=parse_targets(targets))
    return aims


def names_of(said: str | Iterable[str] | None) -> list[str]:
    """Return what is said as a list of texts: one, several or none."""
    return [said] if isinstance(said, str) else list(map(str, said or ()))


def _filled(given: Mapping[str, Any], others: Mapping[str, Any]) -> dict[str, Any]:
    """Return arguments with others where nothing is said; that of axes tells how many weights or bins fit."""
    return {**given, **{name: value for name, value in others.items() if given.get(name) is None}}


def options_of(kind: type[Options], given: Mapping[str, Any]) -> Options:
    """Return the options of one kind among all arguments."""
    return kind(**{each.name: given[each.name] for each in fields(kind) if each.name in given})


def _schemes(names: list[str], scoring: ScoreOptions) -> list[Scheme]:
    """Return the schemes that are asked for, or those that fit the axes."""
    if not names:
        names = ["customer-relationship-matrix", "customer-value-matrix"] if scoring.axes == "LRFM" else [_DEFAULT]
    if "none" in names:
        if len(names) > 1:
            raise UsageError("--scheme none stands alone.")
        return []
    schemes = [load(name) for name in names]
    if len({each.name for each in schemes}) < len(schemes):
        raise UsageError("A scheme is named twice.")
    return schemes
