"""The real script on a machine with software beside the distribution's: what is found, and what never leaves."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from posture.advisories.feeds.formats.ecosystems import package_name
from posture.collect.host.language_packages import language_packages
from posture.collect.host.program import limits
from posture.collect.host.sections import Section
from posture.collect.host.software_section import products
from posture.collect.host.web_applications import web_applications
from posture.facts.software import InstalledApplications, LanguagePackages
from posture.facts.unavailable import Unavailable

NOW = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
AS_NOBODY = ("setpriv", "--reuid=65534", "--regid=65534", "--clear-groups")
SECRET = "s3cr3t-w0rd"


@pytest.fixture
def machine(machine):
    """A staged machine that runs the section this is about."""
    machine.only = ("software",)
    return machine


def own(path: Path, uid: int) -> None:
    for file in (path, *path.rglob("*")):
        os.chown(file, uid, uid, follow_symlinks=False)


def packages(machine, ecosystem: str, *prefix: str) -> set[tuple[str, str, str]]:
    found = machine.collect(*prefix)[LanguagePackages]
    return {(one.name, one.version, one.place) for one in found.packages if one.ecosystem == ecosystem}


def applications(machine) -> dict[tuple[str, str], str]:
    found = machine.collect()[InstalledApplications]
    return {(one.product + one.extension, one.place): one.version for one in found.applications}


# Python


def test_a_real_virtual_environment_tells_what_it_says_itself(machine):
    """Name and version of every distribution, as that environment's own Python lists them."""
    folder = machine.root / "srv/app/venv"
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", folder], check=True, capture_output=True)
    (site,) = folder.glob("lib/python*/site-packages")
    for name, version in (("one", "1.0"), ("Two_More", "2.0.dev3")):
        info = f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n"
        machine.write(f"{(site / f'{name}-{version}.dist-info').relative_to(machine.root)}/METADATA", info)
    listing = (
        "import importlib.metadata as m, json; print(json.dumps([[d.name, d.version] for d in m.distributions()]))"
    )
    told = subprocess.run([folder / "bin/python", "-c", listing], check=True, capture_output=True, text=True)
    here = {(package_name("PyPI", name), version, "/srv/app/venv") for name, version in json.loads(told.stdout)}
    assert len(here) == 2
    assert packages(machine, "PyPI") >= here


def test_python_packages_of_every_form_are_read_by_their_names(machine):
    """Wheels, eggs, old installs; not a project's own source, nor what lies inside of a package."""
    site = "home/anna/.local/lib/python3.11/site-packages"
    for path in (
        "zope.interface-5.4.0.dist-info/METADATA", "Jinja2-3.1.2.dist-info/METADATA",
        "local-1.0+abc.1.dist-info/METADATA", "epoch-1!2.0.dist-info/METADATA",
        "PyYAML-5.3-py3.11-linux-x86_64.egg/EGG-INFO/PKG-INFO", "old_one-1.2-py3.11.egg-info/PKG-INFO",
        "single-0.9.egg-info", "setuptools/_vendor/inner-1.0.dist-info/METADATA", "~andas-1.0.dist-info/METADATA",
        "empty-1.0.dist-info/RECORD",
    ):  # fmt: skip
        machine.write(f"{site}/{path}")
    machine.write("home/anna/project/src/mine.egg-info/PKG-INFO")
    machine.write("home/anna/.cache/uv/archive-v0/x/cached-1.0.dist-info/METADATA")
    found = packages(machine, "PyPI")
    assert found >= {
        (name, version, f"/{site}")
        for name, version in (
            ("zope-interface", "5.4.0"), ("jinja2", "3.1.2"), ("local", "1.0+abc.1"), ("epoch", "1!2.0"),
            ("pyyaml", "5.3"), ("old-one", "1.2"), ("single", "0.9"),
        )
    }  # fmt: skip
    assert len([place for _, _, place in found if place.startswith("/home")]) == 7


# Node, Composer, Ruby


def test_node_packages_are_the_top_of_each_node_modules(machine):
    """However package.json is written; scoped ones by their whole names; nested copies are another's."""
    modules = "srv/shop/node_modules"
    first = {"name": "lodash", "version": "4.17.20", "scripts": {"version": "x"}}
    late = {"author": {"name": "someone", "version": "9.9.9"}, "bugs": ["{"], "name": "late", "version": "1.0.0-rc.1"}
    machine.write(f"{modules}/lodash/package.json", json.dumps(first, indent=2))
    machine.write(f"{modules}/late/package.json", json.dumps(late, indent="\t"))
    machine.write(f"{modules}/flat/package.json", json.dumps({"deep": {"version": "9", "a": "}"}, "version": "2.0.0"}))
    machine.write(
        f"{modules}/@scope/one/package.json", json.dumps({"name": "@scope/one", "version": "3.1.4"}, indent=2)
    )
    machine.write(f"{modules}/alias/package.json", json.dumps({"name": "real", "version": "5.0.0"}, indent=2))
    machine.write(f"{modules}/private/package.json", json.dumps({"name": "private"}, indent=2))
    machine.write(
        f"{modules}/late/node_modules/nested/package.json", json.dumps({"name": "nested", "version": "1.0.0"})
    )
    machine.write(f"{modules}/lodash/test/fixture/package.json", json.dumps({"name": "fixture", "version": "1.0.0"}))
    assert {one for one in packages(machine, "npm") if one[2] == "/srv/shop"} == {
        (name, version, "/srv/shop")
        for name, version in (
            ("lodash", "4.17.20"), ("late", "1.0.0-rc.1"), ("flat", "2.0.0"), ("@scope/one", "3.1.4"),
            ("real", "5.0.0"),
        )
    }  # fmt: skip


def test_packages_of_pnpm_are_read_though_all_of_them_are_links(machine):
    """From the names of its own folders, without what tells the versions of their peers."""
    store = machine.root / "srv/shop/node_modules/.pnpm"
    for folder in (
        "lodash@4.17.20",
        "@babel+core@7.0.0",
        "react-dom@18.2.0(react@18.2.0)",
        "vue@3.0.0_typescript@5.0.0",
    ):
        (store / folder / "node_modules/inner").mkdir(parents=True)
        (store / folder / "node_modules/inner/package.json").write_text('{"name": "inner", "version": "1.0.0"}')
    (store / "node_modules").mkdir()
    (store.parent / "lodash").symlink_to(".pnpm/lodash@4.17.20/node_modules/inner")
    assert {one for one in packages(machine, "npm") if one[2].startswith("/srv")} == {
        (name, version, "/srv/shop")
        for name, version in (
            ("lodash", "4.17.20"), ("@babel/core", "7.0.0"), ("react-dom", "18.2.0"), ("vue", "3.0.0"),
        )
    }  # fmt: skip


def composer(*names: tuple[str, str]) -> list[dict[str, object]]:
    return [
        {"name": name, "version": version, "authors": [{"name": "A {b", "version": "9"}], "require": {"php": ">=7"},
         "extra": {"branch-alias": {"dev-main": "1.x-dev"}}}
        for name, version in names
    ]  # fmt: skip


def test_composers_list_is_read_in_both_its_forms(machine):
    """Composer 2 wraps the list of Composer 1; the libraries that an application brings along are the application's."""
    listed = composer(("symfony/http-kernel", "v5.4.1"), ("Twig/Twig", "3.3.0"))
    whole = {"packages": listed, "dev": True, "dev-package-names": ["a/b"]}
    machine.write("var/www/two/vendor/composer/installed.json", json.dumps(whole, indent=4))
    machine.write("srv/one/vendor/composer/installed.json", json.dumps(listed, indent=4))
    machine.write("srv/pma/vendor/composer/installed.json", json.dumps(listed, indent=4))
    machine.write("srv/pma/libraries/classes/Version.php", "    public const VERSION = '5.2.0' . VERSION_SUFFIX;\n")
    names = (("symfony/http-kernel", "v5.4.1"), ("twig/twig", "3.3.0"))
    assert packages(machine, "Packagist") == {
        (*name, place) for name in names for place in ("/var/www/two", "/srv/one")
    }  # fmt: skip


def test_gems_are_read_by_their_files(machine):
    """With the platform cut off; those that come with Ruby itself are not counted."""
    for name in ("rack-2.2.3", "nokogiri-1.15.4-x86_64-linux", "ruby-2-odd-1.0.rc1", "json-2.6.1-java", "noversion"):
        machine.write(f"srv/blog/vendor/bundle/ruby/3.1.0/specifications/{name}.gemspec")
    machine.write("srv/blog/vendor/bundle/ruby/3.1.0/specifications/default/rexml-3.2.0.gemspec")
    machine.write("srv/blog/vendor/bundle/ruby/3.1.0/gems/rack-2.2.3/specifications/x-1.0.gemspec")
    assert packages(machine, "RubyGems") == {
        (name, version, "/srv/blog")
        for name, version in (("rack", "2.2.3"), ("nokogiri", "1.15.4"), ("ruby-2-odd", "1.0.rc1"), ("json", "2.6.1"))
    }


# Web applications

MARKERS = {
    "wordpress": ("wp-includes/version.php", "<?php\n/** @global */\n$wp_version = '6.4.1';\n", "6.4.1"),
    "nextcloud": (
        "version.php",
        "<?php \n$OC_Version = array(27,1,3,2);\n$OC_VersionString = '27.1.3';\n$vendor = 'nextcloud';\n",
        "27.1.3",
    ),
    "owncloud": ("version.php", "<?php\n$OC_VersionString = '10.13.2';\n$OC_Channel = 'stable';\n", "10.13.2"),
    "moodle": (
        "version.php",
        "<?php\n$version  = 2023100902.05;\n$release  = '4.3.2+ (Build: 20240112)';\n$maturity = MATURITY_STABLE;\n",
        "4.3.2",
    ),
    "drupal": ("core/lib/Drupal.php", "<?php\nclass Drupal {\n  const VERSION = '10.1.2';\n", "10.1.2"),
    "joomla": ("administrator/manifests/files/joomla.xml", "<extension>\n\t<version>4.3.1</version>\n", "4.3.1"),
    "typo3": (
        "typo3/sysext/core/Classes/Information/Typo3Version.php",
        "class Typo3Version\n{\n    protected const VERSION = '11.5.33';\n",
        "11.5.33",
    ),
    "mediawiki": ("includes/Defines.php", "define( 'MW_VERSION', '1.39.5' );\n", "1.39.5"),
    "phpmyadmin": ("libraries/classes/Version.php", "    public const VERSION = '5.2.1' . VERSION_SUFFIX;\n", "5.2.1"),
    "roundcube": ("program/include/iniset.php", "define('RCMAIL_VERSION', '1.6.3');\n", "1.6.3"),
    "matomo": (
        "core/Version.php",
        "namespace Piwik;\nfinal class Version\n{\n    const VERSION = '4.15.1';\n",
        "4.15.1",
    ),
    "prestashop": ("app/AppKernel.php", "use PrestaShop\\X;\n    const VERSION = '1.7.8.7';\n", "1.7.8.7"),
    "magento": ("vendor/magento/magento2-base/composer.json", '{\n    "version": "2.4.6-p3",\n', "2.4.6-p3"),
    "phpbb": ("includes/constants.php", "@define('PHPBB_VERSION', '3.3.11');\n", "3.3.11"),
    "dolibarr": ("filefunc.inc.php", "if (!defined('DOL_VERSION')) {\n\tdefine('DOL_VERSION', '17.0.0');\n", "17.0.0"),
    "grafana": ("VERSION", "10.4.2\n", "10.4.2"),
}


def test_applications_are_known_by_their_files(machine):
    """Each with the name that advisories use; Windows line ends or not."""
    for product, (path, text, _) in MARKERS.items():
        machine.write(f"var/www/{product}/{path}", text)
        machine.write(f"srv/{product}-crlf/{path}", text.replace("\n", "\r\n"))
    machine.write("srv/tools/adminer-4.8.1.php", "<?php\n/** Adminer - x\n* @link x\n* @version 4.8.1\n*/\n")
    found = applications(machine)
    known = {product: version for product, (_, _, version) in MARKERS.items()}
    expected = {
        (product, f"{place}{product}{end}"): version
        for product, version in known.items() for place, end in (("/var/www/", ""), ("/srv/", "-crlf"))
    }  # fmt: skip
    expected["adminer", "/srv/tools/adminer-4.8.1.php"] = "4.8.1"
    assert found == expected
    assert set(products()) == {*MARKERS, "adminer"}


def test_files_that_only_look_alike_are_no_application(machine):
    """A version.php or Version.php of somebody's own; nothing is guessed from a name."""
    machine.write("srv/own/version.php", "<?php\n$release = '1.2.3';\n$version = '1.0';\n")
    machine.write("srv/own/src/Version.php", "class Version {\n    const VERSION = '1.2.3';\n}\n")
    machine.write("srv/own/core/Version.php", "class Version {\n    const VERSION = '1.2.3';\n}\n")
    machine.write("srv/own/includes/bootstrap.inc", "define('VERSION', '7.98');\n")
    machine.write("srv/own/adminer.php", "<?php // mine\n")
    assert applications(machine) == {}


def test_plugins_and_themes_are_told_with_their_site(machine):
    """By their headers; what is uploaded or lies deeper is not looked at."""
    site = "home/anna/public_html"
    machine.write(f"{site}/wp-includes/version.php", "<?php\n$wp_version = '6.4.1';\n")
    plugins, themes = f"{site}/wp-content/plugins", f"{site}/wp-content/themes"
    machine.write(f"{plugins}/akismet/akismet.php", "<?php\n/**\n * Plugin Name: Akismet\n * Version: 5.3\n */\n")
    machine.write(f"{plugins}/akismet/helper.php", "<?php // Version: 1\n")
    machine.write(f"{plugins}/hello.php", "<?php\n/*\nPlugin Name: Hello Dolly\nVersion: 1.7.2\n*/\n")
    machine.write(f"{themes}/astra/style.css", "/*\nTheme Name: Astra\nVersion: 4.5.0\n*/\n")
    machine.write(f"{themes}/astra/inc/style.css", "/*\nTheme Name: Inner\nVersion: 1\n*/\n")
    machine.write(f"{site}/wp-content/uploads/old/wp-includes/version.php", "<?php\n$wp_version = '5.0';\n")
    assert applications(machine) == {
        ("wordpress", f"/{site}"): "6.4.1",
        ("wordpressplugin/akismet", f"/{site}"): "5.3",
        ("wordpressplugin/hello.php", f"/{site}"): "1.7.2",
        ("wordpresstheme/astra", f"/{site}"): "4.5.0",
    }


def test_a_file_that_does_not_tell_is_told_without_a_version(machine):
    """That the application is there is known by the place of the file."""
    machine.write("srv/blog/wp-includes/version.php", f"<?php\n$wp_version = getenv('{SECRET}');\n")
    assert applications(machine) == {("wordpress", "/srv/blog"): ""}


# Whose it is, where it lies, what may leave


def test_what_a_package_manager_owns_is_its_own_to_update(machine):
    """A vendor's package under /opt, and beside it what somebody added."""
    for name in ("shipped", "added"):
        machine.write(f"opt/tool/node_modules/{name}/package.json", json.dumps({"name": name, "version": "1.0.0"}))
    machine.write("opt/blog/wp-includes/version.php", "$wp_version = '6.0';\n")
    machine.write(
        "info/tool.list", "/.\n/opt/tool/node_modules/shipped/package.json\n/opt/blog/wp-includes/version.php\n"
    )
    machine.before = (
        "mount -t tmpfs -o mode=755 none /opt; cp -a $0/opt/. /opt/; mount --bind $0/info /var/lib/dpkg/info\n"
        "[ -s /var/lib/dpkg/status ] || exit 1\n"
    )
    found = machine.collect()
    assert {(one.name, one.place) for one in found[LanguagePackages].packages if one.place.startswith("/opt")} == {
        ("added", "/opt/tool")
    }
    assert found[InstalledApplications].applications == ()


def test_the_roots_of_web_sites_and_homes_elsewhere_are_searched(machine):
    """Where the web server's configuration and the list of accounts say; as the folder's owner."""
    machine.passwd.append("carl:x:1002:1002::/data/carl:/bin/sh")
    for place in ("data/vhosts/shop", "data/carl/site"):
        machine.write(f"{place}/wp-includes/version.php", "$wp_version = '6.0';\n")
    machine.write("nginx/site", 'server {\n  root "/data/vhosts/shop/public";\n  # root /nowhere;\n}\n')
    machine.before = (
        "mount -t tmpfs -o mode=755 none /mnt; mkdir -p /data || exit 1; mount -t tmpfs -o mode=755 none /data\n"
        "cp -a $0/data/. /data/; mkdir -p /etc/nginx/sites-enabled; mount --bind $0/nginx /etc/nginx/sites-enabled\n"
    )
    existed = {
        folder for folder in (Path("/data"), Path("/etc/nginx"), Path("/etc/nginx/sites-enabled")) if folder.exists()
    }
    try:
        found = applications(machine)
    finally:
        for folder in (Path("/data"), Path("/etc/nginx/sites-enabled"), Path("/etc/nginx")):
            if folder not in existed and folder.exists():
                folder.rmdir()
    assert set(found) == {("wordpress", "/data/vhosts/shop"), ("wordpress", "/data/carl/site")}


def test_no_content_of_a_file_leaves(machine):
    """Whatever else stands in the files that are read: names, versions and paths are all that goes out."""
    machine.write("srv/a/wp-includes/version.php", f"<?php $x='{SECRET}';\n$wp_version = '6.4.1-{SECRET}!';\n")
    machine.write("srv/a/version.php", f"$vendor = 'nextcloud';\n$OC_VersionString = '{SECRET}';\n")
    held = {"name": "lodash", "version": f"1 {SECRET}", "token": SECRET, "name2": {"version": SECRET}}
    machine.write("srv/a/node_modules/lodash/package.json", json.dumps(held, indent=2))
    machine.write("srv/a/node_modules/flat/package.json", json.dumps({"x": SECRET, "version": "1.0"}))
    machine.write("srv/a/vendor/composer/installed.json", json.dumps(composer(("a/b", f"{SECRET}!!")), indent=4))
    machine.write("home/anna/.ssh/id", SECRET)
    (machine.root / "srv/a/node_modules/link").mkdir()
    (machine.root / "srv/a/node_modules/link/package.json").symlink_to("/etc/shadow")
    assert SECRET.encode() not in machine.output().replace(f"6.4.1-{SECRET}".encode(), b"")


def test_a_home_cannot_lead_out_of_itself_or_hold_the_search_up(machine):
    """Links are not followed, pipes not waited for, names with line breaks lead nowhere; the next home is found."""
    machine.passwd += ["anna:x:1000:1000::/home/anna:/bin/sh", "bert:x:1001:1001::/home/bert:/bin/sh"]
    machine.write("root/app/node_modules/secret/package.json", json.dumps({"name": "secret", "version": "1.0.0"}))
    machine.write("home/bert/app/node_modules/good/package.json", json.dumps({"name": "good", "version": "1.0.0"}))
    anna = machine.root / "home/anna"
    (anna / "node_modules/pipe").mkdir(parents=True)
    os.mkfifo(anna / "node_modules/pipe/package.json")
    (anna / "node_modules/away").symlink_to("/root/app/node_modules/secret")
    (anna / "vendor").symlink_to("/srv")
    forged = anna / "x\nn\t/home/anna/y/package.json\tforged\t1.0.0"
    forged.mkdir(parents=True)
    machine.write(
        "home/anna/node_modules/big/package.json", '{"name": "big", "version": "1.0.0", ' + '"a": 1,' * 900_000
    )
    own(anna, 1000)
    own(machine.root / "home/bert", 1001)
    found = machine.collect()[LanguagePackages]
    mine = {(one.name, one.place) for one in found.packages if one.place.startswith("/home")}
    assert mine == {("good", "/home/bert/app")}
    assert found.unreadable >= 1


def test_a_program_in_an_accounts_hands_speaks_for_its_own_home_only(machine):
    """What it says of other places, or in other words, is not believed; that it never ended is told."""
    machine.passwd += ["anna:x:1000:1000::/home/anna:/bin/sh"]
    (machine.root / "home/anna").mkdir(parents=True)
    own(machine.root / "home/anna", 1000)
    says = "".join(
        f"{line}\\n" for line in (
            "n\\t/home/bert/node_modules/x/package.json\\tx\\t1.0.0", "D\\t/srv/app/node_modules/good/package.json",
            "Z\\tx",
            "n\\t/home/anna/../bert/node_modules/y/package.json\\ty\\t1.0.0", "a\\t/home/anna/f\\t/srv\\t1.0\\tadminer",
            "n\\t/home/anna/node_modules/z/package.json\\tz\\t1.0.0",
        )
    )  # fmt: skip
    forger = machine.write(
        "forger",
        f"#!/bin/sh\ncase $* in *--reuid=1000*seek*) printf '{says}'; exit ;; esac\n"
        'while :; do case $1 in --*) shift ;; *) exec "$@" ;; esac; done\n', 0o755,
    )  # fmt: skip
    machine.write("srv/app/node_modules/good/package.json", json.dumps({"name": "good", "version": "1.0.0"}))
    machine.before = f"mount --bind {forger} /usr/bin/setpriv\n"
    facts = machine.collect()
    found = facts[LanguagePackages]
    assert {one.name for one in found.packages if one.place.startswith(("/home", "/srv"))} == {"good", "z"}
    assert facts[InstalledApplications].applications == ()
    assert not found.complete


def test_without_root_what_could_not_be_read_is_counted(machine):
    """Somebody else's home is not empty for that."""
    machine.write("home/anna/app/node_modules/x/package.json", json.dumps({"name": "x", "version": "1.0.0"}))
    (machine.root / "home/anna").chmod(0o700)
    found = machine.collect(*AS_NOBODY)[LanguagePackages]
    assert found.unreadable >= 1
    assert not [one for one in found.packages if one.place.startswith("/home")]


# The parsers


def section(body: bytes, *, truncated: bool = False) -> Section:
    return Section(body, 0, truncated)


@given(st.binary(max_size=400), st.booleans())
def test_any_answer_gives_facts_or_a_reason(noise, truncated):
    """Never an error, never a list called whole that is not."""
    head = b"B\t/srv\nO\nn\t/srv/node_modules/a/package.json\ta\t1.0\na\t/srv/x\t/srv\t1.0\twordpress\n"
    for parser in (language_packages, web_applications):
        for body in (noise, head + noise):
            fact = parser(section(body, truncated=truncated), NOW)
            if not isinstance(fact, Unavailable):
                assert not fact.complete or (body.rstrip(b"\n").endswith(b"\nZ") and not truncated)


def test_before_the_package_manager_was_asked_its_folders_are_not_believed():
    """A section cut short must not turn the distribution's own files into findings."""
    body = b"B\t/opt\nn\t/opt/a/node_modules/x/package.json\tx\t1.0\n"
    found = language_packages(section(body), NOW)
    assert isinstance(found, LanguagePackages)
    assert (found.packages, found.complete) == ((), False)


def test_a_package_that_tells_no_version_that_can_be_read_is_counted():
    """It is judged by nobody. One without any version (a project of one's own) and pip's leftovers are no packages."""
    site = b"/srv/v/lib/python3.11/site-packages"
    lines = (
        b"y\t%s/a-1,5.dist-info/METADATA" % site, b"y\t%s/odd.dist-info/METADATA" % site,
        b"y\t%s/~b-1.0.dist-info/METADATA" % site, b"n\t/srv/node_modules/c/package.json\tc\t1 0",
        b"n\t/srv/node_modules/d/package.json\td\t", b"c\t/srv/vendor/composer/installed.json\te/f\t1.0",
    )  # fmt: skip
    found = language_packages(section(b"B\t/srv\nO\n%s\nZ" % b"\n".join(lines)), NOW)
    assert isinstance(found, LanguagePackages)
    assert ([package.name for package in found.packages], found.unreadable) == (["e/f"], 3)


def test_a_host_that_lists_without_end_is_cut_and_that_is_said():
    """As many as are looked at, and not called complete."""
    lines = b"".join(b"n\t/srv/node_modules/p%d/package.json\tp%d\t1.0\n" % (n, n) for n in range(20_002))
    body = b"B\t/srv\nO\n" + lines + b"Z"
    assert len(body) < limits()["software"]
    found = language_packages(section(body), NOW)
    assert isinstance(found, LanguagePackages)
    assert (len(found.packages), found.complete) == (20_000, False)


# Whose it is


def owners(machine, *prefix: str) -> dict[str, str]:
    """Of what was found, by place."""
    found = machine.collect(*prefix)
    told = (*found[LanguagePackages].packages, *found[InstalledApplications].applications)
    return {one.place: one.owner for one in told}


def test_the_owner_is_who_can_put_something_else_in_its_place(machine):
    """The first on the way who is not root, by name or number; root where all is; nobody where others may write."""
    module = "node_modules/lodash/package.json"
    text = '{\n "name": "lodash",\n "version": "4.17.20"\n}\n'
    places = ("srv/kim/shop", "srv/lone/shop", "srv/safe", "srv/loose/shop", "srv/inner", "home/kim/shop")
    for place in places:
        machine.write(f"{place}/{module}", text)
    machine.passwd.append("kim:x:1001:1001::/home/kim:/bin/sh")
    own(machine.root / "srv/kim", 1001)
    os.chown(machine.root / "srv/kim/shop", 0, 0)  # which kim can rename
    own(machine.root / "srv/lone", 1777)
    (machine.root / "srv/loose").chmod(0o777)
    os.chown(machine.root / f"srv/inner/{module}", 1001, 1001)
    own(machine.root / "home/kim", 1001)
    own(machine.root / "home/kim/shop/node_modules", 0)
    told = owners(machine)
    assert told == {
        "/srv/kim/shop": "kim", "/srv/lone/shop": "#1777", "/srv/safe": "root", "/srv/loose/shop": "",
        "/srv/inner": "kim", "/home/kim/shop": "kim",
    }  # fmt: skip


def test_nobody_says_of_his_own_folder_that_it_is_of_another():
    """Such a line counts for nothing below a folder that is already somebody's, and without any nobody is root."""
    package = "n\t/home/kim/a/node_modules/x/package.json\tx\t1.0"
    for lines, owner in (
        (("o\t/home/kim\t1001\tkim", "o\t/home/kim/a\t1002\tanna", "R\t/home/kim/"), "kim"),
        (("o\t/home/kim\t1001\t-rf $(id)",), "#1001"), (("o\t/home/kim\t1001\troot",), "#1001"),
        ((), ""), (("R\t/srv/",), ""), (("R\t/home/",), "root"), (("R\t/home/", "o\t/home/kim\t-1\troot"), ""),
    ):  # fmt: skip
        body = "\n".join(("B\t/home", *lines, package, "O", "Z", "")).encode()
        found = language_packages(Section(body, 0, truncated=False), NOW)
        assert isinstance(found, LanguagePackages)
        assert [one.owner for one in found.packages] == [owner]
