"""From a customer's view to a PDF, and many customers at once: as ratios to WeasyPrint alone and to a naive loop."""

from __future__ import annotations

import json
import os
import pickle
import resource
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest
import weasyprint

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))  # as a program of its own, too
from factories_report import TEXTS, make_view, many_findings

from posture.execute.press import press
from posture.report.compose import compose
from posture.report.html import page
from posture.report.paper import laid_out, written
from posture.report.pdf import PdfRenderer

CUSTOMERS = 40
HERE = Path(__file__).resolve()


def cpu(work: Callable[[], object]) -> float:
    """Seconds of CPU of this process."""
    began = time.process_time()
    work()
    return time.process_time() - began


def by_weasyprint_alone(html: str) -> bytes:
    """The same page as a user of the library would print it: no tags, nothing attached, its own fetcher."""
    return weasyprint.HTML(string=html).write_pdf()


@pytest.mark.parametrize("count", [20, 200, 2_000])
def test_a_report_costs_what_its_layout_costs(count):
    """Facts to PDF against WeasyPrint alone on the same HTML, each the best of three."""
    view = make_view(many_findings(count))
    report = compose(view, TEXTS)
    html = page(report, paper=True, digest="0" * 64)
    by_weasyprint_alone(html)
    alone = min(cpu(lambda: by_weasyprint_alone(html)) for _ in range(3))
    whole = min(cpu(lambda: PdfRenderer().render(compose(view, TEXTS))) for _ in range(3))
    layout = min(cpu(lambda: written(laid_out(html), html, "a.json", b"{}", report.started)) for _ in range(3))
    size = len(PdfRenderer().render(report))
    print(
        f"\n{count} findings: facts to PDF {whole:.2f} s CPU, {whole / alone:.2f}x WeasyPrint alone ({alone:.2f} s); "
        f"layout with tags and archive {layout / alone:.2f}x; {size / 1024:.0f} KiB"
    )
    assert whole < 1.6 * alone


def test_a_customer_with_two_thousand_findings_fits_a_small_machine():
    """CPU and memory of a process that prints nothing else."""
    measured = json.loads(subprocess.run([sys.executable, HERE, "2000"], capture_output=True, check=True).stdout)
    print(f"\n2,000 findings in a fresh process: {measured['cpu']:.1f} s CPU with imports, {measured['mib']:.0f} MiB")
    assert measured["mib"] < 250


def test_many_customers_through_the_press_against_a_process_each():
    """Wall clock and CPU of a warm pool beside a naive loop of new processes; and its memory stays flat."""
    reports = [compose(make_view(many_findings(12)), TEXTS) for _ in range(CUSTOMERS)]
    few = reports[:8]
    blobs = [pickle.dumps(one) for one in few]
    began = time.perf_counter()
    for blob in blobs:
        subprocess.run([sys.executable, HERE, "one"], input=blob, capture_output=True, check=True)
    naive = (time.perf_counter() - began) / len(few)
    cores = len(os.sched_getaffinity(0))
    began = time.perf_counter()
    done = list(press(reports, cores))
    pooled = (time.perf_counter() - began) / CUSTOMERS
    print(
        f"\n{CUSTOMERS} customers with 12 findings, {cores} cores: {pooled:.2f} s a report, "
        f"in a process each {naive:.2f} s: {naive / pooled:.1f}x"
    )
    assert all(one.pdf and not one.shortened for one in done)
    assert naive > 1.5 * pooled


def _main() -> None:
    """What a new process does: prints one report, or tells what 2,000 findings cost."""
    if sys.argv[1] == "one":
        PdfRenderer().render(pickle.loads(sys.stdin.buffer.read()))
        return
    PdfRenderer().render(compose(make_view(many_findings(int(sys.argv[1]))), TEXTS))
    used = resource.getrusage(resource.RUSAGE_SELF)
    status = Path("/proc/self/status").read_text().splitlines()
    peak = next(int(line.split()[1]) for line in status if line.startswith("VmHWM:"))  # ru_maxrss is the parent's, too
    print(json.dumps({"cpu": used.ru_utime + used.ru_stime, "mib": peak / 1024}))


if __name__ == "__main__":
    _main()
