"""Make customers.csv, who buys and where they live: python make_customers.py > customers.csv. The same every time."""

import csv
import random
import sys
from datetime import date, timedelta

AS_OF = date(2024, 12, 31)

COLUMNS = (
    "customer_id", "first_name", "last_name", "email", "gender", "birth_date", "income", "marital_status",
    "household_size", "children", "education", "occupation", "employment", "life_stage", "country", "region", "county",
    "city", "city_population", "area_type", "language", "climate", "transport", "lifecycle_stage", "orders",
    "last_order", "last_visit", "signup_date", "newsletter", "tags",
)  # fmt: skip
PLACE = COLUMNS[14:22]

# Invented people: names are drawn apart from each other. Numbers of inhabitants are rounded.
WOMEN = ["Anna", "Clara", "Elif", "Giulia", "Ines", "Leila", "Lucy", "Marie", "Nora", "Sara", "Sofia", "Zoe"]
MEN = ["Adam", "Ben", "Carlos", "David", "Emre", "Hugo", "Jonas", "Karim", "Luca", "Omid", "Paul", "Tom"]
LAST = ["Adler", "Becker", "Costa", "Demir", "Ferrari", "Garcia", "Karimi", "Lambert", "Moore", "Novak", "Wood"]

PLACES = [  # country, region, county, city, inhabitants, area, language, climate
    ("Germany", "Berlin", "Berlin", "Berlin", 3_700_000, "urban", "de", "Cfb"),
    ("Germany", "Hesse", "Frankfurt", "Frankfurt", 760_000, "urban", "de", "Cfb"),
    ("Germany", "Bavaria", "Augsburg", "Augsburg", 300_000, "urban", "de", "Dfb"),
    ("Germany", "Bavaria", "Garmisch-Partenkirchen", "Mittenwald", 7_300, "rural", "de", "alpine"),
    ("France", "Île-de-France", "Paris", "Paris", 2_100_000, "urban", "fr", "temperate"),
    ("France", "Occitanie", "Haute-Garonne", "Blagnac", 26_000, "suburban", "fr", "Cfa"),
    ("Spain", "Andalusia", "Almería", "Almería", 200_000, "urban", "es", "BSh"),
    ("United Kingdom", "England", "Surrey", "Woking", 105_000, "suburban", "en", "oceanic"),
    ("United Kingdom", "Scotland", "Highland", "Ullapool", 1_500, "rural", "en", "Cfb"),
    ("Finland", "Lapland", "Inari", "Ivalo", 3_000, "rural", "fi", "Dfc"),
    ("Iran", "Tehran", "Tehran", "Tehran", 9_000_000, "urban", "fa", "نیمه‌خشک"),
    ("Iran", "Isfahan", "Kashan", "Kashan", 305_000, "شهری", "fa", "گرم و خشک"),
    ("Singapore", "Central Region", "", "Singapore", 5_900_000, "urban", "en", "Af"),
]
WEIGHTS = [12, 8, 7, 3, 9, 6, 5, 8, 3, 3, 8, 4, 4]

ABROAD = {  # and countries that a few customers are from, as they wrote them
    2: ("Österreich", "Tyrol", "Innsbruck", "Innsbruck", 131_000, "urban", "de", "Dfb"),
    14: ("Schweiz", "Zurich", "Winterthur", "Winterthur", 115_000, "urban", "de", "Cfb"),
    26: ("IT", "Tuscany", "Prato", "Prato", 195_000, "urban", "it", "Csa"),
    38: ("NL", "Utrecht", "Utrecht", "Zeist", 65_000, "suburban", "nl", "Cfb"),
    50: ("Türkiye", "Izmir", "Bornova", "Izmir", 2_900_000, "urban", "tr", "Csa"),
    62: ("UAE", "Sharjah", "", "Sharjah", 1_800_000, "urban", "ar", "BWh"),
    74: ("USA", "Oregon", "Lane County", "Eugene", 176_000, "urban", "en", "Csb"),
    86: ("آلمان", "Hesse", "Frankfurt", "Frankfurt", 760_000, "urban", "fa", "Cfb"),
    98: ("ایران", "Tehran", "Tehran", "Tehran", 9_000_000, "شهری", "fa", "نیمه‌خشک"),
    103: ("Germany", "Berlin", "Berlin", "berlin", 3_700_000, "urban", "de", "Cfb"),
}

JOBS = ["nurse", "teacher", "engineer", "sales assistant", "accountant", "designer", "electrician", "driver", "cook"]
DEGREES = ["primary school", "high school", "vocational training", "associate degree", "bachelor", "Master", "PhD"]
WAYS = ["car", "public transport", "bike", "walk", "motorcycle", "taxi"]
TAGS = ["vip", "wholesale", "gift", "complaint", "event", "referral"]

ODD = {  # what somebody typed otherwise, or left out
    3: {"gender": "F", "tags": "VIP; gift"},
    7: {"gender": "non-binary", "marital_status": "civil partnership"},
    11: {"birth_date": "", "gender": "", "life_stage": ""},
    16: {"gender": "femal", "transport": "skateboard"},
    19: {"birth_date": "1890-01-01"},
    23: {"country": "", "region": "", "county": "", "city": "", "city_population": "", "area_type": "", "language": ""},
    29: {"income": "", "education": "", "occupation": "", "employment": ""},
    31: {"income": "-1"},
    37: {"marital_status": "", "household_size": "", "children": ""},
    41: {"marital_status": "complicated", "education": "Sunday school"},
    43: {"household_size": "0", "children": ""},
    47: {"climate": "", "transport": ""},
    53: {"city_population": "-5", "area_type": "on a ship", "climate": "varies"},
    59: {"lifecycle_stage": "", "orders": "", "last_order": ""},
    58: {"lifecycle_stage": "partner", "orders": "", "last_order": ""},
    61: {"lifecycle_stage": "", "orders": "0", "last_order": "2024-11-05"},
    67: {"gender": "خانم", "marital_status": "متأهل", "employment": "کارمند", "transport": "مترو"},
    71: {"employment": "military service", "newsletter": ""},
    73: {"birth_date": "", "household_size": "", "children": "", "employment": "", "life_stage": ""},
    79: {"life_stage": "it is complicated"},
    83: {"birth_date": "2008-05-14", "marital_status": "single", "employment": "pupil", "occupation": ""},
    89: {"marital_status": "separated", "transport": "Car "},
    97: {"education": "کارشناسی", "area_type": "Suburb"},
    101: {"email": "", "newsletter": "no"},
}


def main() -> None:
    chance = random.Random(2024)
    out = csv.DictWriter(sys.stdout, COLUMNS, lineterminator="\n")
    out.writeheader()
    for number in range(1, 121):
        place = dict(zip(PLACE, ABROAD.get(number, ()), strict=False))
        out.writerow(person(number, chance) | place | ODD.get(number, {}))


def person(number: int, chance: random.Random) -> dict[str, object]:
    """Return the row of a customer."""
    gender = chance.choice(["female", "male"])
    first, last = chance.choice(WOMEN if gender == "female" else MEN), chance.choice(LAST)
    age = int(chance.triangular(18, 84, 36))
    country, region, county, city, inhabitants, area, language, climate = chance.choices(PLACES, WEIGHTS)[0]
    row: dict[str, object] = {
        "customer_id": f"C{number:03}", "first_name": first, "last_name": last,
        "email": f"{first}.{last}{number}@example.{chance.choice(['com', 'org'])}".lower(), "gender": gender,
        "birth_date": AS_OF - timedelta(days=int(age * 365.25) + chance.randrange(365)), "country": country,
        "region": region, "county": county, "city": city, "city_population": inhabitants, "area_type": area,
        "language": language, "climate": climate, "transport": chance.choices(WAYS, [9, 8, 4, 4, 2, 1])[0],
    }  # fmt: skip
    return row | home(age, chance) | work(age, chance) | dealings(chance)


def home(age: int, chance: random.Random) -> dict[str, object]:
    """Return with whom a customer lives, and a stage of life where the survey asked for it."""
    status = "single" if chance.random() < (0.8 if age < 28 else 0.25) else "married"
    if status == "married" and age > 35:
        status = chance.choices(["married", "divorced", "widowed"], [8, 2, 1 if age < 65 else 4])[0]
    adults = 2 if status == "married" else chance.choices([1, 3], [8, 1])[0]
    children = chance.choices([0, 1, 2, 3], [4, 3, 3, 1])[0] if 25 < age < 58 and status != "single" else 0
    stage = ""
    if chance.random() < 0.3:
        young = "young couple" if status == "married" else "young single"
        with_children = "family with small children" if age < 42 else "family with teenagers"
        stage = (
            with_children if children else young if age < 35 else "midlife" if age < 50 else
            "empty nest" if age < 65 else "retired"
        )  # fmt: skip
    return {
        "marital_status": status, "household_size": adults + children, "children": children, "life_stage": stage,
    }  # fmt: skip


def work(age: int, chance: random.Random) -> dict[str, object]:
    """Return what a customer learned and does, and the household's yearly income in euros."""
    kinds = ["employed", "part-time", "self-employed", "homemaker", "unemployed"]
    doing = chance.choices(kinds, [12, 3, 3, 1, 1])[0] if age < 65 else "retired"
    if age < 24 and chance.random() < 0.6:
        doing = "student"
    return {
        "education": chance.choices(DEGREES, [1, 4, 4, 2, 5, 4, 1] if age > 24 else [1, 4, 3, 1, 1, 0, 0])[0],
        "occupation": chance.choice(JOBS) if doing in kinds[:3] else "",
        "employment": doing,
        "income": 100 * int(chance.lognormvariate(10.5 if doing in kinds[:3] else 9.9, 0.5) / 100),
    }


def dealings(chance: random.Random) -> dict[str, object]:
    """Return how a customer and the shop know each other."""
    signup = AS_OF - timedelta(days=chance.randrange(20, 1500))
    orders = 0 if chance.random() < 0.12 else 1 + int(chance.expovariate(0.35))
    last_order = signup + timedelta(days=int((AS_OF - signup).days * chance.betavariate(2, 1))) if orders else None
    late = last_order is not None and (AS_OF - last_order).days > 365
    stage = (
        "lead" if not orders else "churned" if late else "new" if orders == 1 else "active" if orders < 5 else "loyal"
    )
    visit = (last_order or signup) + (AS_OF - (last_order or signup)) * chance.random()
    return {
        "lifecycle_stage": stage if chance.random() < 0.8 else "", "orders": orders,
        "last_order": last_order or "", "last_visit": visit, "signup_date": signup,
        "newsletter": chance.choice(["yes", "no"]),
        "tags": ";".join(chance.sample(TAGS, chance.choice([0, 0, 1, 1, 2]))),
    }  # fmt: skip


if __name__ == "__main__":
    main()
