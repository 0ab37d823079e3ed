"""The commands of the real texts, copied from a PDF."""

from __future__ import annotations

from dataclasses import replace

import pytest
from factories_report import make_finding, make_view

from posture.cli.plugins import loaded
from posture.model.finding import finding_id
from posture.report import markdown
from posture.report.compose import compose
from posture.report.pdf import PdfRenderer
from posture.report.remediation import pick

WIDTH = 92  # columns that a line of the PDF holds without being broken, in its smaller type
CHECKS = frozenset(
    {"exposure.redis-no-auth", "packages.security-updates", "mfa.ssh-second-factor", "packages.release-end-of-life",
     "keys.private-key-unencrypted", "email.tls-reporting-missing", "keys.aws-access-key-two-active",
     "keys.authorized-key-unrestricted"}
)  # fmt: skip


def reported(code: str):
    """A report with a finding of each check, its text filled with its own example."""
    plugins = [plugin for plugin in loaded().plugins if plugin.check.id in CHECKS]
    assert len(plugins) == len(CHECKS)
    findings = []
    for plugin in plugins:
        example = plugin.texts["en"].example
        about = {"subject": example.subject, "resource": "web1", "details": example.details, "system": example.system}
        identity = finding_id("bakery", "web1", plugin.check.id, example.subject)
        findings.append(replace(make_finding(**about), check=plugin.check.info, id=identity))
    view = make_view(findings)
    texts = {plugin.check.id: pick(plugin.texts, code) for plugin in plugins}
    return compose(replace(view, customer=replace(view.customer, language=code)), texts)


@pytest.mark.parametrize("code", ["en", "de"])
def test_every_line_of_every_command_comes_out_of_the_pdf_whole(code, pdf_text, squeezed):
    """What a customer copies is what was written: no word lost, no line broken where the shell would see two."""
    report = reported(code)
    lines = set(map(squeezed, pdf_text(PdfRenderer().render(report), "-layout").splitlines()))
    wanted = {
        line
        for task in report.tasks
        for cause in task.causes
        for text in (cause.fix_md, cause.verify_md)
        for block in markdown.commands(text)
        for line in block.splitlines()
        if line.strip()
    }
    assert len(wanted) > 40
    assert max(map(len, wanted)) <= WIDTH
    assert {line for line in wanted if squeezed(line) not in lines} == set()
