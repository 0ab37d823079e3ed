"""The commands for software in somebody's folder, run for real against who changes that folder after the look."""

from __future__ import annotations

import os
import pwd
import shutil
import subprocess
import tempfile
from dataclasses import replace
from pathlib import Path

import pytest
from typical_software import JINJA, WORDPRESS, application_flaws, applications, language_flaws, packages

from checks.packages.language_packages import language_packages
from checks.packages.web_application_outdated import web_application_outdated
from posture.model.finding import System
from posture.report import markdown, remediation

FOLDER = Path(__file__).parents[3] / "checks/packages"
DEBIAN = System("debian", "12", "Debian GNU/Linux 12 (bookworm)", "systemd")
NOBODY = pwd.getpwuid(65534).pw_name
NEEDS_ROOT = pytest.mark.skipif(os.geteuid() != 0 or not shutil.which("setpriv"), reason="needs root and setpriv")

# What sudo does with -H and -u, by name or number; it notes as whom it ran.
SUDO = """#!/bin/sh
user=0
while :; do case $1 in -H) shift ;; -u) user=${2#?}; case $2 in \\#*) ;; *) user=$(id -u "$2") ;; esac; shift 2 ;;
  *) break ;; esac; done
exec setpriv --reuid="$user" --regid="$user" --clear-groups "$@"
"""
# Of every program that a command could name: notes who runs it.
TOOL = "#!/bin/sh\necho \"$(id -u) $0\" >>'{log}'\n"
TOOLS = ("npm", "composer", "bundle", "gem", "wp", "php", "python3.11")
ECOSYSTEMS = ("PyPI", "npm", "Packagist", "RubyGems")
PRODUCTS = (
    "wordpress", "nextcloud", "owncloud", "drupal", "typo3", "magento", "joomla", "moodle", "matomo", "mediawiki",
    "roundcube", "phpmyadmin", "adminer", "grafana",
)  # fmt: skip


def blocks(name: str, verdict) -> str:
    text = remediation.render(
        remediation.load((FOLDER / f"{name}.md").read_text(encoding="utf-8"), "text"),
        details=verdict.details, system=DEBIAN, subject="", resource="web1",
    )  # fmt: skip
    return "\n".join((*markdown.commands(text.fix_md), *markdown.commands(text.verify_md)))


@pytest.fixture
def of_packages(only):
    """The commands for a flawed package of each language."""

    def shown(place: str, owner: str) -> str:
        some = [replace(JINJA, ecosystem=name, name="rack", place=place, owner=owner) for name in ECOSYSTEMS]
        return blocks("language_packages", only(language_packages, language_flaws(*some), packages()))

    return shown


@pytest.fixture
def of_application(only):
    """The commands for a flawed application."""

    def shown(product: str, place: str, owner: str) -> str:
        flawed = replace(WORDPRESS, name=product, place=place, owner=owner)
        verdict = only(web_application_outdated, application_flaws(flawed), applications())
        return blocks("web_application_outdated", verdict)

    return shown


@pytest.fixture
def attack():
    """Runs commands about a folder that is now a link to root's, which holds programs of the attacker."""
    with tempfile.TemporaryDirectory() as name:
        base = Path(name)
        base.chmod(0o755)
        log, trap, tools, home = base / "log", base / "trap", base / "tools", base / "home"
        log.touch()
        log.chmod(0o666)
        for folder in (trap, tools, home):
            folder.mkdir()
        named = [tools / tool for tool in TOOLS]
        inside = ("vendor/bin/drush", "vendor/bin/typo3", "bin/installto.sh", "bin/python")
        for file in (*named, *(trap / path for path in inside)):
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(TOOL.format(log=log))
            file.chmod(0o755)
        (tools / "sudo").write_text(SUDO)
        (tools / "sudo").chmod(0o755)
        secret = trap / "shadow"
        secret.write_text("root:s3cr3t")
        secret.chmod(0o600)
        trap.chmod(0o1777)
        (base / "shop").symlink_to(trap)

        def run(commands: str) -> list[str]:
            environment = {"PATH": f"{tools}:/usr/bin:/bin", "HOME": str(home)}
            subprocess.run(
                ["sh"], input=commands, text=True, capture_output=True, env=environment, cwd=home, check=False
            )
            assert secret.read_text() == "root:s3cr3t"
            for kept in home.iterdir():
                assert kept.stat().st_mode & 0o077 == 0
                shown = subprocess.run(["tar", "-xzOf", kept], capture_output=True, check=False).stdout
                assert b"s3cr3t" not in shown
            return log.read_text().splitlines()

        run.shop = str(base / "shop")  # type: ignore[attr-defined]
        yield run


@NEEDS_ROOT
@pytest.mark.parametrize("owner", [NOBODY, "#65534"])
def test_no_language_runs_as_root_in_a_folder_that_was_swapped(attack, of_packages, owner) -> None:
    """Whoever owned it at the time of the look is who runs, whatever it has become; the copy holds no secret."""
    ran = attack(of_packages(attack.shop, owner))
    assert {line.partition(" ")[0] for line in ran} == {"65534"}
    assert {line.rpartition("/")[2] for line in ran} >= {"npm", "composer", "bundle", "python"}


@NEEDS_ROOT
@pytest.mark.parametrize("product", PRODUCTS)
def test_no_application_runs_as_root_in_a_folder_that_was_swapped(attack, of_application, product) -> None:
    """In every branch."""
    ran = attack(of_application(product, attack.shop, NOBODY))
    assert {line.partition(" ")[0] for line in ran} <= {"65534"}
    assert ran or product in {"roundcube", "phpmyadmin", "adminer", "grafana"}


def test_what_is_roots_alone_needs_no_other_account_and_what_is_not_known_is_asked_for(
    of_packages, of_application
) -> None:
    """ownCloud's own program refuses root."""
    assert " -u " not in of_packages("/srv/shop", "root").replace("! -user", "")
    assert "sudo -H -u ACCOUNT " in of_packages("/srv/shop", "")
    assert "sudo -H -u ACCOUNT " in of_application("owncloud", "/srv/shop", "root")
    assert "sudo -H -u kim " in of_application("drupal", "/srv/shop", "kim")


def test_no_name_of_a_folder_or_an_account_is_run(of_packages) -> None:
    """They stand quoted."""
    shown = of_packages("/srv/$(touch x)'; id", "a; id")
    assert "-u 'a; id' " in shown
    assert subprocess.run(["sh", "-n"], input=shown, text=True, check=False).returncode == 0
