"""Make survey.csv, what invented customers answered to a survey: python make_survey.py > survey.csv.

The same file every time.
"""

import csv
import random
import sys
from datetime import date, timedelta

ROWS = 120

# What may stand in a cell of each question; the first few are given most often, every one at least once.
ANSWERS = {
    "interests": (
        "sport; travel|cooking; reading|technology; games|gardening|fashion; travel|music; concerts|children; cooking"
        "|pets; hiking|cars|movies|books; history|photography|Gaming|fitness|restaurants; coffee"
        "|interior design|gadgets|hiking"
        "|running|business; news|کتاب؛ موسیقی|آشپزی|stamp collecting"
    ),
    "personal_values": (
        "family; honesty|security|success|freedom; creativity|fun; comfort|environment|tradition|adventure"
        "|status|benevolence|health; stability|achievement|variety|خانواده|curiosity|punctuality"
    ),
    "lifestyle": (
        "family-oriented|healthy; active|busy|thrifty|traditional|ambitious|stylish|adventurous|DIY|eco-conscious"
        "|minimalist|luxury|frugal|پرمشغله|health conscious|nomadic"
    ),
    "beliefs": (
        "quality has its price|word of mouth|local products|natural is better|brands are the same|sustainability"
        "|technology helps|fair trade|organic|animal welfare|تولید داخلی|innovation|the customer is king"
    ),
    "opinions": (
        "too expensive|reads reviews|prices are fair|too many ads|poor service|likes new products|brands are worth it"
        "|data protection|others ask me|گران است|satisfied|Prices too high|shops close too early"
    ),
    "motives": (
        "price; convenience|need|gift|self reward|new ideas|saving time|discount|browsing; fun|with friends|health"
        "|prestige|replacement|هدیه|quality|relaxation|trends|habit of my mother"
    ),
    "habits": (
        "compares prices|shopping list|waits for sales|always the same|spontaneous|browsing"
        "|monthly shopping|last minute"
        "|coupons|impulse|خرید عمده|IMPULSIVE|research; list|pays in cash"
    ),
    "personality": (
        "conscientiousness|openness|extraversion|agreeableness|neuroticism|introvert|calm|curious|organised|sociable"
        "|kind|برون‌گرا|sensitive|INTJ"
    ),
    "must_have_features": (
        "easy to use; low price|long warranty|battery life|good design; colours|ease of use|security|API; export"
        "|energy saving|customisable|durable; reliable|speed|design|affordable|screen reader|gluten free|دوام|privacy"
        "|compatibility|appearance"
    ),
    "service_level": (
        "standard|standard|self-service|premium|basic|VIP|medium|2|ویژه|dedicated|online only|every Tuesday"
    ),
    "preferred_delivery": (
        "standard|home delivery|pick-up|express|parcel locker|time slot|next day|free shipping|same day|download"
        "|click & collect|evening|پست پیشتاز|تحویل حضوری|Express|by drone"
    ),
    "pain_points": (
        "price; delivery time|shipping costs|the website is confusing|takes too long|nobody calls back"
        "|no reply to e-mails"
        "|broken after a month|too expensive|checkout|quality|none|support; price|waiting|گران است|no complaints"
        "|پشتیبانی جواب نمی‌دهد|hidden fees|parking"
    ),
    "preferred_content": (
        "video|offers|how-to; video|reviews|articles|newsletter|podcast|pictures|discounts|tutorials|webinars|blog"
        "|infographics|customer stories|ویدیو|new products|crosswords"
    ),
    "contact_channel": (
        "email|sms|whatsapp|phone|app push|email|instagram|letter|e-mail|do not contact|پیامک|in person|Telegram"
        "|push notifications|telephone|social media|fax"
    ),
    "lead_stage": (
        "customer|customer|new lead|engaged|MQL|opportunity|contacted|proposal sent|not interested|closed_won|SQL"
        "|مشتری|hot lead|lost|subscriber|on holiday"
    ),
}

# From the one who knows least to the one who knows most, as far as there is an order.
LEVELS = {
    "product_knowledge": (
        "beginner|beginner|novice|1|2|intermediate|medium|3|متوسط|advanced|advanced|4|experienced|expert|5"
    ),
    "technical_skill": (
        "low|beginner|non-technical|2|intermediate|average|3|advanced|good|4|tech-savvy|expert|developer|خبره"
    ),
    "brand_familiarity": (
        "never heard of it|new to the brand|1|heard of it|somewhat familiar|intermediate|3|familiar|advanced|4.0"
        "|very familiar|expert|5"
    ),
    "attitude": (
        "hostile|1|negative|2|skeptical|neutral|indifferent|3|3.4|positive|positive|4|good|مثبت|advocate|5|fan"
    ),
}
NO_LEVEL = {
    "product_knowledge": "varies",
    "technical_skill": "left-handed",
    "brand_familiarity": "TV",
    "attitude": "99",
}
"""One odd answer to each."""

HEADER = [
    "customer_id", "survey_date", "email", "city", "interests", "personal_values", "lifestyle", "beliefs", "opinions",
    "motives", "habits", "attitude", "personality", "must_have_features", "service_level", "preferred_delivery",
    "pain_points", "preferred_content", "contact_channel", "lead_stage", "product_knowledge", "technical_skill",
    "brand_familiarity",
]  # fmt: skip
CITIES = ["Berlin", "Lyon", "Madrid", "Tehran", "Isfahan", "Izmir", "Leeds", "Porto", "Bologna", "Vienna"]


def main() -> None:
    chance = random.Random(2024)
    rows = [dict.fromkeys(HEADER, "") for _ in range(ROWS)]
    knowing = [chance.random() for _ in rows]
    willing = [chance.choices([1, 0.97, 0.8, 0.55, 0.2], [20, 50, 30, 14, 6])[0] for _ in rows]
    for number, row in enumerate(rows):
        row["customer_id"] = f"S{number + 1:03}"
        row["survey_date"] = str(date(2024, 9, 2) + timedelta(days=chance.randrange(100)))
        row["email"] = f"s{number + 1:03}@example.org" if chance.random() < willing[number] else ""
        row["city"] = chance.choice(CITIES) if chance.random() < willing[number] else ""
    for name, pool in ANSWERS.items():
        cells = pool.split("|")
        answering = [row for row, will in zip(rows, willing, strict=True) if chance.random() < will]
        given = cells + [cells[int(chance.random() ** 2 * len(cells))] for _ in answering[len(cells) :]]
        chance.shuffle(given)
        for row, cell in zip(answering, given, strict=True):
            row[name] = cell
    for name, pool in LEVELS.items():
        cells = pool.split("|")
        answering = [number for number in range(ROWS) if chance.random() < willing[number]]
        answering.sort(key=lambda number: knowing[number] + chance.gauss(0, 0.15))
        for place, number in enumerate(answering):
            rows[number][name] = cells[place * len(cells) // len(answering)]
        rows[chance.choice(answering)][name] = NO_LEVEL[name]
    out = csv.DictWriter(sys.stdout, HEADER, lineterminator="\n")
    out.writeheader()
    out.writerows(rows)


if __name__ == "__main__":
    main()
