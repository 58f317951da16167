"""The schemes over columns that come with segtool, and their families: their texts, and what they make of examples."""

import csv
import json
import re
from collections import Counter
from collections.abc import Iterator
from typing import Any

import pandas as pd
import pytest
from conftest import ROOT, Run, run_in

import segtool
from segtool.resources import read_toml
from segtool.rules.conditions import AnyOf, Condition, Has, OneOf, Term, Text
from segtool.segments.attribute_scheme import NONE, AttributeScheme
from segtool.segments.families import Family, attribute_schemes, families, names, read_attributes

EXAMPLES = {
    "customers.csv": (
        "age", "gender", "income", "marital", "household", "education", "occupation", "employment", "life-stage",
        "country", "region", "county", "city", "city-tier", "area", "language", "climate", "transport", "lifecycle",
    ),
    "survey.csv": (
        "interests", "values", "lifestyle", "beliefs", "opinions", "motives", "habits", "attitude", "personality",
        "features", "service-level", "delivery", "pain-points", "content-preference", "contact-channel",
        "nurture-stage", "profile-completeness", "product-knowledge", "technical-skill", "brand-familiarity",
    ),
    "accounts.csv": (
        "a-priori", "industry", "employees", "company-revenue", "tools", "adoption", "integrations", "mobile-use",
    ),
    "behavior.csv": (
        "device", "operating-system", "app-or-web", "tech-adoption", "journey-stage", "usage", "last-interaction",
        "spending-habit", "repeat-purchase", "value-tier", "buyer-weight", "order-value", "nps", "visitor-tier",
        "source", "satisfaction", "cart", "season", "sales-channel", "brand-loyalty", "refunds", "rating", "complaints",
        "campaign-response",
    ),
    "worth.csv": ("pcv-tiers", "clv-tiers", "profitability", "wallet", "buyer-status", "trend"),
}  # fmt: skip
"""Table in examples/ -> the schemes that it is an example of."""

EXAMPLE_OF = {scheme: table for table, schemes in EXAMPLES.items() for scheme in schemes}

ODD = {"1890-01-01", "pending", "none yet", "not yet"}
"""Cells of the examples that cannot be read as the number or day that they should be."""

ANY_TABLE = "profile-completeness"
"""The one scheme that looks at whatever columns there are."""

every_scheme = pytest.mark.parametrize("name", attribute_schemes())
every_family = pytest.mark.parametrize("name", families())


Made = dict[str, tuple[dict[str, Any], list[dict[str, str]]]]


def table_of(family: str) -> str:
    """Return the example that all members of a family are labelled in."""
    (table,) = {EXAMPLE_OF[member] for member in families()[family].members}
    return table


@pytest.fixture(scope="module")
def labelled(tmp_path_factory: pytest.TempPathFactory) -> Made:
    """Return table -> the summary and the rows that the command makes of it, by its schemes and families."""
    done = {}
    for table, schemes in EXAMPLES.items():
        folder = tmp_path_factory.mktemp(table)
        asked = [*schemes, *(family for family in families() if table_of(family) == table)]
        options = [part for scheme in asked for part in ("--scheme", scheme)]
        found = run_in(folder)("segment", ROOT / "examples" / table, *options, "--json", "-o", "out.csv")
        assert found.returncode == 0, found.stderr
        with (folder / "out.csv").open(encoding="utf-8", newline="") as file:
            done[table] = json.loads(found.stdout), list(csv.DictReader(file))
    return done


def scheme_of(name: str) -> AttributeScheme:
    found = read_attributes(name)
    assert isinstance(found, AttributeScheme)
    return found


# Their texts


def test_every_scheme_has_an_example_and_every_family_members() -> None:
    assert sorted(EXAMPLE_OF) == sorted(attribute_schemes())
    assert sum(map(len, EXAMPLES.values())) == len(EXAMPLE_OF)
    assert all(set(family.members) <= set(EXAMPLE_OF) for family in families().values())
    assert all(len(set(family.members)) == len(family.members) for family in families().values())


@every_scheme
def test_every_text_of_a_scheme_is_in_both_languages(name: str) -> None:
    scheme = scheme_of(name)
    texts = [scheme.title, scheme.about, *([scheme.source] if scheme.source else [])]
    texts += [scheme.advice] if scheme.each else []
    texts += [text for segment in scheme.segments for text in (segment.title, segment.advice)]
    for each in texts:
        assert list(each) == ["en", "fa"]
        assert all(text == text.strip() and text for text in each.values()), each
        assert each["en"] != each["fa"] or each["en"] == "CRM", each


@every_family
def test_every_text_of_a_family_is_in_both_languages(name: str) -> None:
    for each in (families()[name].title, families()[name].about):
        assert list(each) == ["en", "fa"]
        assert len({text.strip() for text in each.values()} - {""}) == 2


@every_scheme
def test_segments_of_a_scheme_differ_in_name_title_and_advice(name: str) -> None:
    segments = scheme_of(name).segments
    for told in (
        [each.name for each in segments],
        *([getattr(each, key)[lang] for each in segments] for key in ("title", "advice") for lang in ("en", "fa")),
    ):
        assert len(set(told)) == len(told), Counter(told).most_common(1)
    assert not any(each.name.startswith("(") or re.search(r"[^\w+ -]", each.name) for each in segments)


def test_no_two_schemes_or_families_have_one_title() -> None:
    for lang in ("en", "fa"):
        titles = [scheme_of(name).title[lang] for name in attribute_schemes()]
        titles += [family.title[lang] for family in families().values()]
        assert [title for title, count in Counter(titles).items() if count > 1] == []


def test_schemes_are_written_in_one_form() -> None:
    for path in sorted((ROOT / "segtool" / "segments" / "attributes").glob("*.toml")):
        for line in path.read_text("utf-8").splitlines():
            assert len(line) <= 120 or re.match(r"(about|source|advice)\.(en|fa) = ", line), (path.name, line)


# What they make of cells


@every_scheme
def test_a_row_without_values_is_unknown(name: str) -> None:
    columns = dict.fromkeys(column for _, term in scheme_of(name).terms for column in term.columns)
    frame = pd.DataFrame({"customer_id": ["ann"], **{column: [""] for column in columns if column != "*"}})
    found = segtool.segment(frame, name, as_of="2024-12-31")
    expected = "complete" if name == ANY_TABLE else "unknown"  # a table of ids alone has no empty cell
    assert found.customers[f"segment_{name}"].tolist() == [expected]
    assert not [each for each in found.summary.warnings if each.code == "unread-cells"]


def spellings(condition: Condition | None) -> Iterator[tuple[str, str]]:
    """Yield column and text of each text that is enough by itself for a condition."""
    match condition:
        case AnyOf(parts):
            for part in parts:
                yield from spellings(part)
        case OneOf(Term((column,), None), texts) | Has(Term((column,), None), texts):
            yield from ((column, text.pattern.replace("*", "")) for text in texts if isinstance(text, Text))


@every_scheme
def test_a_value_that_a_scheme_lists_leads_to_its_segment(name: str) -> None:
    scheme = scheme_of(name)
    listed: dict[tuple[str, str], set[str]] = {}
    for segment, condition in zip(scheme.segments, scheme.conditions, strict=True):
        for cell in spellings(condition):
            listed.setdefault(cell, set()).add(segment.name)
    if not listed:
        return
    columns = list(dict.fromkeys(column for _, term in scheme.terms for column in term.columns))
    rows = [{column: text if column == own else "" for column in columns} for own, text in listed]
    found = segtool.segment(pd.DataFrame(rows), name, as_of="2024-12-31").customers[f"segment_{name}"]
    assert {cell: own for cell, own in listed.items() if len(own) > 1} == {}
    assert dict(zip(listed, found, strict=True)) == {cell: segment for cell, (segment,) in listed.items()}


# The examples by the command


@every_scheme
def test_every_segment_of_a_scheme_is_met_in_its_example(name: str, labelled: Made) -> None:
    summary, rows = labelled[EXAMPLE_OF[name]]
    (told,) = (each for each in summary["schemes"] if each["scheme"] == name)
    sizes = {each["name"]: each["customers"] for each in told["segments"]}
    assert [each.name for each in scheme_of(name).segments if each.name not in sizes] == []
    assert NONE not in sizes
    assert told["unmatched"] == 0
    assert sizes == Counter(row[f"segment_{name}"] for row in rows)
    assert sum(sizes.values()) == summary["customers"] == len(rows)


@every_family
def test_a_family_joins_its_members_on_its_example(name: str, labelled: Made) -> None:
    family = families()[name]
    summary, rows = labelled[table_of(name)]
    (told,) = (each for each in summary["schemes"] if each["scheme"] == name)
    assert (tuple(told["members"]), told["skipped"]) == (family.members, {})
    assert sum(each["customers"] for each in told["segments"]) == len(rows)
    for row in rows:
        own = [row[f"segment_{member}"] for member in family.members]
        joined = row[f"segment_{name}"]
        assert joined in own if family.join == "lowest" else joined == " · ".join(own)


@pytest.mark.parametrize("table", EXAMPLES)
def test_an_example_comes_out_whole_and_its_cells_are_read(table: str, labelled: Made) -> None:
    summary, rows = labelled[table]
    with (ROOT / "examples" / table).open(encoding="utf-8", newline="") as file:
        plain = list(csv.DictReader(file))
    assert [{key: row[key] for key in plain[0]} for row in rows] == plain
    assert {each["code"] for each in summary["warnings"]} <= {"unread-cells", "unread-revenue"}
    unread = [each["message"] for each in summary["warnings"] if each["code"] == "unread-cells"]
    assert [message for message in unread if not any(f'"{cell}"' in message for cell in ODD)] == []


@every_family
def test_a_family_without_any_of_its_columns_is_refused(name: str) -> None:
    if ANY_TABLE in families()[name].members:
        return
    with pytest.raises(segtool.errors.UsageError, match=f"has no column for any scheme of {name}: "):
        segtool.segment(pd.DataFrame({"x": ["1"]}), name)


@every_scheme
def test_a_scheme_without_any_of_its_columns_is_refused(name: str) -> None:
    if name == ANY_TABLE:
        return
    with pytest.raises(segtool.errors.SchemeError, match=f"{name}: .* has no column '"):
        segtool.segment(pd.DataFrame({"x": ["1"]}), name)


def test_a_family_that_a_table_has_no_columns_for_is_said_in_one_line(run: Run) -> None:
    done = run("segment", ROOT / "examples" / "accounts.csv", "--scheme", "psychographic")
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.count("\n") == 1
    assert "accounts.csv has no column for any scheme of psychographic: interests" in done.stderr


# Columns that a table need not have


@pytest.mark.parametrize(
    ("name", "row", "segment"),
    [
        ("lifecycle", {"lifecycle_stage": "Lead", "orders": "9", "last_order": "2024-12-01"}, "prospect"),
        ("lifecycle", {"lifecycle_stage": "", "orders": "9", "last_order": "2024-12-01"}, "loyal"),
        ("lifecycle", {"orders": "9", "last_order": "2022-12-01"}, "lapsed"),
        ("lifecycle", {"orders": "2"}, "returning"),
        ("lifecycle", {"lifecycle_stage": "churned"}, "lapsed"),
        ("household", {"household_size": "2"}, "two-adults"),
        ("household", {"household_size": "2", "children": "1"}, "single-parent"),
        ("household", {"household": "WG"}, "three-or-more-people"),
        ("household", {"household": "1"}, "one-person"),
        ("household", {"children": "4"}, "three-or-more-children"),
        ("city-tier", {"population": "600000"}, "large"),
        ("city-tier", {"city_tier": "Tier 3"}, "medium"),
        ("city-tier", {"city size": "1600000"}, "metropolis"),
        ("life-stage", {"life_stage": "", "age": "30", "marital": "married"}, "young-couple"),
        ("life-stage", {"birth_date": "1950-05-05"}, "retired"),
        ("life-stage", {"age": "44", "children": "2"}, "teenagers"),
        ("cart", {"last_cart": "2024-12-20", "last_order": "2024-12-10"}, "abandoned"),
        ("cart", {"last_cart": "2024-12-20"}, "abandoned"),
        ("cart", {"last_cart": "2024-12-20", "last_order": "2024-12-20"}, "purchased"),
        ("cart", {"cart_status": "رها شده"}, "abandoned"),
        ("source", {"utm_medium": "cpc"}, "paid"),
        ("source", {"utm_source": "google"}, "search"),
        ("source", {"utm_source": "google", "utm_medium": "cpc"}, "paid"),
        ("brand-loyalty", {"top_brand_share": "0.8", "brands_bought": "5"}, "loyal"),
        ("brand-loyalty", {"top_brand_share": "35"}, "switcher"),
        ("brand-loyalty", {"brands_bought": "3"}, "repertoire"),
        ("campaign-response", {"open_rate": "0.3", "click_rate": "0"}, "opened"),
        ("campaign-response", {"click_rate": "2"}, "clicked"),
        ("campaign-response", {"click_rate": "500"}, "other"),
        ("campaign-response", {"open_rate": "0"}, "none"),
        ("campaign-response", {"campaign_response": "unsubscribed", "click_rate": "0.5"}, "unsubscribed"),
        ("order-value", {"revenue": "0", "orders": "0"}, "no-order"),
        ("order-value", {"order_value": "", "orders": "0"}, "no-order"),
        ("order-value", {"revenue": "90", "orders": "3"}, "top"),
        ("country", {"country": "Deutschland"}, "Germany"),
        ("country", {"country": "ايران"}, "Iran"),
        ("country", {"country": "Peru"}, "Peru"),
        ("country", {"country": "نامشخص"}, "unknown"),
        ("satisfaction", {"satisfaction": "1"}, "very-dissatisfied"),
        ("satisfaction", {"satisfaction": "100%"}, "very-satisfied"),
        ("satisfaction", {"satisfaction": "9"}, "other"),
        ("satisfaction", {"satisfaction": "10"}, "other"),
        ("satisfaction", {"satisfaction": "12"}, "very-dissatisfied"),
        ("company-revenue", {"company_revenue": "$10M - $50M"}, "10m-to-50m"),
        ("company-revenue", {"company_revenue": "2 - 10 M"}, "2m-to-10m"),
        ("company-revenue", {"company_revenue": "50M+"}, "over-50m"),
        ("company-revenue", {"company_revenue": "50000000"}, "10m-to-50m"),
        ("order-value", {"monetary": "12", "frequency": "3"}, "top"),
        ("order-value", {"order_value": "5"}, "top"),
        ("pcv-tiers", {"pcv": "12.5"}, "top"),
        ("pcv-tiers", {"ارزش گذشته مشتری": "0"}, "loss"),
        ("clv-tiers", {"CLV": "12.5"}, "top"),
        ("clv-tiers", {"predicted lifetime value": "-1"}, "none"),
        ("clv-tiers", {"revenue": "80", "clv": "0"}, "none"),
        ("value-tier", {"Lifetime Value": "80"}, "A"),
        ("profitability", {"profit": "0"}, "break-even"),
        ("profitability", {"Gewinn": "-0.01"}, "loss-making"),
        ("profitability", {"سود خالص": "5"}, "most-profitable"),
        ("wallet", {"wallet": "100", "share_of_wallet": "0.5"}, "hold"),
        ("wallet", {"wallet": "100", "share_of_wallet": "0.4999"}, "grow"),
        ("wallet", {"wallet": "100", "SOW": "1"}, "hold"),
        ("wallet", {"wallet": "100", "سهم از کیف پول": "49"}, "grow"),
        ("wallet", {"category spend": "100", "share_of_wallet": "50%"}, "hold"),
        ("wallet", {"wallet": "100", "share_of_wallet": "101"}, "other"),
        ("wallet", {"wallet": "0", "share_of_wallet": "0.5"}, "other"),
        ("wallet", {"wallet": "", "share_of_wallet": "0.5"}, "unknown"),
        ("trend", {"spend_last_90_days": "125", "spend_90_days_before": "100"}, "steady"),
        ("trend", {"spend_last_90_days": "125.01", "spend_90_days_before": "100"}, "rising"),
        ("trend", {"spend_last_90_days": "75", "spend_90_days_before": "100"}, "steady"),
        ("trend", {"spend_last_90_days": "74.99", "spend_90_days_before": "100"}, "falling"),
        ("trend", {"spend_last_90_days": "1", "spend_90_days_before": "0"}, "rising"),
        ("trend", {"spend_last_90_days": "1", "spend_90_days_before": "-5"}, "rising"),
        ("trend", {"spend_last_90_days": "0", "spend_90_days_before": "0"}, "stopped"),
        ("trend", {"spend_last_90_days": "-5", "spend_90_days_before": "-9"}, "stopped"),
        ("trend", {"spend_last_90_days": "0", "spend_90_days_before": "0", "tenure_days": "89"}, "new"),
        ("trend", {"spend_last_90_days": "0", "spend_90_days_before": "0", "tenure_days": "90"}, "stopped"),
        ("trend", {"spend_last_90_days": "9", "spend_90_days_before": "0", "first_order": "2024-12-01"}, "new"),
        ("trend", {"spend_last_90_days": "9", "spend_90_days_before": ""}, "unknown"),
        ("buyer-status", {"orders": "2", "last_order": "2024-01-01"}, "repeat"),
        ("buyer-status", {"orders": "1", "last_order": "2024-12-01"}, "new"),
        ("buyer-status", {"orders": "9", "last_order": "2023-12-31"}, "lapsed"),
        ("buyer-status", {"frequency": "1", "recency_days": "181"}, "lapsed"),
        ("buyer-status", {"frequency": "1", "recency_days": "180"}, "new"),
        ("buyer-status", {"frequency": "9", "recency_days": "365"}, "repeat"),
        ("buyer-status", {"frequency": "9", "recency_days": "91", "overdue": "3.1"}, "lapsed"),
        ("buyer-status", {"frequency": "9", "recency_days": "90", "overdue": "30"}, "repeat"),
        ("buyer-status", {"frequency": "9", "recency_days": "91", "overdue": "3"}, "repeat"),
        ("buyer-status", {"frequency": "1", "recency_days": "91", "overdue": ""}, "new"),
        ("buyer-status", {"orders": "0", "last_order": ""}, "non-buyer"),
        ("buyer-status", {"orders": "2", "last_order": "2025-02-01"}, "other"),
        ("buyer-status", {"orders": "", "last_order": "2024-12-01"}, "unknown"),
        ("buyer-status", {"orders": "", "last_order": "2020-12-01"}, "lapsed"),
        ("momentum", {"orders": "2", "last_order": "2024-12-01"}, "repeat"),
        ("sophistication", {"product_knowledge": "5", "brand_familiarity": "beginner"}, "beginner"),
    ],
)  # fmt: skip
def test_a_table_has_some_of_the_columns_of_a_scheme(name: str, row: dict[str, str], segment: str) -> None:
    found = segtool.segment(pd.DataFrame([row]), name, as_of="2024-12-31")
    assert found.customers[f"segment_{name}"].tolist() == [segment]


def test_the_trait_counts_in_which_a_person_stands_highest_among_all() -> None:
    scores = pd.DataFrame(
        {
            "personality": ["", "", "", "introvert"],
            "openness": [5, 3, 1, 2],
            "conscientiousness": [1, 4, 2, 3],
            "extraversion": [1, 2, 5, 4],
            "agreeableness": [1, 2, 3, 4],
            "neuroticism": [1, 2, 3, 4],
        }
    )
    found = segtool.segment(scores, "personality").customers["segment_personality"].tolist()
    assert found == ["openness", "conscientiousness", "extraversion", "introversion"]


def test_tiers_are_a_tenth_two_and_three_tenths_and_the_rest_of_all_rows() -> None:
    values = pd.DataFrame({"pcv": [0, *range(1, 10)], "clv": [*range(1, 11)]})
    found = segtool.segment(values, ["pcv-tiers", "clv-tiers"]).customers
    expected = ["low", "low", "low", "low", "middle", "middle", "middle", "high", "high", "top"]
    assert found["segment_clv-tiers"].tolist() == expected
    assert found["segment_pcv-tiers"].tolist() == ["loss", *expected[1:]]


def test_losses_do_not_lower_the_profit_that_shares_are_of() -> None:
    """Of 100 that are earned, 60 + 30 bring the first 80, 6 the next 15; the losses are larger than all of it."""
    profits = pd.DataFrame({"profit": [60, 30, 6, 4, 0, -150]})
    found = segtool.segment(profits, "profitability").customers["segment_profitability"].tolist()
    assert found == ["most-profitable", "most-profitable", "profitable", "break-even", "break-even", "loss-making"]


def test_wallets_are_large_and_small_by_halves_and_shares_high_from_half_on() -> None:
    rows = pd.DataFrame({"wallet": [400, 300, 200, 100, None], "share_of_wallet": [0.5, 0.2, 0.9, 0.1, None]})
    found = segtool.segment(rows, "wallet").customers["segment_wallet"].tolist()
    assert found == ["hold", "grow", "maintain", "low-effort", "unknown"]


def test_customers_of_rfm_have_a_buyer_status_without_a_rhythm_of_their_own() -> None:
    found = segtool.segment(segtool.rfm(ROOT / "examples" / "orders.csv").table, "momentum")
    told = {each.scheme: each for each in found.summary.schemes}
    assert (told["momentum"].members, list(told["momentum"].skipped)) == (("buyer-status",), ["trend"])
    assert {each.name for each in told["buyer-status"].segments} == {"new", "repeat", "lapsed"}


@every_family
def test_members_of_a_family_that_decides_by_the_worst_have_the_same_segments(name: str) -> None:
    family = families()[name]
    if family.join == "lowest":
        assert len({tuple(segment.name for segment in scheme.segments) for scheme in family.schemes}) == 1
        assert {key for key, value in read_toml("segments/families.toml").items() if "join" in value} == {name}


def test_every_name_is_read() -> None:
    for name in names():
        assert isinstance(read_attributes(name), AttributeScheme | Family)
