from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from posture.model.customer import Authorization, AuthorizationMethod


@dataclass(frozen=True, slots=True)
class Challenge:
    """What somebody has to publish to show that a domain or an address is theirs.

    `target` is a domain, an address or a network, as :class:`posture.model.grant.Proof` has it. `token` is for this
    customer and this target alone. It is no secret, it is published: what it shows is that whoever was given it can
    write where it is found. It is found or not until `expires`; the authorization that comes of it holds until
    `valid_until`. All challenges that were issued together have the same `reference`.
    """

    reference: str
    customer: str
    name: str
    target: str
    method: AuthorizationMethod
    token: str
    issued: datetime
    issued_by: str
    expires: datetime
    valid_until: datetime

    @property
    def text(self) -> str:
        """The one line to publish."""
        return f"posture-challenge={self.token}"

    def open_at(self, moment: datetime) -> bool:
        """Whether what is found at this moment counts."""
        return self.issued <= moment < self.expires

    @property
    def authorization(self) -> Authorization:
        """What looking for the token is done under: the gate lets nothing else pass for it."""
        return Authorization(self.method, self.reference, self.issued_by, self.issued, self.expires)
