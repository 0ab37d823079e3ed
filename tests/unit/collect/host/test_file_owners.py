"""Which package owns the file behind a socket: asked of the system's own manager."""

from __future__ import annotations

import shutil
import subprocess
from importlib import resources
from pathlib import Path

import pytest

from posture.collect.host.sockets import file_owners

_FUNCTIONS = (resources.files("posture.collect.host") / "collector/file_owners.sh").read_text("utf-8")
_SPEC = """Name: thing
Version: 1
Release: 1
Summary: t
License: MIT
BuildArch: noarch
%description
t
%install
mkdir -p %{buildroot}/usr/bin; echo x > %{buildroot}/usr/bin/env
%files
/usr/bin/env
"""


def owners(manager: str, files: str, home: Path) -> dict[str, str]:
    """What the collector's function says of files, one a line."""
    around = f"nl='\n'; within() {{ shift; \"$@\"; }}; package_manager() {{ echo {manager}; }}\n"
    program = f'{around}{_FUNCTIONS}\nfile_owners "$1"\n'
    done = subprocess.run(
        ["sh", "-c", program, "sh", files], capture_output=True, text=True, timeout=30, check=False,
        env={"PATH": "/usr/bin:/bin", "HOME": str(home)},
    )  # fmt: skip
    return file_owners([line.partition("\t")[2] for line in done.stdout.splitlines()])


@pytest.mark.skipif(not shutil.which("dpkg-query"), reason="no dpkg here")
def test_dpkg_is_asked_by_both_names_of_a_merged_usr(tmp_path: Path) -> None:
    """/usr/bin/dash may be owned as /bin/dash; what nobody owns has no owner, patterns are no files."""
    assert owners("dpkg", "/usr/bin/dash\n/nobody's file\n/usr/bin/[a-z]ash\n", tmp_path) == {"/bin/dash": "dash"}


@pytest.mark.skipif(not shutil.which("rpmbuild"), reason="rpmbuild makes the package of this test")
def test_rpm_is_asked_on_systems_of_rpm(tmp_path: Path) -> None:
    """A service of AlmaLinux is tied to its package, too."""
    (tmp_path / "t.spec").write_text(_SPEC)
    build = ["rpmbuild", "-bb", "--quiet", "--define", f"_topdir {tmp_path}", str(tmp_path / "t.spec")]
    subprocess.run(build, check=True, capture_output=True, env={"PATH": "/usr/bin:/bin", "HOME": str(tmp_path)})
    database = str(tmp_path / "db")
    (package,) = (tmp_path / "RPMS/noarch").iterdir()
    for arguments in (["--initdb"], ["-i", "--justdb", "--nodeps", "--force-debian", str(package)]):
        subprocess.run(["rpm", "--dbpath", database, *arguments], check=True, capture_output=True)
    (tmp_path / ".rpmmacros").write_text(f"%_dbpath {database}\n")
    assert owners("rpm", "/usr/bin/env\n", tmp_path) == {"/bin/env": "thing"}
