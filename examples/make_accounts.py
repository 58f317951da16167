"""Make accounts.csv, the invented business customers of a software maker: python make_accounts.py > accounts.csv.

The same file every time.
"""

import csv
import random
import sys

ROWS = 60

INDUSTRIES = (
    "Manufacturing|Retail|Software|Consulting|Wholesale|Construction|Logistics|Healthcare"
    "|Financial Services|Education"
    "|Hotels|Real estate|Energy|Agriculture|Public administration|Facility management|Museum|Association|Maschinenbau"
    "|فناوری اطلاعات|Insurance|hospital|C|Marketing|Astrology"
)
TOOLS = (
    "SAP; Salesforce; Excel|HubSpot; Google Analytics|Shopify; Mailchimp|Excel|DATEV; Excel"
    "|Odoo; Power BI|Pipedrive; Xero"
    "|Google Analytics; Klaviyo|QuickBooks; Google Sheets|WooCommerce|Microsoft Dynamics; Tableau"
    "|Google Workspace|none"
    "|سپیدار؛ اکسل|Zoho CRM|pen and paper|Blender"
)
ADOPTION = (
    "early majority|late majority|early adopter|Early Majority|laggard|innovator|late_majority|early-adopter"
    "|اکثریت اولیه|visionary|moderate"
)
SEGMENTS = "Growth|Key account|Long tail|Growth|Partner"
COUNTRIES = "Germany|France|Spain|Iran|Turkey|United Kingdom|Italy|Portugal|Austria|Netherlands"

# Odd cells, one each: sizes and shares as bands and words, and what cannot be.
EMPLOYEES = ["11-50", "small", "1000+", "-5", "کوچک", "51-200"]
REVENUE = ["10-50m", "under 2m", "-1", "large", "2 to 10 million"]
INTEGRATIONS = ["none", "several", "Slack"]
MOBILE = ["62", "45", "75", "mobile first", "desktop", "both", "1200"]

HEADER = [
    "account_id", "website", "country", "industry", "employees", "annual_revenue", "segment", "tools", "adoption",
    "integrations", "mobile_share",
]  # fmt: skip


def main() -> None:
    chance = random.Random(2024)
    rows = [dict.fromkeys(HEADER, "") for _ in range(ROWS)]
    for number, row in enumerate(rows):
        staff = max(1, round(chance.lognormvariate(3.9, 1.6)))
        row["account_id"] = f"A{number + 1:03}"
        row["website"] = f"a{number + 1:03}.example.com"
        row["country"] = chance.choice(COUNTRIES.split("|"))
        row["employees"] = str(staff)
        row["annual_revenue"] = str(round(staff * chance.lognormvariate(11.6, 0.6), -3)).removesuffix(".0")
        row["integrations"] = str(max(0, round(chance.gauss(1 + staff**0.25, 1.8))))
        row["mobile_share"] = f"{chance.betavariate(2, 2.4):.2f}"
        row["segment"] = chance.choice(SEGMENTS.split("|"))
    for name, pool in (("industry", INDUSTRIES), ("tools", TOOLS), ("adoption", ADOPTION)):
        cells = pool.split("|")
        given = cells + [cells[int(chance.random() ** 2 * len(cells))] for _ in rows[len(cells) :]]
        chance.shuffle(given)
        for row, cell in zip(rows, given, strict=True):
            row[name] = cell
    odd = {"employees": EMPLOYEES, "annual_revenue": REVENUE, "integrations": INTEGRATIONS, "mobile_share": MOBILE}
    for name, cells in odd.items():
        for row, cell in zip(chance.sample(rows, len(cells)), cells, strict=True):
            row[name] = cell
    for name in HEADER[3:]:
        filled = [row for row in rows if sum(other[name] == row[name] for other in rows) > 1 or row[name].isdecimal()]
        for row in chance.sample(filled, 2 + (name in ("annual_revenue", "tools"))):
            row[name] = ""
    out = csv.DictWriter(sys.stdout, HEADER, lineterminator="\n")
    out.writeheader()
    out.writerows(rows)


if __name__ == "__main__":
    main()
