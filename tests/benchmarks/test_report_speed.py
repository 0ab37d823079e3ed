"""From a customer's view to a PDF: seconds, pages, and how many trivial one-page documents would take as long."""

import importlib.util
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest
import weasyprint

from posture.report.compose import compose
from posture.report.pdf import PdfRenderer

TRIVIAL = "<html lang='en'><title>One page</title><p>One line.</p></html>"


def factories():
    """The factories, by their path: the tests are no package."""
    if found := sys.modules.get("factories_report"):
        return found
    spec = importlib.util.spec_from_file_location("factories_report", Path(__file__).parents[1] / "factories_report.py")
    module = importlib.util.module_from_spec(spec)
    sys.modules["factories_report"] = module
    spec.loader.exec_module(module)
    return module


def fastest(work: Callable[[], object], times: int = 3) -> float:
    """The shortest of some runs, in seconds: the others had more of the machine's other work in them."""
    taken = []
    for _ in range(times):
        began = time.perf_counter()
        work()
        taken.append(time.perf_counter() - began)
    return min(taken)


def trivial() -> bytes:
    return weasyprint.HTML(string=TRIVIAL).write_pdf(pdf_variant="pdf/ua-1")


@pytest.mark.parametrize("count", [20, 200, 2_000])
def test_seconds_from_view_to_pdf(count):
    """A report of any size comes out; its time is printed beside that of a document with one line."""
    made = factories()
    view = made.make_view(made.many_findings(count))
    trivial()  # loads WeasyPrint and its fonts
    one = fastest(trivial)
    model = fastest(lambda: compose(view, made.TEXTS))
    report = compose(view, made.TEXTS)
    printed = fastest(lambda: PdfRenderer().render(report))
    size = len(PdfRenderer().render(report))
    total = model + printed
    print(
        f"\n{count} findings: {total:.2f} s to the PDF (compose {model:.3f} s, render {printed:.2f} s), "
        f"{size / 1024:.0f} KiB; {total / one:.0f} times a one-line document ({one:.3f} s)"
    )
    assert size > 10_000
