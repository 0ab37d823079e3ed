"""Whose software it is, as rpm and apk say; all of it with busybox alone, as on Alpine."""

from __future__ import annotations

import json
import re
import shutil
import subprocess

import pytest
import staged_root

from posture.facts.software import InstalledApplications, LanguagePackages, StaleProcesses

SPEC = """Name: tool
Version: 1
Release: 1
Summary: x
License: x
BuildArch: noarch
%description
x
%install
mkdir -p %{buildroot}/opt/tool/node_modules/shipped
echo '{"name": "shipped", "version": "1.0.0"}' >%{buildroot}/opt/tool/node_modules/shipped/package.json
%files
/opt/tool
"""


@pytest.fixture(autouse=True)
def _these_sections(monkeypatch):
    other = re.compile(rb"^section (?!(?:software|stale-processes) )[a-z-]+ .*?^EOF\n", re.MULTILINE | re.DOTALL)
    monkeypatch.setattr(staged_root, "OTHERS", other)


def names(found: LanguagePackages) -> dict[str, str]:
    assert found.complete
    return {one.name: one.place for one in found.packages}


def test_what_rpm_owns_is_left_out(tmp_path):
    """A vendor's package under /opt, in a database that rpm wrote; what npm added beside it counts."""
    if not shutil.which("rpmbuild"):
        pytest.skip("needs rpm")
    (tmp_path / "tool.spec").write_text(SPEC)
    build = ["rpmbuild", "-bb", "--quiet", "--define", f"_topdir {tmp_path}/build", tmp_path / "tool.spec"]
    subprocess.run(build, check=True, capture_output=True)
    root = staged_root.made(tmp_path / "root")
    root.write("etc/rpm/macros", "%_dbpath /var/lib/rpm\n")
    package = tmp_path / "build/RPMS/noarch/tool-1-1.noarch.rpm"
    install = ["rpm", "--root", root.path, "--dbpath", "/var/lib/rpm", "--nodeps", "--noscripts", "-i", package]
    subprocess.run(install, check=True, capture_output=True)
    root.write("opt/tool/node_modules/added/package.json", json.dumps({"name": "added", "version": "1.0.0"}))
    assert (root.path / "opt/tool/node_modules/shipped/package.json").exists()
    found = {name: place for name, place in names(root.collect()[LanguagePackages]).items() if place.startswith("/opt")}
    assert found == {"added": "/opt/tool"}


def test_alpine_with_busybox_alone(tmp_path):
    """What apk owns, what was added beside it, a project and an application with a plug-in."""
    root = staged_root.made(tmp_path / "root", busybox=True)
    site = "opt/venv/lib/python3.12/site-packages"
    for name in ("jinja2-3.1.4", "requests-2.31.0"):
        root.write(f"{site}/{name}.dist-info/METADATA")
    root.write("lib/apk/db/installed", f"P:venv\nV:1-r0\nF:{site}/jinja2-3.1.4.dist-info\nR:METADATA\n\n")
    listed = [{"name": "a/b", "version": "v1.0"}]
    root.write("srv/shop/vendor/composer/installed.json", json.dumps(listed, indent=4))
    root.write("var/www/blog/wp-includes/version.php", "<?php\n$wp_version = '6.4.1';\n")
    root.write("var/www/blog/wp-content/plugins/a/a.php", "<?php\n/*\n * Plugin Name: A\n * Version: 5.3\n */\n")
    facts = root.collect()
    found = names(facts[LanguagePackages])
    assert {name: place for name, place in found.items() if not place.startswith("/usr")} == {
        "requests": "/opt/venv",
        "a/b": "/srv/shop",
    }
    assert {(one.product, one.version, one.extension) for one in facts[InstalledApplications].applications} == {
        ("wordpress", "6.4.1", ""), ("wordpress", "5.3", "plugin/a"),
    }  # fmt: skip
    assert facts[StaleProcesses].readable > 0
