"""`segtool schemes`: the maps that there are, how they look, and what is wrong with them."""

import json
import re
from pathlib import Path

import golden
import pytest
from conftest import Run
from rich.cells import cell_len

from segtool.output.schemes import render_scheme
from segtool.scoring.statement import AXES, FIGURES
from segtool.segments.scheme_file import parse
from segtool.segments.schemes import built_in, load
from segtool.words import LANGUAGES, words_in

SOUND = """\
[scoring]
r = { bins = 3 }

[[segments]]
name = "Here"
r = "2.."
owner = "Ann"
goal = "win-back"

[[segments]]
name = "Gone"
r = "1"
"""


@pytest.fixture
def mine(tmp_path: Path) -> Path:
    path = tmp_path / "mine.toml"
    path.write_text(SOUND, "utf-8")
    return path


def test_the_list_names_every_scheme_and_what_it_is_for(run: Run) -> None:
    done = run("schemes", "list")
    assert (done.returncode, done.stderr) == (0, "")
    assert [line for line in done.stdout.splitlines() if not line.startswith(" ")] == list(built_in())
    words = " ".join(done.stdout.split())
    assert "loyalty-matrix Loyalty matrix: R 5 × F 5, 10 segments Recency and frequency: who buys often" in words
    assert "braze-published Braze, as published: R 4 × F 4 × M 4, 10 segments, compatible" in words


@pytest.mark.parametrize("name", ["loyalty-matrix", "putler", "codes-125", "gold-silver-bronze"])
def test_a_scheme_is_a_page(run: Run, name: str) -> None:
    done = run("schemes", "show", name)
    assert (done.returncode, done.stderr) == (0, "")
    golden.check(f"scheme-{name}.txt", done.stdout)


@pytest.mark.parametrize("lang", LANGUAGES)
@pytest.mark.parametrize("name", built_in())
def test_every_scheme_fits_80_columns_and_names_each_segment(name: str, lang: str) -> None:
    scheme, words = load(name), words_in(lang, lang)
    marks = dict.fromkeys(map(ord, "\u2067\u2069\u200e"))
    page = render_scheme(scheme, words).translate(marks)
    assert max(map(cell_len, page.splitlines())) <= 80
    assert "…" not in page
    told = " ".join(page.split())
    for segment in scheme.segments:
        assert all(word in told for word in words.named(segment.name, words.of(segment.title)).split())


@pytest.mark.parametrize("lang", LANGUAGES)
def test_every_axis_and_figure_has_words(lang: str) -> None:
    texts = words_in(lang).texts
    assert [axis for axis in AXES if f"axis.{axis}" not in texts] == []
    assert [figure for figure in FIGURES if f"looks.{figure}" not in texts] == []


def test_cuts_in_money_are_told_with_all_their_decimals() -> None:
    text = """
        scoring.m = { cuts = [0.0025, 99.5] }
        segments = [{ name = "A", m = "2.." }, { name = "B", m = 1 }]
    """
    assert "net spend, cut at 0.0025, 99.50, scored 1 to 3" in render_scheme(parse(text, "mine"), words_in())


def test_colours_follow_the_health_of_the_segments() -> None:
    scheme = load("gold-silver-bronze")
    plain, colored = (render_scheme(scheme, words_in(), color=color) for color in (False, True))
    assert "\x1b[32mGold" in colored
    assert "\x1b[31mBronze" in colored
    assert "\x1b" not in plain


def test_json_has_the_cells_of_every_segment(run: Run) -> None:
    found = json.loads(run("schemes", "show", "klaviyo", "--json").stdout)
    assert found["scoring"]["r"] == {
        "figure": "recency_days", "levels": 3, "lowest": 1, "kind": "cuts", "values": [180, 365],
    }  # fmt: skip
    assert found["segments"][0]["cells"] == ["323", "332", "333"]
    assert sum(len(segment["cells"]) for segment in found["segments"]) == 27
    every = json.loads(run("schemes", "list", "--json").stdout)
    assert [scheme["name"] for scheme in every] == list(built_in())
    shopify = next(scheme for scheme in every if scheme["name"] == "shopify")
    assert [(segment["name"], segment["cells"]) for segment in shopify["segments"] if segment["no_orders"]] == [
        ("Prospects", [])
    ]


def test_a_scheme_speaks_persian(run: Run) -> None:
    done = run("schemes", "show", "value-loyalty", "--lang", "fa", "--digits", "fa")
    assert done.returncode == 0
    assert "دوستان واقعی" in done.stdout
    assert "F۵" in done.stdout
    assert "True Friends" not in done.stdout
    assert "ماتریس وفاداری" in run("schemes", "list", "--lang", "fa").stdout


def test_the_file_of_a_scheme_starts_one_s_own(run: Run, tmp_path: Path, six: Path) -> None:
    text = run("schemes", "show", "value-loyalty", "--toml").stdout
    own = tmp_path / "own.toml"
    own.write_text(text.replace('"Butterflies"', '"Moths"'), "utf-8")
    assert run("schemes", "check", "./own.toml").returncode == 0
    done = run("rfm", six, "--scheme", "./own.toml")
    assert done.returncode == 0
    assert ",Moths\n" in done.stdout
    assert "Butterflies" not in done.stdout


def test_a_page_tells_who_answers_for_a_segment_and_with_what_goal(run: Run, mine: Path) -> None:
    done = run("schemes", "show", "./mine.toml")
    assert done.returncode == 0
    assert "Here  R is 2 to 3\n      neutral\n      owner: Ann\n      goal: win-back\n" in done.stdout


def test_a_scheme_that_is_not_sound_is_drawn_with_its_gaps(run: Run, mine: Path) -> None:
    mine.write_text(SOUND.replace('r = "1"', 'r = "3"'), "utf-8")
    done = run("schemes", "show", "./mine.toml")
    assert done.returncode == 0
    assert "R3  Here\nR2  Here\nR1  -\n" in done.stdout
    assert done.stdout.endswith("It is not sound: segtool schemes check ./mine.toml\n")


def test_a_map_of_ten_bins_joins_its_equal_lines(run: Run, mine: Path) -> None:
    mine.write_text(SOUND.replace("bins = 3", "bins = 10").replace("2..", "4..").replace('"1"', '"..3"'), "utf-8")
    assert "R4 to 10  Here\nR1 to 3   Gone\n" in run("schemes", "show", "./mine.toml").stdout


def test_four_axes_have_segments_but_no_map() -> None:
    scoring = "".join(f"{axis} = {{ bins = 2 }}\n" for axis in "lrfm")
    rule = 'l = "1"\nr = "1"\nf = "1"\nm = "1"\n'
    text = f'default = "Rest"\n[scoring]\n{scoring}[[segments]]\nname = "All"\n{rule}'
    page = render_scheme(parse(text, "mine"), words_in())
    assert "Map" not in page
    assert "All   L is 1, R is 1, F is 1, M is 1\n" in page
    assert "Rest  all whom no other segment names\n" in page
    both = render_scheme(parse(text.replace("Rest", "All"), "mine"), words_in())
    assert "All  L is 1, R is 1, F is 1, M is 1; or all whom no other segment names\n" in both


def test_a_sound_scheme_passes_the_check(run: Run, mine: Path) -> None:
    done = run("schemes", "check", "./mine.toml", "--strict")
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout == "./mine.toml: sound, monotone; 3 cells of R\n"


@pytest.mark.parametrize(
    ("conditions", "found"),
    [
        (('r = "3"', 'r = "1"'), "1 cell without a segment\n2\n"),
        (('r = "2.."', 'r = "..2"'), "1 cell with several segments\nHere, Gone  2\n"),
        (('r = "1.."', 'r = "1"'), "1 segment out of reach\nGone\n"),
    ],
)
def test_a_defect_exits_1_with_its_cells(run: Run, mine: Path, conditions: tuple[str, str], found: str) -> None:
    mine.write_text(SOUND.replace('r = "2.."', conditions[0]).replace('r = "1"', conditions[1]), "utf-8")
    done = run("schemes", "check", "./mine.toml")
    assert done.returncode == 1
    assert done.stdout.startswith("./mine.toml: not sound, monotone; 3 cells of R\n")
    assert found in done.stdout


def test_a_segment_that_the_first_match_hides_is_out_of_reach(run: Run, mine: Path) -> None:
    mine.write_text('match = "first"\n' + SOUND.replace('r = "2.."', 'r = "1.."'), "utf-8")
    done = run("schemes", "check", "./mine.toml")
    assert done.returncode == 1
    assert "1 cell with several segments, of which the first wins\n\n1 segment out of reach\nGone\n" in done.stdout


def test_a_better_score_in_a_worse_segment_is_a_warning_and_fails_strictly(run: Run, mine: Path) -> None:
    mine.write_text('best_to_worst = ["Gone", "Here"]\n' + SOUND, "utf-8")
    done = run("schemes", "check", "./mine.toml")
    assert done.returncode == 0
    assert "sound, not monotone" in done.stdout
    assert "1 step up to a worse segment\nGone to Here  1 to 2\nIn this order none would: Here, Gone.\n" in done.stdout
    assert run("schemes", "check", "./mine.toml", "--strict").returncode == 1
    assert "No order of the segments would avoid them." in run("schemes", "check", "klaviyo").stdout


def test_the_published_defects_are_shown_cell_by_cell(run: Run) -> None:
    done = run("schemes", "check", "putler-published", "braze-published")
    assert done.returncode == 1
    golden.check("schemes-check.txt", done.stdout)


def test_the_check_speaks_persian(run: Run) -> None:
    done = run("schemes", "check", "pymc", "--lang", "fa", "--digits", "fa")
    assert done.returncode == 0
    assert "۱۸ خانه برای بخش پیش‌فرض" in done.stdout


def test_several_files_are_all_reported_also_those_that_are_no_schemes(run: Run, mine: Path, tmp_path: Path) -> None:
    (tmp_path / "bad.toml").write_text("title = \n", "utf-8")
    done = run("schemes", "check", "./bad.toml", "./mine.toml", "nope", "pymc")
    assert done.returncode == 78
    assert "./mine.toml: sound, monotone" in done.stdout
    assert "pymc: sound, not monotone" in done.stdout
    assert "./bad.toml is no TOML" in done.stderr
    assert "There is no scheme 'nope'" in done.stderr
    assert run("schemes", "check", "nope").returncode == 2
    assert run("schemes", "check", "./nope.toml").returncode == 66


def test_the_report_is_json_if_asked(run: Run) -> None:
    done = run("schemes", "check", "--json", "r-rfm-0.2.2", "putler-published", "klaviyo")
    assert done.returncode == 1
    first, second, third = json.loads(done.stdout)
    assert (first["scheme"], first["sound"], first["first_match"], first["compatible"]) == (
        "r-rfm-0.2.2",
        False,
        True,
        True,
    )
    assert (first["default"], len(first["default_cells"]), first["unreachable"][0]) == ("Others", 36, "New Customers")
    assert (second["dimensions"], second["cells"], second["overlaps"][0]) == (
        ["r", "fm"],
        45,
        {"cell": "1-1", "segments": ["Hibernating", "Lost"]},
    )
    assert third["not_monotone"] == [
        {
            "dimension": "f",
            "cell": "221",
            "segment": "Needs Attention",
            "better_cell": "231",
            "worse_segment": "At Risk",
        }
    ]
    assert (third["gaps"], third["monotone"], third["better_order"]) == ([], False, None)


def test_a_configuration_file_speaks_for_the_command(run: Run, tmp_path: Path) -> None:
    (tmp_path / "segtool.toml").write_text('[schemes]\nlang = "fa"\n', "utf-8")
    assert "قهرمانان" in run("schemes", "show", "loyalty-matrix").stdout
    assert "lang" in run("config", "schemes").stdout


def test_the_commands_are_told_where_one_is_missing(run: Run) -> None:
    done = run("schemes", "--help")
    listed = done.stdout.partition("Commands:\n")[2]
    assert [line.split()[0] for line in listed.splitlines()] == ["suggest", "list", "show", "check"]
    assert "..." not in listed
    assert run("schemes", "show").returncode == 2


def test_a_file_that_is_no_toml_is_told_what_a_scheme_file_is(run: Run, six: Path) -> None:
    done = run("schemes", "check", six.name)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.endswith(" A file of one's own ends in .toml, and orders.csv does not.\n")


def test_two_things_to_print_are_one_too_many(run: Run) -> None:
    done = run("schemes", "show", "klaviyo", "--toml", "--markdown")
    assert (done.returncode, done.stdout) == (2, "")
    assert "--toml, --markdown and --json each print another thing" in done.stderr


@pytest.mark.parametrize("page", [(), ("--markdown",)])
def test_where_a_scheme_comes_from_is_told_in_persian_too(run: Run, mine: Path, page: tuple[str, ...]) -> None:
    persian = run("schemes", "show", "loyalty-matrix", "--lang", "fa", *page).stdout
    assert "نخستین منتشرکننده‌اش شناخته نیست" in persian
    assert "in wide use" not in persian
    digits = ("--lang", "fa", "--digits", "fa")
    assert "بسته rfm ۰٫۳٫۰ زبان R" in run("schemes", "show", "r-rfm-0.3.0", *digits, *page).stdout.partition("منبع")[2]
    assert "in wide use" in run("schemes", "show", "loyalty-matrix", *page).stdout
    mine.write_text('source = "a book"\n' + mine.read_text("utf-8"), "utf-8")
    assert "a book" in run("schemes", "show", mine, "--lang", "fa", *page).stdout


def test_the_page_of_a_scheme_has_no_latin_digit_where_persian_ones_are_asked_for(run: Run) -> None:
    for name in ("r-rfm-0.3.0", "codes-125", "klaviyo"):
        page = run("schemes", "show", name, "--markdown", "--lang", "fa", "--digits", "fa").stdout
        assert re.findall(r"[0-9]+", page) == []
