"""Frozen models: the same cuts again, whatever the customers, and how far these have moved."""

import csv
import json
import random
from collections.abc import Callable
from datetime import date
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest
from conftest import Run

import segtool
from segtool.errors import ConfigError, DataError, MissingInputError, UsageError
from segtool.scoring.drift import drift, population_stability, reading
from segtool.scoring.model import parse_model

Orders = Callable[..., Path]


def some_orders(count: int, *, seed: int = 7, first: int = 0) -> list[str]:
    """Return order lines of customers c000, c001 and on, each of one of three countries."""
    made = random.Random(seed)
    lines = []
    for customer in range(first, first + count):
        for _ in range(made.choice([1, 1, 2, 3, 5])):
            day = date.fromordinal(date(2024, 1, 1).toordinal() + made.randrange(300))
            country = made.choice(["AT", "DE", "DE", "FR"])
            lines.append(f"c{customer:03},o{len(lines)},{day},{made.randrange(1, 20000) / 100},{country}")
    return lines


HEADER = "customer_id,order_id,order_date,amount,country"

WAYS: list[dict[str, Any]] = [
    {},
    {"bins": "5,3,4", "scheme": "none"},
    {"ties": "high"},
    {"nested": True},
    {"recency_cuts": "30,90,180,200"},
    {"monetary": "mean", "scheme": "value-loyalty"},
    {"axes": "LRFM"},
    {"by": "country", "min_group": 20},
    {"by": "country", "nested": True},
    {"scheme": ["loyalty-matrix", "customer-value-matrix"]},
]


@pytest.mark.parametrize("way", WAYS, ids=str)
def test_scoring_the_same_orders_with_their_own_model_changes_nothing(
    orders: Orders, tmp_path: Path, way: dict[str, Any]
) -> None:
    path = orders(*some_orders(120), header=HEADER)
    made = segtool.rfm(path, **way)
    (tmp_path / "model.json").write_text(made.model.to_json(), "utf-8")
    again = segtool.rfm(path, model=tmp_path / "model.json")
    assert again.table.equals(made.table)
    assert again.summary.drift
    assert set(again.summary.drift.psi.values()) == {0.0}
    assert again.summary.segments == made.summary.segments


@pytest.mark.parametrize("way", WAYS, ids=str)
def test_half_of_the_customers_have_the_scores_that_they_had_among_all(
    orders: Orders, tmp_path: Path, way: dict[str, Any]
) -> None:
    lines = some_orders(120)
    whole = segtool.rfm(orders(*lines, header=HEADER), as_of="2024-10-31", **way)
    (tmp_path / "model.json").write_text(whole.model.to_json(), "utf-8")
    half = [line for line in lines if int(line[1:4]) % 2]
    part = segtool.rfm(orders(*half, header=HEADER, name="half.csv"), as_of="2024-10-31", model=tmp_path / "model.json")
    everyone = {row["customer_id"]: row for row in whole.table.to_pylist()}
    assert part.table.to_pylist() == [everyone[row["customer_id"]] for row in part.table.to_pylist()]


def test_a_model_is_the_same_text_when_it_is_read_and_written(orders: Orders) -> None:
    text = segtool.rfm(orders(*some_orders(60), header=HEADER), by="country", min_group=20).model.to_json()
    assert parse_model(text, "m.json").to_json() == text


def test_values_beyond_the_range_of_a_model_go_to_its_end_bins(orders: Orders, tmp_path: Path) -> None:
    old = orders(*(f"c{i},{i},2024-01-{i + 1:02},{i + 1}" for i in range(5)))
    (tmp_path / "m.json").write_text(segtool.rfm(old, as_of="2024-01-31").model.to_json())
    new = orders("big,1,2024-01-31,999999", "old,2,2020-01-01,0.01", name="new.csv")
    found = segtool.rfm(new, as_of="2024-01-31", model=tmp_path / "m.json").table
    assert found.column("rfm_score").to_pylist() == ["515", "111"]


def changed(text: str, **changes: Any) -> str:
    return json.dumps({**json.loads(text), **changes})


def test_a_model_that_cannot_be_trusted_is_refused(six: Path, tmp_path: Path) -> None:
    text = segtool.rfm(six).model.to_json()
    for content, message in (
        ("", "m.json is no model; --save-model FILE writes one."),
        ("[1]", "m.json is no model"),
        ('{"a": 1}', "m.json is no model"),
        ("[" * 100_000, "m.json is no model"),
        (changed(text, segtool_model=2, version="9.0"), "was made by segtool 9.0, which is newer: update segtool."),
        (text.replace('"as_of": "2024', '"as_of": "2023'), "is damaged, or was changed after it was made"),
        (changed(text, sha256="0"), "is damaged, or was changed"),
    ):
        (tmp_path / "m.json").write_text(content)
        with pytest.raises(ConfigError) as caught:
            segtool.rfm(six, model=tmp_path / "m.json")
        assert message in str(caught.value)
    with pytest.raises(MissingInputError, match=r"There is no model .*none\.json"):
        segtool.rfm(six, model=tmp_path / "none.json")


@pytest.mark.parametrize("damage", [{"scores": []}, {"options": 5}, {"as_of": "x"}, {"population": {}}, {"groups": 1}])
def test_a_model_that_somebody_wrote_by_hand_is_told(six: Path, tmp_path: Path, damage: dict[str, Any]) -> None:
    content = {**json.loads(segtool.rfm(six).model.to_json()), **damage}
    del content["sha256"]
    own_hash = sha256(json.dumps(content, sort_keys=True, separators=(",", ":")).encode()).hexdigest()
    (tmp_path / "m.json").write_text(json.dumps({**content, "sha256": own_hash}))
    with pytest.raises(ConfigError, match=r"m\.json does not hold what a model does"):
        segtool.rfm(six, model=tmp_path / "m.json")


@pytest.mark.parametrize(
    ("made", "said", "message"),
    [
        ({}, {"refunds": "drop"}, "was made with no --refunds, and this run says --refunds drop: leave the option out"),
        ({"refunds": "drop"}, {"refunds": "net"}, "was made with --refunds drop, and this run says --refunds net"),
        ({}, {"bins": 4}, "was made with no --bins, and this run says --bins 4"),
        ({"nested": True}, {"ties": "high"}, "no --ties, and this run says --ties high"),
        (
            {},
            {"scheme": "value-loyalty"},
            "with --scheme loyalty-matrix, and this run says --scheme value-loyalty",
        ),
        ({}, {"recency_cuts": "1,2,3,4"}, "no --recency-cuts, and this run says --recency-cuts 1,2,3,4"),
        ({}, {"by": "order_id"}, "made with no --by, and this run says --by order_id"),
    ],
)
def test_an_option_that_contradicts_the_model_is_refused(
    six: Path, tmp_path: Path, made: dict[str, Any], said: dict[str, Any], message: str
) -> None:
    (tmp_path / "m.json").write_text(segtool.rfm(six, **made).model.to_json())
    with pytest.raises(ConfigError) as caught:
        segtool.rfm(six, model=tmp_path / "m.json", **said)
    assert message in str(caught.value)


def test_an_option_that_the_model_has_may_be_said_again(six: Path, tmp_path: Path) -> None:
    five = tmp_path / "five.json"
    five.write_text(segtool.rfm(six).model.to_json())
    (tmp_path / "m.json").write_text(segtool.rfm(six, bins="3,3,3", scheme="none", refunds="drop").model.to_json())
    again = segtool.rfm(six, model=tmp_path / "m.json", bins=[3, 3, 3], scheme="none", refunds="drop", ties="low")
    assert segtool.rfm(six, model=five, bins=5).summary.scores["r"].counts == (1, 1, 0, 2, 2)
    assert again.summary.scores["r"].counts == (2, 2, 2)


def test_a_scheme_file_that_the_model_has_may_be_named_again_unless_it_has_changed(six: Path, tmp_path: Path) -> None:
    scheme, model = tmp_path / "mine.toml", tmp_path / "m.json"
    text = '[scoring]\nf = { bins = 2 }\n[[segments]]\nname = "A"\nf = 2\n[[segments]]\nname = "B"\nf = 1\n'
    scheme.write_text(text, "utf-8")
    made = segtool.rfm(six, scheme=str(scheme))
    model.write_text(made.model.to_json(), "utf-8")
    assert segtool.rfm(six, model=model, scheme=str(scheme)).table.equals(made.table)
    scheme.write_text(text.replace('"B"', '"C"'), "utf-8")
    with pytest.raises(ConfigError, match=r"mine\.toml is not what it was when .*m\.json was made"):
        segtool.rfm(six, model=model, scheme=str(scheme))
    assert segtool.rfm(six, model=model).table.equals(made.table)


@pytest.mark.parametrize("frozen", [True, False])
def test_weights_are_for_the_axes_of_the_model_or_the_goal(six: Path, tmp_path: Path, frozen: bool) -> None:
    (tmp_path / "m.json").write_text(segtool.rfm(six, axes="LRFM").model.to_json(), "utf-8")
    way: dict[str, Any] = {"model": tmp_path / "m.json"} if frozen else {"goal": "improve-service"}
    found = segtool.rfm(six, **way, weights="1,0,0,0").table
    assert found["weighted_score"].to_pylist() == found["l_score"].to_pylist()
    with pytest.raises(UsageError, match="say a number for each of L, R, F, M"):
        segtool.rfm(six, **way, weights="1,0,0")


def test_the_model_keeps_the_options_that_decide_what_is_counted(six: Path, tmp_path: Path) -> None:
    made = segtool.rfm(six, orders_by="day", refunds="drop")
    (tmp_path / "m.json").write_text(made.model.to_json())
    assert segtool.rfm(six, model=tmp_path / "m.json").table.equals(made.table)


def test_a_comma_in_a_status_or_a_header_is_no_list_to_a_model(orders: Orders, tmp_path: Path) -> None:
    path = orders(
        'ann,1,2024-01-01,5,"on hold, unpaid",DE', "bob,2,2024-01-02,6,unpaid,DE", "cid,3,2024-01-03,7,paid,FR",
        header='customer_id,order_id,order_date,amount,status,"Land, Code"',
    )  # fmt: skip
    way: dict[str, Any] = {"keep_status": "on hold, unpaid", "by": "Land, Code"}
    made = segtool.rfm(path, **way)
    assert made.table["customer_id"].to_pylist() == ["ann"]
    assert made.model.options["by"] == "Land, Code"
    (tmp_path / "m.json").write_text(made.model.to_json(), "utf-8")
    assert segtool.rfm(path, model=tmp_path / "m.json").table.equals(made.table)
    assert segtool.rfm(path, model=tmp_path / "m.json", **way).table.equals(made.table)


def test_a_group_that_the_model_does_not_know_is_an_error_or_pooled(orders: Orders, tmp_path: Path) -> None:
    path = orders(*some_orders(90), header=HEADER)
    made = segtool.rfm(path, by="country", min_group=20)
    (tmp_path / "m.json").write_text(made.model.to_json())
    new = orders(*some_orders(30, first=500), "z,z,2024-10-01,50,NL", header=HEADER, name="new.csv")
    with pytest.raises(DataError, match=r"does not know the group 'NL': say --unseen pooled"):
        segtool.rfm(new, model=tmp_path / "m.json")
    found = segtool.rfm(new, model=tmp_path / "m.json", unseen="pooled")
    assert found.table.column("group").to_pylist()[-1] == "NL"
    assert [group.name for group in found.summary.groups][-1] == "(small groups)"


def test_spread_scores_cannot_be_saved_as_a_model(six: Path) -> None:
    with pytest.raises(UsageError, match="--ties spread cannot be saved as a model"):
        _ = segtool.rfm(six, ties="spread").model


def test_the_population_stability_index_by_hand() -> None:
    # 0.1 ln(0.6 / 0.5) - 0.1 ln(0.4 / 0.5), and 0.0001 for what nobody has: 0.9999 ln(10000) - 0.9999 ln(0.0001)
    assert round(population_stability([50, 50], [60, 40]), 4) == 0.0405
    assert round(population_stability([10, 0], [0, 10]), 4) == 18.4188
    assert drift({"r": [1, 2]}, {"r": [2, 4]}) == {"r": 0.0}
    assert [reading(psi) for psi in (0, 0.0999, 0.1, 0.25, 0.2501)] == ["stable", "stable", "moved", "moved", "shifted"]


def test_the_command_line_saves_a_model_and_fails_on_drift(run: Run, orders: Orders) -> None:
    path = orders(*some_orders(60), header=HEADER)
    saved = run("rfm", path, "-q", "-o", "a.csv", "--save-model", "m.json")
    assert (saved.returncode, saved.stderr) == (0, "")
    same = run("rfm", path, "-q", "-o", "b.csv", "--model", "m.json", "--fail-drift", "0.25")
    assert (same.returncode, same.stderr) == (0, "")
    late = run("rfm", path, "-q", "-o", "c.csv", "--model", "m.json", "--as-of", "2025-06-30", "--fail-drift", "0.25")
    assert late.returncode == 1
    assert late.stderr.startswith("segtool: The scores have drifted from m.json: R by a PSI of ")
    assert (path.parent / "c.csv").exists()


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--fail-drift", "0.1"], "--fail-drift does nothing without --model or --previous."),
        (["--unseen", "pooled"], "--unseen does nothing without --model."),
        (["--min-group", "9"], "--min-group does nothing without --by or --model."),
        (["--customers-id", "x"], "--customers-id does nothing without --customers."),
        (["--save-model", "a.json", "--model", "b.json"], "say one of the two."),
    ],
)
def test_options_of_models_that_make_no_sense_are_usage_errors(
    run: Run, six: Path, options: list[str], message: str
) -> None:
    done = run("rfm", six, *options)
    assert done.returncode == 2
    assert message in done.stderr


def test_a_model_that_is_damaged_is_exit_78_and_a_missing_one_66(run: Run, six: Path) -> None:
    (six.parent / "m.json").write_text("{}")
    assert run("rfm", six, "--model", "m.json").returncode == 78
    assert run("rfm", six, "--model", ".").stderr == "segtool: . cannot be read: is a directory.\n"
    assert run("rfm", six, "--model", "none.json").returncode == 66


def test_a_folder_is_no_model_and_a_byte_order_mark_before_one_does_no_harm(six: Path, tmp_path: Path) -> None:
    with pytest.raises(MissingInputError, match="cannot be read: is a directory"):
        segtool.rfm(six, model=tmp_path)
    made = segtool.rfm(six)
    (tmp_path / "m.json").write_text(made.model.to_json(), "utf-8-sig")
    assert segtool.rfm(six, model=tmp_path / "m.json").table.equals(made.table)


RealData = Callable[[str], Path]


def test_the_drift_of_a_music_shop_from_its_first_half_year(real_data: RealData, tmp_path: Path) -> None:
    path = real_data("cdnow/cdnow_master.csv")
    first = segtool.rfm(path, as_of="1997-06-30")
    (tmp_path / "m.json").write_text(first.model.to_json())
    second = segtool.rfm(path, since="1997-07-01", as_of="1997-12-31", model=tmp_path / "m.json").summary
    # 23,570 customers by R1 to R5 are 4672 4531 4828 4816 4723, 6,421 later ones 813 423 414 896 3875: the sum of
    # (share - share) ln(share / share) is 0.7988; F 15367 0 0 4423 3780 and 3202 0 0 1454 1765: 0.1101; M 4735 4771
    # 4645 4705 4714 and 832 881 1085 1447 2176: 0.1373
    assert first.summary.scores["r"].counts == (4672, 4531, 4828, 4816, 4723)
    assert second.scores["r"].counts == (813, 423, 414, 896, 3875)
    assert second.drift
    assert {axis: round(psi, 4) for axis, psi in second.drift.psi.items()} == {"r": 0.7988, "f": 0.1101, "m": 0.1373}
    assert second.drift.readings == {"r": "shifted", "f": "moved", "m": "moved"}
    assert second.drift.age_days == 184


def test_the_custom_thresholds_of_the_r_package(real_data: RealData) -> None:
    found = segtool.rfm(
        real_data("rfm_r/rfm_data_orders.csv"),
        as_of="2006-12-31",
        recency_cuts=[114, 180, 296, 481],
        frequency_cuts=[3, 4, 5, 7],
        monetary_cuts=[255, 381, 505, 665],
    ).table
    with real_data("rfm_r/expected/recomputed_orders_custom_thresholds.csv").open(encoding="utf-8") as file:
        theirs = {row["customer_id"]: row["rfm_score"] for row in csv.DictReader(file)}
    assert len(theirs) == 995
    assert dict(zip(found["customer_id"].to_pylist(), found["rfm_score"].to_pylist(), strict=True)) == theirs
