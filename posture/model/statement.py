from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from posture.model.verdict import Evidence


@dataclass(frozen=True, slots=True)
class Statement:
    """Why a provider restricts a customer, in the parts that Regulation (EU) 2022/2065, article 17(3), asks for.

    `measure` and `target` are what is restricted, `lasts` for how long (point a); `facts` with `evidence` (b);
    `automated` whether machines found it and decided (c); `clause` and `clause_text` the ground in the contract, and
    `breach` why the facts are against it (e); `contest` how to object (f). Point (d) is of unlawful content only.
    """

    measure: str
    target: str
    lasts: str
    facts: str
    observed: datetime
    first_seen: datetime
    evidence: tuple[Evidence, ...]
    automated: str
    clause: str
    clause_text: str
    breach: str
    contest: str
    mend: str

    @property
    def text(self) -> str:
        """All of it as plain text, a part a paragraph."""
        parts = (
            ("What", f"{self.measure}: {self.target}"),
            ("For how long", self.lasts),
            ("Facts", self.facts),
            ("How this was found and decided", self.automated),
            ("Ground", f"clause {self.clause}: {self.clause_text} {self.breach}"),
            ("What to do", self.mend),
            ("How to object", self.contest),
        )
        return "\n\n".join(f"{name}: {said}" for name, said in parts)
