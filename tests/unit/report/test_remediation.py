"""Remediation texts: what an author must write, and that no value becomes anything but a value."""

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from posture.model.finding import System
from posture.report.markdown import to_html, tokens
from posture.report.remediation import RemediationError, explain, load, pick, render

FRONT = "---\naction: Close it\neffort_minutes: 5\ndisruption: Nothing restarts.\n---\n"
DEBIAN = System("debian", "12", "Debian 12", "systemd")

HOSTILE = st.one_of(
    st.text(max_size=60),
    st.lists(
        st.sampled_from(
            ["`", "```", "~~~", "\n", "\r", "    ", "<script>", "</code>", "[x](https://a.example)", "![x](y)",
             "<https://a.example>", "https://a.example", "www.a.example", "# a", "## Fix", "- a", "1. a", "1) a",
             "===", "---", "***", "> a", "|a|b|",
             "&lt;", "&#60;", "\\", "\ue0000\ue001", "{{ 7*7 }}", "{% raw %}", "\udc80", "\x1b[2J", "\u202e",
             "a@b.example", "_a_", "**", " "]
        ),
        max_size=6,
    ).map("".join),
)  # fmt: skip


def text_of(why="It matters.", fix="Do it.", verify="See.", front=FRONT):
    return load(f"{front}## Why\n{why}\n\n## Fix\n{fix}\n\n## Verify\n{verify}\n", "some.md")


def with_example(example):
    return FRONT.replace("\n---\n", f"\nexample: {example}\n---\n") + "## Why\na\n## Fix\nb\n## Verify\nc"


def rendered(text, **details):
    return render(text, details=details.items(), system=DEBIAN, subject="s", resource="web1")


@pytest.mark.parametrize(
    ("source", "says"),
    [
        ("## Why\nx\n", "front matter"),
        (FRONT.replace("effort_minutes: 5\n", "") + "## Why\na\n## Fix\nb\n## Verify\nc", "exactly the fields"),
        (FRONT.replace("5", "soon") + "## Why\na\n## Fix\nb\n## Verify\nc", "whole number of minutes"),
        (FRONT.replace("Close it", "x" * 61) + "## Why\na\n## Fix\nb\n## Verify\nc", "more than 60"),
        (FRONT.replace("Close it", "'Close {{ port }}'") + "## Why\na\n## Fix\nb\n## Verify\nc", "placeholders"),
        (FRONT.replace("Close it", "[") + "## Why\na\n## Fix\nb\n## Verify\nc", "not YAML"),
        (FRONT.replace("\n---\n", "\nmore: x\n---\n") + "## Why\na\n## Fix\nb\n## Verify\nc", "exactly the fields"),
        (with_example("x"), "names of details"),
        (with_example("{a: 1.5}"), "example's a must"),
        (
            with_example("{system: {version: 12}}"),
            "put numbers in quotes",
        ),
        (FRONT + "## Why\na\n## Verify\nb\n## Fix\nc", "exactly ## Why, ## Fix, ## Verify"),
        (FRONT + "## Why\na\n## Fix\nb", "exactly ## Why, ## Fix, ## Verify"),
        (FRONT + "## Why\na\n### More\nb\n## Fix\nb\n## Verify\nc", "no other"),
        (FRONT + "## Why\n\n## Fix\nb\n## Verify\nc", "section Why is empty"),
        (FRONT + "Hello\n## Why\na\n## Fix\nb\n## Verify\nc", "nothing may stand before"),
        (FRONT + "## Why\n{% if %}\n## Fix\nb\n## Verify\nc", "line 1"),
        (FRONT + "## Why\n`{{ path }}`\n## Fix\nb\n## Verify\nc", "only a value with | sh"),
        (FRONT + "## Why\n{{ path | sh }}\n## Fix\nb\n## Verify\nc", "does not stand in code"),
        (FRONT + "## Why\n[a](https://{{ host }})\n## Fix\nb\n## Verify\nc", "stands in a link"),
        (FRONT + "## Why\na\n## Fix\n```sh\n" + "x" * 89 + "\n```\n## Verify\nc", "more than 88 columns"),
        (FRONT + "## Why\na\n## Fix\n```sh\necho 'a\n```\n## Verify\nc", "not closed"),
        (FRONT + "## Why\n{% include 'x' %}\n## Fix\nb\n## Verify\nc", "include is not for"),
        (FRONT + "## Why\n{% set x %}a{% endset %}\n## Fix\nb\n## Verify\nc", "is not for"),
    ],
)  # fmt: skip
def test_a_wrong_text_is_refused_with_its_name_and_what_is_wrong(source, says):
    with pytest.raises(RemediationError) as caught:
        load(source, "checks/exposure/some.md")
    assert str(caught.value).startswith("checks/exposure/some.md")
    assert says in str(caught.value)


def test_a_text_is_rendered_for_the_customers_own_system():
    text = text_of(
        why="{{ subject }} on {{ resource }} runs {{ system.name }}.",
        fix='{% if system.id == "debian" %}\n```sh\nsudo systemctl restart {{ unit | sh }}\n```\n{% endif %}',
    )
    done = rendered(text, unit="redis server")
    assert done.why_md == "s on web1 runs Debian 12."
    assert done.fix_md.strip() == "```sh\nsudo systemctl restart 'redis server'\n```"
    assert done.action == "Close it"
    assert done.effort_minutes == 5


def test_lists_and_truths_have_words():
    text = text_of(why="{{ names }} {{ loud }}", fix="```sh\nrm -- {{ names | sh }}\n```")
    done = rendered(text, names=("a b", "c"), loud=True)
    assert done.why_md == "a b, c yes"
    assert "rm -- 'a b' c" in done.fix_md


def shape(markdown: str) -> list[tuple[str, str]]:
    """The structure of a text without the values: kinds of tokens, and targets of links."""
    merged: list[tuple[str, str]] = []
    for token in tokens(markdown):
        entry = ("text" if token.type == "text_special" else token.type, str(token.attrs.get("href", "")))
        if token.type not in {"inline", "text", "text_special"} or not merged or merged[-1] != ("text", ""):
            merged.append(entry)
    return merged


PLACES = [
    "{{ v }}",
    "a {{ v }} b",
    "- {{ v }}",
    "1. a\n2. {{ v }}\n\n   c",
    "**{{ v }}** and *{{ v }}*",
    "(see {{ v }})",
    "[our page](https://a.example/) {{ v }}",
    "> {{ v }}",
    "a\n{{ v }}\nb",
    "{{ v }}{{ v }}",
    "{{ v }}. {{ v }}) {{ v }}: {{ v }}",
    "`{{ v | sh }}`",
    "- `a {{ v | sh }} b` {{ v }}",
    "```sh\n{{ v | sh }}\n```\nend",
    "1. a\n\n   ```sh\n   rm -- {{ v | sh }}\n   {{ v | sh }}\n   ```\n\n2. b",
    "~~~\n{{ v | sh }}\n~~~",
    "    {{ v | sh }}",
    "```ini\nbind = {{ v | sh }}\n```",
]


@pytest.mark.parametrize("place", PLACES)
@given(value=HOSTILE)
@example(value="1. a")
@example(value="    a")
@example(value="")
@example(value="<a href=x>")
@example(value="0")
def test_no_value_changes_the_shape_of_a_text(place, value):
    """A value makes no link, HTML, heading, list or code, and ends no code: the shape is that of a plain word."""
    text = text_of(why="x", fix=place)
    assert shape(rendered(text, v=value).fix_md) == shape(rendered(text, v="word").fix_md)


@pytest.mark.parametrize("place", PLACES)
@given(value=HOSTILE)
def test_other_readers_of_the_markdown_see_the_same(place, value):
    """The JSON's Markdown is rendered by strangers' programs, with HTML and tables on."""
    parser = MarkdownIt("commonmark", {"html": True}).enable(["table", "strikethrough"])

    def seen(v):
        every = [
            t
            for block in parser.parse(rendered(text_of(fix=place), v=v).fix_md)
            for t in (block, *(block.children or ()))
        ]
        return [t.type for t in every if t.type not in {"text", "text_special", "softbreak"}]

    assert seen(value) == seen("word")


@given(value=HOSTILE)
def test_the_page_shows_the_value_and_nothing_else(value):
    html = to_html(rendered(text_of(fix="a {{ v }} b `{{ v | sh }}`"), v=value).fix_md)
    assert html.count("<") == html.count("<p>") + html.count("</p>") + html.count("<code>") + html.count(
        "</code>"
    ) + html.count("<wbr>")
    html.encode("utf-8")


def test_only_https_links_of_our_own_stay_links():
    html = to_html(
        "[a](https://a.example/) [b](http://b.example) [c](javascript:x) ![d](https://d.example) <ftp://e.example> <b>"
    )
    assert html.count("<a ") == 2
    assert 'href="https://a.example/"' in html
    assert "<img" not in html
    assert "<b>" not in html


def test_a_missing_value_is_shown_by_its_name_and_named():
    """The report comes out, the gap is visible, and no command runs with it."""
    done = rendered(text_of(why="On port {{ port }}.", fix="```sh\nkill {{ pid | sh }}\n```"))
    assert done.why_md == "On port \\<port\\>."
    assert "kill '<pid>'" in done.fix_md
    assert "port" in done.missing[0]


def test_a_text_that_fails_on_a_value_spoils_no_report():
    done = rendered(text_of(why="{{ v + 1 }}"), v="x")
    assert "could not be filled in" in done.why_md


def test_explain_shows_names_in_place_of_values():
    text = text_of(
        why="{{ subject }} {% for p in packages %}{{ p }}{% endfor %} {% if n > 3 or 'x' in l %}a{% endif %}",
        verify="```sh\nss -lnt 'sport = :{{ port | sh }}'\n```",
    )
    done = explain(text)
    assert done.why_md.startswith("\\<subject\\> \\<packages\\>")
    assert "ss -lnt 'sport = :<port>'" in done.verify_md


def test_explain_takes_the_branch_of_the_example():
    """An example's values are those of a finding, on Debian unless it says otherwise."""
    fix = "{% if system.id == 'debian' and not held %}\n`apt {{ names | sh }}`\n{% else %}\nNo.\n{% endif %}"
    example = "example: {names: [a, b c], held: false}\n---\n"
    text = text_of(fix=fix, front=FRONT.replace("\n---\n", f"\n{example}"))
    assert explain(text).fix_md.strip() == "`apt a 'b c'`"
    assert explain(text_of(fix=fix), text.example).fix_md.strip() == "`apt a 'b c'`", "a translation has no other"
    ubuntu = example.replace("held:", "system: {id: ubuntu}, held:")
    assert explain(text_of(fix=fix, front=FRONT.replace("\n---\n", f"\n{ubuntu}"))).fix_md.strip() == "No."


def test_a_repeated_fix_takes_its_time_each_time():
    assert rendered(text_of(), times=3).effort_minutes == 15
    assert rendered(text_of(), times=0).effort_minutes == 5
    assert rendered(text_of(), times="3").effort_minutes == 5


def test_the_customers_language_is_taken_where_there_is_one():
    english, german = text_of(), text_of(why="Darum.")
    texts = {"en": english, "de": german}
    assert pick(texts, "de-AT") is german
    assert pick(texts, "fr") is english


def test_values_are_not_read_as_templates():
    assert rendered(text_of(why="{{ v }}"), v="{{ 7*7 }}").why_md == "\\{\\{ 7\\*7 \\}\\}"
