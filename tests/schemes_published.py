"""The maps that schemes come from, as they were published: facts, written out to compare the schemes with."""

Cell = tuple[int, ...]

BOXES: dict[str, str] = {
    "loyalty-matrix": """
        12     12            Hibernating
        12     34            At Risk
        12     5             Can't Lose Them
        3      12            About To Sleep
        3      3             Need Attention
        34     45            Loyal Customers
        4      1             Promising
        5      1             New Customers
        45     23            Potential Loyalists
        5      45            Champions
    """,
    "value-loyalty": """
        45     45            True Friends
        123    45            Butterflies
        45     123           Barnacles
        123    123           Strangers
    """,
    "r-rfm-0.3.0": """
        5      5      5      Champions
        345    345    2345   Potential Loyalist
        234    234    234    Loyal Customers
        34     123    345    Promising
        45     123    12345  New Customers
        12     34     45     Can't Lose Them
        12     2345   45     At Risk
        123    345    345    Need Attention
        23     123    1234   About To Sleep
        1      12345  12345  Lost
    """,
    "r-rfm-0.2.2": """
        45     45     45     Champions
        2345   345    345    Loyal Customers
        345    123    123    Potential Loyalist
        45     1      1      New Customers
        34     1      1      Promising
        23     23     23     Need Attention
        23     12     12     About To Sleep
        12     2345   2345   At Risk
        1      45     45     Can't Lose Them
        12     12     12     Lost
    """,
    "braze-published": """
        3      23     23     Champions
        23     23     123    Loyal Users
        3      123    123    Potential Loyalists
        3      0123   123    Promising
        3      0123   0123   New Customer
        23     0123   0123   Needing Attention
        01     23     23     Cannot lose them
        01     123    123    At Risk
        1      0123   0123   About to Sleep
        0      012    0123   Hibernating
    """,
    "pypi-rfm": """
        45     45     45     Champions
        45     12     345    Promising
        345    345    345    Loyal Accounts
        345    23     234    Potential Loyalist
        5      1      12345  New Active Accounts
        345    12345  12     Low Spenders
        23     12     45     Need Attention
        23     12     123    About to Sleep
        12     12345  345    At Risk
        12     12345  12     Lost
    """,
    "customer-value-matrix": """
        2      2             Best
        1      2             Spenders
        2      1             Frequent
        1      1             Uncertain
    """,
    "customer-relationship-matrix": """
        2      2             Close
        1      2             New
        2      1             Potential
        1      1             Lost
    """,
}
"""The digits that each axis allows, in the order of the axes, and the name. At the mean, 2 is the better level."""

CODES: dict[str, dict[str, str]] = {
    "codes-125": {
        "Champions": "555 554 544 545 454 455 445",
        "Loyal": "543 444 435 355 354 345 344 335",
        "Potential Loyalist": "553 551 552 541 542 533 532 531 452 451 442 441 431 453 433 432 423 353 352 351 342 341 "
        "333 323",
        "New Customers": "512 511 422 421 412 411 311",
        "Promising": "525 524 523 522 521 515 514 513 425 424 413 414 415 315 314 313",
        "Need Attention": "535 534 443 434 343 334 325 324",
        "About To Sleep": "331 321 312 221 213 231 241 251",
        "At Risk": "255 254 245 244 253 252 243 242 235 234 225 224 153 152 145 143 142 135 134 133 125 124",
        "Can't Lose Them": "155 154 144 214 215 115 114 113",
        "Hibernating": "332 322 233 232 223 222 132 123 122 212 211",
        "Lost": "111 112 121 131 141 151",
    },
    "klaviyo": {
        "Champions": "333 332 323",
        "Loyal": "321 322 331 232 233",
        "Recent": "312 313 311 222 223",
        "Needs Attention": "213 221 123 132 133",
        "At Risk": "231 212 122 131 211",
        "Inactive": "111 112 113 121",
    },
    "pymc": {
        "Premium Customer": "334 443 444 344 434 433 343 333",
        "Repeat Customer": "244 234 232 332 143 233 243",
        "Top Spender": "424 414 144 314 324 124 224 423 413 133 323 313 134",
        "At Risk Customer": "422 223 212 122 222 132 322 312 412 123 214",
        "Inactive Customer": "411 111 113 114 112 211 311",
    },
}

PUTLER_GRID = {
    "Champions": "55 54 45",
    "Loyal Customers": "53 44 35 34",
    "Potential Loyalist": "52 42 33 43",
    "Recent Customers": "51",
    "Promising": "41 31",
    "Customers Needing Attention": "32 23 22",
    "About To Sleep": "21",
    "At Risk": "25 24 13",
    "Can't Lose Them": "15 14",
    "Hibernating": "12",
    "Lost": "11",
}
"""R, and (F + M) / 2 rounded up."""

PUTLER_PUBLISHED: list[tuple[str, tuple[int, int], tuple[int, int]]] = [
    ("Champions", (4, 5), (4, 5)),
    ("Loyal Customers", (2, 5), (3, 5)),
    ("Potential Loyalist", (3, 5), (1, 3)),
    ("Recent Customers", (4, 5), (0, 1)),
    ("Promising", (3, 4), (0, 1)),
    ("Customers Needing Attention", (2, 3), (2, 3)),
    ("About To Sleep", (2, 3), (0, 2)),
    ("At Risk", (0, 2), (2, 5)),
    ("Can't Lose Them", (0, 1), (4, 5)),
    ("Hibernating", (1, 2), (1, 2)),
    ("Lost", (0, 2), (0, 2)),
]
"""R, and (F + M) / 2; both ends are in."""

SHOPIFY: list[tuple[str, tuple[int, int], tuple[int | str, int]]] = [
    ("Champions", (5, 5), (">3", 5)),
    ("Loyal", (3, 4), (">3", 5)),
    ("Active", (4, 5), (">1", 3)),
    ("New", (5, 5), (0, 1)),
    ("Promising", (4, 4), (0, 1)),
    ("Needs attention", (3, 3), (">2", 3)),
    ("Almost lost", (3, 3), (0, 2)),
    ("Previously loyal", (1, 2), (">4", 5)),
    ("At risk", (1, 2), (">2", 4)),
    ("Dormant", (1, 2), (0, 2)),
]
"""R, and (F + M) / 2, whose lower end is out where it is written so."""


def names(scheme: str, cell: Cell) -> list[str]:
    """Return the names that the published map has for a cell, in its order; the cell's digits are those of the map."""
    if scheme in BOXES:
        lines = [line.split(maxsplit=len(cell)) for line in BOXES[scheme].strip().splitlines()]
        return [
            line[-1] for line in lines if all(str(digit) in digits for digit, digits in zip(cell, line, strict=False))
        ]
    if scheme in CODES:
        return [name for name, codes in CODES[scheme].items() if "".join(map(str, cell)) in codes.split()]
    r, f, m = cell
    if scheme == "gold-silver-bronze":
        return ["Gold" if r + f + m > 9 else "Silver" if r + f + m >= 6 else "Bronze"]
    if scheme == "putler":
        return [name for name, codes in PUTLER_GRID.items() if f"{r}{(f + m + 1) // 2}" in codes.split()]
    ranges = {"putler-published": PUTLER_PUBLISHED, "shopify": SHOPIFY}[scheme]
    return [name for name, (low, high), fm in ranges if low <= r <= high and _is_in((f + m) / 2, fm)]


def _is_in(value: float, ends: tuple[int | str, int]) -> bool:
    low, high = ends
    return (value > int(low[1:]) if isinstance(low, str) else value >= low) and value <= high
