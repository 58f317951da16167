"""Customers of a list who bought nothing."""

from pathlib import Path

import pytest
from conftest import Run

import segtool
from segtool.errors import UsageError


@pytest.fixture
def everyone(six: Path) -> Path:
    path = six.parent / "customers.csv"
    path.write_text("email,customer_id\n,zoe\n,ann\n, bo \n,bo\n")
    return path


def test_customers_who_bought_nothing_are_added_in_their_segment(six: Path, everyone: Path) -> None:
    result = segtool.rfm(six, scheme="shopify", customers=everyone, customers_id="customer_id")
    rows = {row["customer_id"]: row for row in result.table.to_pylist()}
    assert list(rows) == ["ann", "ben", "bo", "cid", "dee", "eve", "fay", "zoe"]
    alone = segtool.rfm(six, scheme="shopify").table.to_pylist()
    assert [row for row in rows.values() if row["frequency"]] == alone
    for name in ("bo", "zoe"):
        own = rows[name]
        assert (own["frequency"], own["monetary"], own["segment"]) == (0, 0, "Prospects")
        assert {own[key] for key in own.keys() - {"customer_id", "frequency", "monetary", "segment"}} == {None}
    summary = result.summary
    assert summary.without_purchase
    assert (summary.without_purchase.name, summary.without_purchase.customers, summary.customers) == ("Prospects", 2, 6)
    assert sum(segment.customers for segment in summary.segments) == 6
    assert "Prospects" not in [segment.name for segment in summary.segments]
    assert result.customers["monetary"].tolist() == [25.5, 99.99, 0, 20, 21.75, 40, 3, 0]


def test_a_list_without_anybody_new_adds_nobody(six: Path) -> None:
    (six.parent / "c.csv").write_text("customer_id\nann\n")
    result = segtool.rfm(six, scheme="shopify", customers=six.parent / "c.csv")
    assert result.table.num_rows == 6
    assert result.summary.without_purchase
    assert result.summary.without_purchase.customers == 0


def test_a_scheme_without_such_a_segment_is_refused(six: Path, everyone: Path) -> None:
    with pytest.raises(UsageError, match=r"--customers needs a scheme .*: --scheme shopify, or"):
        segtool.rfm(six, customers=everyone)


def test_the_table_and_the_summary_show_them(run: Run, six: Path, everyone: Path) -> None:
    done = run("rfm", six, "--scheme", "shopify", "--customers", everyone, "--customers-id", "2")
    assert done.returncode == 0
    assert "\nzoe,,,,0,0.00,,,,,Prospects\n" in done.stdout
    assert "list     2 customers of the list bought nothing: Prospects\n" in done.stderr
    persian = run("rfm", six, "--scheme", "shopify", "--customers", everyone, "--customers-id", "2", "--lang", "fa")
    assert "\nzoe,,,,0,0.00,,,,,Prospects,مشتریان بالقوه\n" in persian.stdout


def test_the_list_is_no_output(run: Run, six: Path, everyone: Path) -> None:
    options = ["--scheme", "shopify", "--customers", everyone, "--customers-id", "2", "-o", everyone]
    assert run("rfm", six, *options).returncode == 2


def test_the_last_line_counts_all_rows_of_the_table_and_names_the_model(run: Run, six: Path, everyone: Path) -> None:
    said = ("--scheme", "shopify", "--customers", everyone, "--customers-id", "customer_id")
    done = run("rfm", six, *said, "-o", "s.csv", "--save-model", "my model.json")
    assert done.stderr.endswith(
        "\nWrote 8 customers to s.csv.\n\nSaved the model; later orders are scored alike with --model 'my model.json'\n"
    )
