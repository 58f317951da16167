"""What differs between the SQL of DuckDB, PostgreSQL and Spark: a handful of expressions, as data."""

from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True)
class Dialect:
    """How one engine writes what the others write differently. All take and return SQL expressions.

    `big` is the type of exact sums, with 38 digits and no decimals, `wide` one for a product of integers, `double` that
    of floats of 64 bits; `total` is the exact sum of integers of 64 bits. `matches` tells whether the whole of a text
    fits a regular expression (of classes, counts and alternatives only, without a backslash or a quote). `text` is a
    cell as text, compared byte by byte; `micros` a timestamp as microseconds since 1970 as it is written, `instant`
    those of a moment of all zones, `days` a date as days since 1970: all null where it is infinite. `instant_text` is a
    text that no other moment has. `finite` tells whether a float is a number at all. `div` is the quotient of integers
    from zero up, rounded down; `date` the day that is so many days after 1970-01-01. `fence`, behind a query in
    brackets, keeps what it computes from being computed once for each place that it is used in.
    """

    name: str
    quote: Callable[[str], str]
    big: str
    wide: str
    double: str
    total: Callable[[str], str]
    text: Callable[[str], str]
    matches: Callable[[str, str], str]
    micros: Callable[[str], str]
    instant: Callable[[str], str]
    instant_text: Callable[[str], str]
    days: Callable[[str], str]
    finite: Callable[[str], str]
    div: Callable[[str, str], str]
    date: Callable[[str], str]
    fence: str = ""


def quoted(mark: str) -> Callable[[str], str]:
    """Return what quotes an identifier with a mark, doubling those that are in it.

    >>> quoted('"')('or"der'), quoted("`")("a`b")
    ('"or""der"', '`a``b`')
    """
    return lambda name: f"{mark}{name.replace(mark, mark * 2)}{mark}"


DUCKDB = Dialect(
    name="DuckDB",
    quote=quoted('"'),
    big="DECIMAL(38, 0)",
    wide="HUGEINT",
    double="DOUBLE",
    total=lambda units: f"SUM({units})",  # of 128 bits
    text=lambda cell: f'(CAST({cell} AS VARCHAR) COLLATE "binary")',  # else a cast keeps the collation of a column
    matches=lambda text, form: f"regexp_full_match({text}, '{form}')",
    micros=lambda cell: f"CASE WHEN isfinite({cell}) THEN epoch_us(CAST({cell} AS TIMESTAMP)) END",
    instant=lambda cell: f"CASE WHEN isfinite({cell}) THEN epoch_us({cell}) END",
    instant_text=lambda cell: f"CAST(epoch_us({cell}) AS VARCHAR)",
    days=lambda cell: f"CASE WHEN isfinite({cell}) THEN CAST({cell} - DATE '1970-01-01' AS BIGINT) END",
    finite=lambda value: f"isfinite({value})",  # statistics of Parquet files know of no NaN, and DuckDB believes them
    div=lambda one, other: f"({one} // {other})",
    date=lambda days: f"(DATE '1970-01-01' + CAST({days} AS INTEGER))",
)

POSTGRES = Dialect(
    name="PostgreSQL",
    quote=quoted('"'),
    big="NUMERIC(38, 0)",
    wide="NUMERIC",
    double="DOUBLE PRECISION",
    total=lambda units: f"SUM({units})",  # of any size
    text=lambda cell: f'(CAST({cell} AS TEXT) COLLATE "C")',
    matches=lambda text, form: f"({text} ~ '^(?:{form})$')",
    micros=lambda cell: (
        f"CASE WHEN isfinite({cell}) THEN CAST(EXTRACT(EPOCH FROM CAST({cell} AS TIMESTAMP)) * 1000000 AS BIGINT) END"
    ),
    instant=lambda cell: f"CASE WHEN isfinite({cell}) THEN CAST(EXTRACT(EPOCH FROM {cell}) * 1000000 AS BIGINT) END",
    instant_text=lambda cell: f'(CAST({cell} AS TEXT) COLLATE "C")',
    days=lambda cell: f"CASE WHEN isfinite({cell}) THEN CAST({cell} - DATE '1970-01-01' AS BIGINT) END",
    finite=lambda value: f"({value} < 'Infinity' AND {value} > '-Infinity')",
    div=lambda one, other: f"({one} / {other})",
    date=lambda days: f"(DATE '1970-01-01' + CAST({days} AS INTEGER))",
    fence=" OFFSET 0",
)

SPARK = Dialect(
    name="Spark",
    quote=quoted("`"),
    big="DECIMAL(38, 0)",
    wide="DECIMAL(28, 0)",
    double="DOUBLE",
    total=lambda units: f"SUM(CAST({units} AS DECIMAL(28, 0)))",
    text=lambda cell: f"CAST({cell} AS STRING)",
    matches=lambda text, form: f"({text} RLIKE '^(?:{form})(?!x|[^x])')",  # a $ is before a last line end too
    micros=lambda cell: f"unix_micros(CAST({cell} AS TIMESTAMP))",
    instant=lambda cell: f"unix_micros({cell})",
    instant_text=lambda cell: f"CAST(unix_micros({cell}) AS STRING)",
    days=lambda cell: f"CAST(unix_date({cell}) AS BIGINT)",
    finite=lambda value: f"(NOT isnan({value}))",
    div=lambda one, other: f"({one} div {other})",
    date=lambda days: f"date_add(DATE '1970-01-01', CAST({days} AS INT))",
)
