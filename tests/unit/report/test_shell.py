"""Values in commands: exactly that value, one word, one line."""

import shutil
import subprocess

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from posture.report import shell
from posture.report.shell import Place, Unclear, folded, placed, places, quote

BASH, DASH = shutil.which("bash"), shutil.which("dash")
VALUES = st.text(
    st.one_of(st.characters(), st.sampled_from("\0'\"\\`$!\n\r\t ;&|<>()[]{}*?~#\x1b\u202e\udc80\udcff\u0301")),
    max_size=40,
)


def spoken(words: str) -> list[bytes]:
    """What bash makes of these words."""
    script = b"printf '%s\\0' " + words.encode()
    done = subprocess.run([BASH, "--norc", "-c", script], capture_output=True, check=True, timeout=10)
    return done.stdout.split(b"\0")[:-1]


@given(VALUES)
def test_a_quoted_value_is_one_printable_line_without_a_backtick(value):
    """So it can end no code block or span, whatever it is."""
    quoted = quote(value)
    quoted.encode("utf-8")
    assert "\n" not in quoted
    assert "`" not in quoted
    assert quoted.isprintable()
    assert not quoted.startswith(("~", "#"))


@pytest.mark.skipif(not BASH, reason="no bash on this machine")
@settings(max_examples=40)
@given(st.lists(VALUES, min_size=1, max_size=12))
def test_bash_reads_back_exactly_the_value(values):
    """The file with the strangest name is the file the command is about; a NUL or half a surrogate names none."""
    expected = [_bytes(value) for value in values]
    assert spoken(" ".join(map(quote, values))) == expected


@pytest.mark.skipif(not DASH, reason="no dash on this machine")
@settings(max_examples=60)
@given(VALUES)
@example("`';touch /tmp/owned #")
@example("`\\';nosuchcommand;'")
def test_a_shell_without_dollar_quotes_sees_one_word_and_runs_nothing(value):
    """Debian's sh is dash: what bash reads as an escape must not end the quote there."""
    script = f"set -- {quote(value)}; printf %s $#"
    done = subprocess.run([DASH, "-c", script], capture_output=True, check=False, timeout=10, env={"PATH": "/nowhere"})
    assert (done.returncode, done.stdout, done.stderr) == (0, b"1", b"")


def _bytes(value: str) -> bytes:
    return b"".join(_character(character) for character in value)


def _character(character: str) -> bytes:
    try:
        return "\ufffd".encode() if character == "\0" else character.encode("utf-8", "surrogateescape")
    except UnicodeEncodeError:
        return "\ufffd".encode()


@pytest.mark.skipif(not BASH, reason="no bash on this machine")
@pytest.mark.parametrize("around", ["'port = {}'", '"port = {}"', '"$(echo {})"', '"$(echo "{}")"', "a{}b", '"a" {}'])
@settings(max_examples=15)
@given(value=VALUES)
def test_a_value_runs_nothing_wherever_it_stands(around, value):
    """Inside quotes a value that could end them is replaced by a word that says so."""
    mark = "\ue000"
    script = around.replace("{}", mark)
    place = places(script)[script.index(mark)]
    hostile = value + "'; touch /nowhere/x; '\"$(touch /nowhere/y)"
    done = subprocess.run(
        [BASH, "--norc", "-c", "printf '%s' " + script.replace(mark, placed(hostile, place))],
        capture_output=True,
        check=True,
        timeout=10,
    )
    assert b"nowhere" not in done.stderr


@pytest.mark.parametrize(
    ("script", "place"),
    [
        ("echo @", Place.WORD),
        ("echo 'a @ b'", Place.SINGLE),
        ('echo "a @ b"', Place.DOUBLE),
        ('echo "$(cat @)"', Place.WORD),
        ('echo "$(cat "@")"', Place.DOUBLE),
        ("echo $'a\\'@'", Place.ANSI),
        ("echo a # it's @", Place.COMMENT),
        ("echo \\' @", Place.WORD),
        ("cat <<'EOF'\nit's @\nEOF\n", Place.HEREDOC),
        ("cat <<EOF\nx\nEOF\necho @\n", Place.WORD),
        ("a='x\ny @'", Place.SINGLE),
        ("(cd /; ls @)", Place.WORD),
    ],
)
def test_the_place_of_a_value_is_told_as_the_shell_tells_it(script, place):
    assert places(script)[script.index("@")] is place


@pytest.mark.parametrize("script", ["echo 'a", 'echo "a', "echo $(a", "echo `date`", "cat <<EOF\nx\n"])
def test_what_cannot_be_told_is_refused(script):
    with pytest.raises(Unclear):
        places(script)


def test_a_long_line_is_folded_where_the_shell_allows_it():
    line = (
        "sudo install -o root -g root -m 0644 '/srv/a file with blanks/that must stay whole.conf' /etc/example/conf.d/"
    )
    (shown,) = folded(line)
    assert all(len(part) <= shell.WIDTH for part in shown)
    assert len(shown) > 1
    assert "'/srv/a file with blanks/that must stay whole.conf'" in "".join(shown)


@pytest.mark.skipif(not BASH, reason="no bash on this machine")
@settings(max_examples=40)
@given(st.lists(VALUES.filter(bool), min_size=1, max_size=8))
def test_a_folded_command_is_the_same_command(values):
    line = " ".join(map(quote, values))
    (shown,) = folded(line, 30)
    assert spoken("\n".join(shown)) == spoken(line)
