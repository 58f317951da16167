"""Exports of known shops are told by their headers, and each role has its column."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from segtool.orders.unpaid import unpaid_statuses
from segtool.resources import read_toml
from segtool.tables.headers import known_names, normal
from segtool.tables.headers.shops import shop_of

PROFILES: list[dict[str, Any]] = read_toml("tables/headers/shops.toml")["shops"]

EXPORTS: list[tuple[str, str, dict[str, str]]] = [
    (
        "shopify",
        "Name;Email;Financial Status;Paid at;Fulfillment Status;Accepts Marketing;Currency;Subtotal;Shipping;Taxes;"
        "Total;Discount Code;Created at;Lineitem quantity;Lineitem name;Lineitem price;Lineitem sku;Billing Name;"
        "Cancelled at;Payment Method;Refunded Amount;Vendor;Id;Tags;Source;Phone",
        {
            "customer_id": "Email", "order_id": "Name", "order_date": "Created at", "amount": "Total",
            "refunded": "Refunded Amount", "status": "Financial Status", "cancelled_at": "Cancelled at",
            "currency": "Currency",
        },
    ),
    (
        "squarespace",
        "Order ID;Email;Financial Status;Paid at;Fulfillment Status;Currency;Subtotal;Shipping;Taxes;Amount Refunded;"
        "Total;Created at;Lineitem quantity;Lineitem name;Lineitem price;Lineitem variant;Billing Name;Cancelled at",
        {
            "customer_id": "Email", "order_id": "Order ID", "order_date": "Created at", "amount": "Total",
            "refunded": "Amount Refunded", "status": "Financial Status", "cancelled_at": "Cancelled at",
            "currency": "Currency",
        },
    ),
    (
        "woocommerce",
        "order_id;order_number;order_date;status;shipping_total;tax_total;discount_total;order_total;refunded_total;"
        "order_currency;payment_method;customer_id;billing_first_name;billing_email;line_items",
        {
            "customer_id": "customer_id", "order_id": "order_id", "order_date": "order_date", "amount": "order_total",
            "refunded": "refunded_total", "status": "status", "currency": "order_currency",
        },
    ),
    (
        "woocommerce-items",
        "order_id;order_number;date;status;order_total;refunded_total;order_currency;payment_method;customer_id;"
        "billing_first_name;billing_email;item_name;item_sku;item_quantity;item_total;item_refunded",
        {
            "customer_id": "customer_id", "order_id": "order_id", "order_date": "date", "amount": "item_total",
            "refunded": "item_refunded", "status": "status", "currency": "order_currency",
        },
    ),
    (
        "woocommerce-advanced",
        "Order Number;Order Status;Order Date;Customer Note;First Name (Billing);Email (Billing);Payment Method Title;"
        "Order Subtotal Amount;Order Shipping Amount;Order Refund Amount;Order Total Amount;Order Total Tax Amount",
        {
            "customer_id": "Email (Billing)", "order_id": "Order Number", "order_date": "Order Date",
            "amount": "Order Total Amount", "refunded": "Order Refund Amount", "status": "Order Status",
        },
    ),
    (
        "woocommerce-advanced-items",
        "Order Number;Order Status;Order Date;Customer User ID;Email (Billing);Order Refund Amount;"
        "Order Total Amount;SKU;Item #;Item Name;Quantity (- Refund);Item Cost;Coupon Code",
        {
            "customer_id": "Customer User ID", "order_id": "Order Number", "order_date": "Order Date",
            "quantity": "Quantity (- Refund)", "unit_price": "Item Cost", "status": "Order Status",
        },
    ),
    (
        "woocommerce-analytics",
        "Date;Order #;N. Revenue (formatted);Status;Customer;Customer type;Product(s);Items sold;Coupon(s);Net Sales;"
        "Attribution",
        {
            "customer_id": "Customer", "order_id": "Order #", "order_date": "Date", "amount": "Net Sales",
            "status": "Status",
        },
    ),
    (
        "stripe",
        "id;Description;Seller Message;Created (UTC);Amount;Amount Refunded;Currency;Converted Amount;"
        "Converted Amount Refunded;Fee;Tax;Converted Currency;Mode;Status;Customer ID;Customer Email;Captured;"
        "Card Brand",
        {
            "customer_id": "Customer ID", "order_id": "id", "order_date": "Created (UTC)", "amount": "Amount",
            "refunded": "Amount Refunded", "status": "Status", "currency": "Currency",
        },
    ),
    (
        "square",
        "Date;Time;Time Zone;Gross Sales;Discounts;Net Sales;Tax;Tip;Partial Refunds;Total Collected;Source;Fees;"
        "Net Total;Transaction ID;Payment ID;Staff Name;Event Type;Location;Customer ID;Customer Name;"
        "Transaction Status",
        {
            "customer_id": "Customer ID", "order_id": "Transaction ID", "order_date": "Date", "amount": "Net Sales",
            "status": "Transaction Status",
        },
    ),
    (
        "square-items",
        "Date;Time;Time Zone;Category;Item;Qty;Price Point Name;SKU;Modifiers Applied;Gross Sales;Discounts;"
        "Net Sales;Tax;Transaction ID;Payment ID;Event Type;Location;Customer ID;Customer Name;Unit;Count",
        {
            "customer_id": "Customer ID", "order_id": "Transaction ID", "order_date": "Date", "amount": "Net Sales",
        },
    ),
    (
        "prestashop",
        "ID;Reference;New client;Delivery;Customer;Total;Payment;Status;Date",
        {
            "customer_id": "Customer", "order_id": "Reference", "order_date": "Date", "amount": "Total",
            "status": "Status",
        },
    ),
    (
        "prestashop",
        "ID;Référence;Nouveau client;Livraison;Client;Total;Paiement;État;Date",
        {
            "customer_id": "Client", "order_id": "Référence", "order_date": "Date", "amount": "Total", "status": "État",
        },
    ),
    (
        "magento",
        "ID;Purchase Point;Purchase Date;Bill-to Name;Ship-to Name;Grand Total (Base);Grand Total (Purchased);Status;"
        "Billing Address;Customer Email;Customer Group;Subtotal;Customer Name;Payment Method;Total Refunded",
        {
            "customer_id": "Customer Email", "order_id": "ID", "order_date": "Purchase Date",
            "amount": "Grand Total (Base)", "refunded": "Total Refunded", "status": "Status",
        },
    ),
    (
        "bigcommerce",
        "Order ID;Customer ID;Customer Name;Customer Email;Order Date;Order Status;Subtotal (inc tax);"
        "Subtotal (ex tax);Tax Total;Order Total (inc tax);Order Total (ex tax);Refund Amount;Payment Method;"
        "Order Currency Code",
        {
            "customer_id": "Customer ID", "order_id": "Order ID", "order_date": "Order Date",
            "amount": "Order Total (inc tax)", "refunded": "Refund Amount", "status": "Order Status",
            "currency": "Order Currency Code",
        },
    ),
    (
        "etsy",
        "Sale Date;Order ID;Buyer User ID;Full Name;Number of Items;Date Shipped;Ship City;Currency;Order Value;"
        "Coupon Code;Discount Amount;Shipping;Sales Tax;Order Total;Status;Card Processing Fees;Order Net;Buyer;SKU",
        {
            "customer_id": "Buyer User ID", "order_id": "Order ID", "order_date": "Sale Date",
            "amount": "Order Total", "status": "Status", "currency": "Currency",
        },
    ),
    (
        "etsy-items",
        "Sale Date;Item Name;Buyer;Quantity;Price;Coupon Code;Discount Amount;Order Shipping;Item Total;Currency;"
        "Transaction ID;Listing ID;Date Paid;Date Shipped;Ship Name;Order ID;Variations",
        {
            "customer_id": "Buyer", "order_id": "Order ID", "order_date": "Sale Date", "amount": "Item Total",
            "currency": "Currency",
        },
    ),
    (
        "amazon",
        "amazon-order-id;merchant-order-id;shipment-id;purchase-date;payments-date;shipment-date;buyer-email;"
        "buyer-name;sku;product-name;quantity-shipped;currency;item-price;item-tax;shipping-price;ship-city",
        {
            "customer_id": "buyer-email", "order_id": "amazon-order-id", "order_date": "purchase-date",
            "amount": "item-price", "currency": "currency",
        },
    ),
    (
        "amazon",
        "order-id;order-item-id;purchase-date;payments-date;buyer-email;buyer-name;sku;product-name;quantity-purchased;"
        "currency;item-price;item-tax;ship-service-level;ship-city",
        {
            "customer_id": "buyer-email", "order_id": "order-id", "order_date": "purchase-date",
            "amount": "item-price", "currency": "currency",
        },
    ),
    (
        "online-retail",
        "InvoiceNo;StockCode;Description;Quantity;InvoiceDate;UnitPrice;CustomerID;Country",
        {
            "customer_id": "CustomerID", "order_id": "InvoiceNo", "order_date": "InvoiceDate", "quantity": "Quantity",
            "unit_price": "UnitPrice",
        },
    ),
    (
        "online-retail",
        "Invoice;StockCode;Description;Quantity;InvoiceDate;Price;Customer ID;Country",
        {
            "customer_id": "Customer ID", "order_id": "Invoice", "order_date": "InvoiceDate", "quantity": "Quantity",
            "unit_price": "Price",
        },
    ),
]  # fmt: skip


@pytest.mark.parametrize(("name", "row", "roles"), EXPORTS)
def test_the_export_of_each_shop_is_told_and_its_roles_are_fixed(name: str, row: str, roles: dict[str, str]) -> None:
    shop = shop_of(row.split(";"))
    assert shop is not None
    assert shop.name == name
    assert shop.roles == roles


def test_every_shop_has_an_export_and_knows_only_roles() -> None:
    assert {profile["name"] for profile in PROFILES} == {name for name, _, _ in EXPORTS}
    for profile in PROFILES:
        assert profile["roles"].keys() <= known_names().keys()


@pytest.mark.parametrize("profile", PROFILES, ids=lambda profile: profile["name"])
def test_no_signature_fits_the_export_of_another_shop(profile: dict[str, Any]) -> None:
    for name, row, _ in EXPORTS:
        headers = set(map(normal, row.split(";")))
        fits = any(set(map(normal, signature)) <= headers for signature in profile["signatures"])
        barred = bool(set(map(normal, profile.get("without", ()))) & headers)
        assert (fits and not barred) <= (name == profile["name"])


@pytest.mark.parametrize(
    "row",
    [
        "customer_id;order_id;order_date;amount",
        "order_id;customer_id;order_date;country;amount",
        "شماره سفارش;تاریخ سفارش;کد مشتری;مبلغ (تومان)",
        "Bestellnr;Kundennr;Bestelldatum;Land;Betrag",
        "Name;Email;Created at;Total",
        "Date;Time;Time Zone;Gross Sales;Net Sales;Total Collected;Payment ID;Transaction ID",
        "amazon-order-id;purchase-date;order-status;item-price;item-tax;currency",
        "",
    ],
)
def test_a_table_without_a_signature_or_without_customers_is_of_no_shop(row: str) -> None:
    assert shop_of(row.split(";")) is None


@given(st.sampled_from(EXPORTS), st.randoms(use_true_random=False), st.lists(st.sampled_from("ABCD"), max_size=3))
def test_neither_the_order_of_the_columns_nor_further_ones_matter(
    export: tuple[str, str, dict[str, str]], random: Any, more: list[str]
) -> None:
    name, row, roles = export
    headers = row.split(";") + [f"Column {letter}" for letter in more]
    random.shuffle(headers)
    shop = shop_of(headers)
    assert shop is not None
    assert (shop.name, shop.roles) == (name, roles)
    loud = shop_of([header.upper() for header in headers])
    assert loud is not None
    assert loud.roles == {role: header.upper() for role, header in roles.items()}


def test_what_was_refunded_is_unpaid_only_where_no_column_tells_how_much() -> None:
    row = next(row for name, row, _ in EXPORTS if name == "shopify").split(";")
    shop, older = shop_of(row), shop_of([header for header in row if header != "Refunded Amount"])
    assert shop is not None
    assert older is not None
    assert older.unpaid - shop.unpaid == {"refunded"}
    assert {"pending", "authorized", "voided", "expired"} <= shop.unpaid
    assert not shop.unpaid & {"paid", "partiallypaid", "partiallyrefunded", "refunded"}


def test_only_the_first_line_of_a_shopify_order_has_its_total_and_guests_are_told() -> None:
    shops = {name: shop for name, row, _ in EXPORTS if (shop := shop_of(row.split(";")))}
    assert {name for name, shop in shops.items() if shop.first_line_totals} == {"shopify", "squarespace"}
    assert shops["woocommerce"].guests == shops["bigcommerce"].guests == {"0"}
    assert not shops["stripe"].guests


def test_statuses_that_mean_no_money_are_told_in_nine_languages() -> None:
    statuses = unpaid_statuses()
    for label in (
        "Cancelled", "canceled", "VOIDED", " failed ", "PaymentFailed", "pending-payment", "Storniert", "Annulé",
        "annulee", "Anulado", "Annullato", "Cancelado", "İptal edildi", "ملغي", "لغو شده", "لغو\u200cشده", "ناموفق",
        "پرداخت نشده", "پرداخت\u200cنشده", "كنسل شده",
    ):  # fmt: skip
        assert normal(label) in statuses


@pytest.mark.parametrize(
    "label",
    ["paid", "completed", "pending", "processing", "on hold", "shipped", "refunded", "returned", "bezahlt", "payé",
     "en attente", "تکمیل شده", "در حال پردازش", "در انتظار بررسی", "مرجوعی", "مكتمل", "beklemede", ""],
)  # fmt: skip
def test_statuses_of_orders_that_may_bring_money_are_kept(label: str) -> None:
    assert normal(label) not in unpaid_statuses()
