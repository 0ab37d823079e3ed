from __future__ import annotations


class Outage(Exception):
    """The program's own database is away or full: what was under way has to be done again.

    Whoever keeps a defect of one look from ending all others lets this one through: else a restart of the database
    would become "not assessed" in customers' reports.
    """
