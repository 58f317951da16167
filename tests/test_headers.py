"""Headers are recognised in nine languages, whatever their spelling and with a unit at their end."""

import unicodedata
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

import segtool
from segtool.errors import DataError
from segtool.tables.headers import attributes, known_attributes, known_names, matches, meant_by, normal, one_spelling

NAMES = [(role, name) for role, ranks in known_names().items() for names in ranks for name in names]


def roles(row: str) -> dict[str, str]:
    """Return role -> header of a header row separated by semicolons; of equals, the first."""
    headers = tuple(row.split(";"))
    found = {role: matches(role, headers) for role in known_names()}
    return {role: headers[positions[0]] for role, positions in found.items() if positions}


@pytest.mark.parametrize(
    ("row", "customer", "order", "date", "amount"),
    [
        ("Customer No;Customer Name;Order No;Order Date;Ship Date;Tax;Shipping;Total",
         "Customer No", "Order No", "Order Date", "Total"),
        ("Bestellnr;Kundennr;Bestelldatum;Land;Betrag", "Kundennr", "Bestellnr", "Bestelldatum", "Betrag"),
        ("Rechnungs-Nr.;Rechnungsdatum;Kunden-Nr.;Kunde;Netto;MwSt.;Brutto",
         "Kunden-Nr.", "Rechnungs-Nr.", "Rechnungsdatum", "Netto"),
        ("numéro_commande;client;date;pays;montant", "client", "numéro_commande", "date", "montant"),
        ("N° de commande;Date de commande;Code client;Total HT;TVA;Total TTC",
         "Code client", "N° de commande", "Date de commande", "Total HT"),
        ("Nº de pedido;Fecha del pedido;Cliente;Correo electrónico;Importe total;Estado",
         "Cliente", "Nº de pedido", "Fecha del pedido", "Importe total"),
        ("Numero ordine;Data ordine;Codice cliente;Cliente;Totale;Stato",
         "Codice cliente", "Numero ordine", "Data ordine", "Totale"),
        ("Número do pedido;Data do pedido;Cliente;Valor total;Situação",
         "Cliente", "Número do pedido", "Data do pedido", "Valor total"),
        ("SİPARİŞ NO;MÜŞTERİ;E-POSTA;TUTAR;DURUM;TARİH", "MÜŞTERİ", "SİPARİŞ NO", "TARİH", "TUTAR"),
        ("رقم الطلب;التاريخ;اسم العميل;رقم الهاتف;الإجمالي;الحالة", "رقم الهاتف", "رقم الطلب", "التاريخ", "الإجمالي"),
        ("شماره سفارش;تاریخ سفارش;کد مشتری;مبلغ (تومان)", "کد مشتری", "شماره سفارش", "تاریخ سفارش", "مبلغ (تومان)"),
        ("شناسه سفارش;تاریخ ثبت سفارش;شناسه مشتری;تعداد;قیمت واحد;مبلغ کل",
         "شناسه مشتری", "شناسه سفارش", "تاریخ ثبت سفارش", "مبلغ کل"),
        ("شماره سفارش;تاریخ;نام مشتری;شماره موبایل;ایمیل;جمع اقلام (تومان);تخفیف (تومان);مبلغ نهایی (تومان)",
         "شماره موبایل", "شماره سفارش", "تاریخ", "مبلغ نهایی (تومان)"),
        ("شماره فاكتور;تاريخ;مشتري;مبلغ", "مشتري", "شماره فاكتور", "تاريخ", "مبلغ"),
    ],
)  # fmt: skip
def test_the_header_row_of_each_language_is_recognised(
    row: str, customer: str, order: str, date: str, amount: str
) -> None:
    found = roles(row)
    assert (found["customer_id"], found["order_id"]) == (customer, order)
    assert (found["order_date"], found["amount"]) == (date, amount)


@pytest.mark.parametrize(
    ("role", "better", "worse"),
    [
        ("order_date", "Order Date", "Payment Date"),
        ("order_date", "Payment Date", "Ship Date"),
        ("order_date", "تاریخ ثبت سفارش", "تاریخ پرداخت"),
        ("customer_id", "customer_unique_id", "customer_id"),
        ("customer_id", "Kundennummer", "Kunde"),
        ("customer_id", "Email", "Phone"),
        ("customer_id", "موبایل", "ایمیل"),
        ("order_id", "order_id", "order_number"),
        ("order_id", "Order No", "Invoice No"),
        ("order_id", "Transaction ID", "Receipt Number"),
        ("amount", "Final Amount", "Total"),
        ("amount", "مبلغ قابل پرداخت", "مبلغ کل"),
        ("amount", "Total", "Net Amount"),
        ("amount", "Net Amount", "Gross Amount"),
        ("amount", "Grand Total", "Amount Paid"),
        ("amount", "Genel Toplam", "Ara Toplam"),
        ("amount", "Nettobetrag", "Bruttobetrag"),
        ("status", "Order Status", "Payment Status"),
    ],
)
def test_the_more_telling_header_wins_wherever_it_stands(role: str, better: str, worse: str) -> None:
    assert matches(role, (worse, better)) == [1]
    assert matches(role, (better, worse)) == [0]


@pytest.mark.parametrize(
    "header",
    ["Tax", "MwSt.", "TVA", "Shipping", "Versand", "Discount", "Rabatt", "Remise", "Total Tax", "Shipping Total",
     "تخفیف", "مالیات", "هزینه ارسال", "الضريبة", "İndirim", "KDV", "IVA", "Sconto",
     "Amount Due"],
)  # fmt: skip
def test_tax_discount_and_shipping_are_no_amount(header: str) -> None:
    assert matches("amount", (header,)) == []


@pytest.mark.parametrize(
    "header",
    ["Amount (EUR)", "مبلغ (تومان)", "مبلغ به ریال", "Total [USD]", "Betrag in EUR", "Total EUR", "amount_usd",
     "Total €", "Valor total (R$)", "Importe (€)", "Betrag in €", "tutar_tl", "AmountUSD", "Montant en euros",
     "المبلغ (ريال)", "$ Sales"],
)  # fmt: skip
def test_a_header_is_recognised_with_its_unit_after_that_without(header: str) -> None:
    assert matches("amount", (header,)) == [0]
    assert matches("amount", (header, "Amount")) == [1]
    assert matches("amount", (header, "Value")) == [0]


@pytest.mark.parametrize(
    ("attribute", "header"),
    [
        ("revenue", "Umsatz netto"), ("revenue", "Umsatz in €"), ("revenue", "Total spend (USD)"),
        ("revenue", "مبلغ کل خرید (تومان)"), ("order_value", "AOV (EUR)"), ("income", "Jahreseinkommen (EUR)"),
        ("company_revenue", "Annual revenue (EUR)"), ("age", "Alter (Jahre)"), ("age", "سن (سال)"),
        ("nps", "How likely are you to recommend us?"), ("nps", "امتیاز توصیه"),
        ("satisfaction", "Overall satisfaction"),
    ],
)  # fmt: skip
def test_an_attribute_is_recognised_as_exports_and_surveys_head_it(attribute: str, header: str) -> None:
    assert meant_by(attribute, ("id", header)) == [1]


def test_two_units_of_the_same_amount_are_a_tie(tmp_path: Path) -> None:
    assert matches("amount", ("Total (EUR)", "Total (USD)")) == [0, 1]
    path = tmp_path / "orders.csv"
    path.write_text("customer,date,Total (EUR),Total (USD)\nann,2024-01-01,5,6\n")
    with pytest.raises(DataError, match=r"2 columns for amount: 'Total \(EUR\)' and 'Total \(USD\)'"):
        segtool.rfm(path)


def test_what_is_no_unit_makes_another_header() -> None:
    for header in ("Amount (Tax)", "Total (Shipping)", "Price (Cost)", "Total orders", "EUR"):
        assert matches("amount", (header,)) == []
    assert matches("customer_id", ("Customer EUR",)) == []
    assert matches("order_date", ("Order Date (UTC)",)) == [0]


def test_a_filled_cell_is_a_cancellation_only_where_the_column_holds_dates() -> None:
    for header in ("Cancelled at", "canceled_on", "Storniert am", "Annulée le", "Fecha de cancelación", "تاریخ لغو"):
        assert matches("cancelled_at", (header,)) == [0]
    for header in ("Cancelled", "Storniert", "is_cancelled", "لغو شده"):
        assert matches("cancelled_at", (header,)) == []


@given(st.sampled_from(NAMES), st.sampled_from("._- /:\u200c\u200f\N{ARABIC TATWEEL}\N{NO-BREAK SPACE}"), st.booleans())
def test_case_and_separators_do_not_matter(named: tuple[str, str], between: str, above: bool) -> None:
    role, name = named
    spelled = between.join(name.upper() if above and "ı" not in name else name).join(("\ufeff", between))
    assert matches(role, (spelled,)) == matches(role, (name,)) == [0]


@given(st.sampled_from(NAMES))
def test_names_are_recognised_in_cp1256_and_with_accents_of_their_own(named: tuple[str, str]) -> None:
    role, name = named
    assert matches(role, (name.replace("ی", "ي").replace("ک", "ك"),)) == [0]
    assert matches(role, (unicodedata.normalize("NFD", name),)) == [0]


@given(st.text())
def test_one_spelling_is_that_of_itself(text: str) -> None:
    once = one_spelling(text)
    assert one_spelling(once) == once
    assert normal(once) == normal(text) == normal(normal(text))


@given(st.lists(st.sampled_from([name for _, name in NAMES] + ["x", ""]), max_size=6))
def test_the_order_of_the_columns_does_not_matter(headers: list[str]) -> None:
    turned = headers[::-1]
    for role in known_names():
        assert {headers[i] for i in matches(role, tuple(headers))} == {turned[i] for i in matches(role, tuple(turned))}


def test_no_attribute_shares_a_name_with_another() -> None:
    names = [normal(name) for ranks in known_attributes().values() for rank in ranks for name in rank]
    assert len(names) == len(set(names))
    assert all(names)


def test_attributes_are_found_beside_the_roles() -> None:
    headers = ("Order Date", "E-Mail", "Billing City", "Stadt", "Produkt", "Warengruppe", "Zahlungsart", "Betrag")
    assert attributes(headers) == {
        "email": 1, "city": 3, "product": 4, "category": 5, "payment_method": 6,
    }  # fmt: skip
    assert attributes(("استان", "شهر", "روش پرداخت", "نام محصول")) == {
        "city": 1, "region": 0, "product_name": 3, "payment_method": 2,
    }  # fmt: skip
    assert attributes(("City", "Town")) == {"city": 0}
    assert attributes(()) == {}


@pytest.mark.parametrize("letter", [chr(code) for code in range(128)])
def test_a_letter_of_ascii_is_spelled_as_it_is_among_others(letter: str) -> None:
    assert one_spelling(letter) + "ک" == one_spelling(letter + "ک")
