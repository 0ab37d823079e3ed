"""What a process of the press does: one report at a time, under the limits of the kernel."""

from __future__ import annotations

import gc
import os
import resource
from dataclasses import dataclass
from typing import Final

from posture.report.model import Report

NO_MEMORY: Final = 71  # exit code
_MIB: Final = 1 << 20


@dataclass(frozen=True, slots=True)
class Limits:
    """Of one report: seconds of CPU, seconds by the clock, and MiB of address space."""

    cpu: int = 120
    wall: int = 300
    memory: int = 1536


def begin(limits: Limits) -> None:
    """Set what holds for all reports of this process."""
    size = limits.memory * _MIB
    resource.setrlimit(resource.RLIMIT_AS, (size, size))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    gc.freeze()


def pdf(report: Report, cpu: int) -> bytes:
    """The whole report.

    The process ends after that many seconds of CPU (SIGXCPU), and where memory was short: what is left of it is spent.

    Raises:
        NoFonts: there is no font on this machine.
        OSError: there is no Pango.
    """
    _only(cpu)
    try:
        from posture.report.pdf import PdfRenderer  # noqa: PLC0415 - WeasyPrint is loaded in the press's processes alone

        return PdfRenderer().render(report)
    except (MemoryError, SystemError):  # the second is what Python's compiler says where it got no memory
        os._exit(NO_MEMORY)


def short_pdf(report: Report, cpu: int) -> bytes:
    """Page one, and where the rest is.

    Raises:
        NoFonts, OSError: as of `pdf`.
    """
    _only(cpu)
    try:
        from posture.report.pdf import ShortPdfRenderer  # noqa: PLC0415 - as above

        return ShortPdfRenderer().render(report)
    except (MemoryError, SystemError):
        os._exit(NO_MEMORY)


def unlimited_pdf(report: Report) -> bytes:
    """The whole report, in the process that asks.

    Raises:
        NoFonts, OSError: as of `pdf`.
    """
    from posture.report.pdf import PdfRenderer  # noqa: PLC0415 - as above

    return PdfRenderer().render(report)


def _only(seconds: int) -> None:
    """Allow so many seconds of CPU from now on."""
    used = resource.getrusage(resource.RUSAGE_SELF)
    spent = int(used.ru_utime + used.ru_stime) + 1
    _, hard = resource.getrlimit(resource.RLIMIT_CPU)
    resource.setrlimit(resource.RLIMIT_CPU, (spent + seconds, hard))
