"""Signed RPM repositories of one's own, made by the distributions' own tools: rpmbuild, createrepo_c, gpg.

repository = RpmRepository(folder / "base", key)
repository.add(Rpm("bash", "5.1-1"), Rpm("nodejs", "1:18.1-1", module="nodejs:18"))
repository.publish(now, notices=[...], modules=[...])
"""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from xml.sax.saxutils import quoteattr

from repository import SigningKey

NEEDED = ("rpmbuild", "rpm", "createrepo_c", "modifyrepo_c", "gpg", "gpgv")
MISSING = [program for program in NEEDED if not shutil.which(program)]


@dataclass(frozen=True)
class Rpm:
    """One binary package; `version` is epoch:version-release."""

    name: str
    version: str
    architecture: str = "x86_64"
    module: str = ""
    vendor: str = "AlmaLinux"

    @property
    def parts(self) -> tuple[str, str, str]:
        epoch, _, rest = self.version.rpartition(":")
        number, _, release = rest.rpartition("-")
        return epoch or "0", number, release

    @property
    def nevra(self) -> str:
        epoch, number, release = self.parts
        return f"{self.name}-{epoch}:{number}-{release}.{self.architecture}"

    def spec(self) -> str:
        epoch, number, release = self.parts
        label = f"ModularityLabel: {self.module}:20260101:abcd\n" if self.module else ""
        noarch = "BuildArch: noarch\n" if self.architecture == "noarch" else ""
        return (
            f"Name: {self.name}\nEpoch: {epoch}\nVersion: {number}\nRelease: {release}\nSummary: t\nLicense: MIT\n"
            f"Vendor: {self.vendor}\n{label}{noarch}%description\nt\n%files\n"
        )


@dataclass(frozen=True)
class NoticeOf:
    """One advisory of updateinfo.xml."""

    id: str
    packages: tuple[Rpm, ...]
    kind: str = "security"
    severity: str = "Important"
    cves: tuple[str, ...] = ("CVE-2026-0001",)
    module: str = ""
    reboot: bool = False

    def xml(self) -> str:
        references = "".join(f'<reference href="https://cve.example/{c}" id="{c}" type="cve"/>' for c in self.cves)
        module = ""
        if self.module:
            name, stream = self.module.split(":")
            module = f'<module name="{name}" stream="{stream}" version="20260101" context="abcd" arch="x86_64"/>'
        flag = "<reboot_suggested>True</reboot_suggested>" if self.reboot else ""
        packages = "".join(_package(rpm, flag) for rpm in self.packages)
        return (
            f"<update from='t' status='final' type={quoteattr(self.kind)} version='1'><id>{self.id}</id>"
            f"<title>{self.id} title</title><issued date='2026-03-02 10:00:00'/><severity>{self.severity}</severity>"
            f"<description>d</description><references>{references}</references><pkglist><collection short='c'>"
            f"<name>c</name>{module}{packages}</collection></pkglist></update>"
        )


def _package(rpm: Rpm, flag: str) -> str:
    epoch, number, release = rpm.parts
    return (
        f'<package name="{rpm.name}" version="{number}" release="{release}" epoch="{epoch}" arch="{rpm.architecture}" '
        f'src="{rpm.name}.src.rpm"><filename>{rpm.name}.rpm</filename>{flag}</package>'
    )


def built(folder: Path, rpms: Iterable[Rpm]) -> list[Path]:
    """Real .rpm files of these packages, in a folder."""
    made = []
    for number, rpm in enumerate(rpms):
        top = folder / f"build{number}"
        top.mkdir(parents=True)
        (top / "t.spec").write_text(rpm.spec())
        options = [f"_topdir {top}", f"_rpmdir {top}", "_build_id_links none", "_rpmfilename %{NEVRA}.rpm"]
        defines = [word for option in options for word in ("--define", option)]
        target = "x86_64" if rpm.architecture == "noarch" else rpm.architecture
        command = ["rpmbuild", "-bb", "--quiet", "--target", target, *defines, str(top / "t.spec")]
        subprocess.run(command, check=True, capture_output=True, env=os.environ | {"HOME": str(top)})
        made += top.glob("*.rpm")
    return made


class RpmRepository:
    """A repository in a folder, signed by a key."""

    def __init__(self, folder: Path, key: SigningKey) -> None:
        self.folder, self.key = folder, key
        self.rpms: list[Rpm] = []
        folder.mkdir(parents=True)

    @property
    def head(self) -> Path:
        return self.folder / "repodata/repomd.xml"

    def add(self, *rpms: Rpm) -> RpmRepository:
        for path in built(self.folder / f".b{len(self.rpms)}", rpms):
            path.rename(self.folder / path.name)
        self.rpms += rpms
        for folder in self.folder.glob(".b*"):
            shutil.rmtree(folder)
        return self

    def publish(
        self, at: datetime, notices: Iterable[NoticeOf] = (), compress: str = "gz", key: SigningKey | None = None
    ) -> None:
        """Write and sign the metadata; streams are those of the packages that have a module."""
        shutil.rmtree(self.folder / "repodata", ignore_errors=True)
        revision = str(int(at.timestamp()))
        run = ["createrepo_c", "-q", "--revision", revision, "--general-compress-type", compress, str(self.folder)]
        subprocess.run(run, check=True, capture_output=True)
        if notices := list(notices):
            body = "".join(notice.xml() for notice in notices)
            self._modify("updateinfo", f"<?xml version='1.0'?><updates>{body}</updates>", compress)
        if streams := sorted({rpm.module for rpm in self.rpms if rpm.module}):
            self._modify("modules", "".join(self._stream(stream) for stream in streams), compress)
        self.sign(key)

    def sign(self, key: SigningKey | None = None) -> None:
        signature = (key or self.key)._gpg("--digest-algo", "SHA256", "-abo", "-", str(self.head))
        self.head.with_name("repomd.xml.asc").write_bytes(signature)

    def _modify(self, kind: str, content: str, compress: str) -> None:
        path = self.folder / (f"{kind}.yaml" if kind == "modules" else f"{kind}.xml")
        path.write_text(content)
        options = ["--mdtype", kind, "--compress", "--compress-type", compress]
        subprocess.run(["modifyrepo_c", *options, path, self.folder / "repodata"], check=True, capture_output=True)
        path.unlink()

    def _stream(self, module: str) -> str:
        name, stream = module.split(":")
        rpms = "".join(f"      - {rpm.nevra}\n" for rpm in self.rpms if rpm.module == module)
        return (
            f"---\ndocument: modulemd\nversion: 2\ndata:\n  name: {name}\n  stream: {stream!r}\n"
            "  version: 20260101\n  context: abcd\n  arch: x86_64\n  summary: s\n  description: d\n"
            f"  license:\n    module: [MIT]\n  dependencies:\n    - requires: {{platform: [el9]}}\n"
            f"  artifacts:\n    rpms:\n{rpms}...\n"
        )
