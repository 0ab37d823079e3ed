"""The shape of ``customers.yaml``: what is checked field by field, and described in the published schema."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from pydantic import Field, ValidationInfo, field_validator

from posture.inventory.addresses import AgreedNetwork, AnyNetwork
from posture.inventory.forms import BEGINNING, Contact, CustomerId, Day, Given, Language, Moment, Words, Zone, refused
from posture.inventory.hours import Hours, Rate, parse_windows
from posture.inventory.local import LOCAL_CUSTOMER
from posture.inventory.resource_entries import KINDS, Entry, ResourceEntry, SshEntry
from posture.inventory.schedules import BlackoutEntry, ScheduleEntry
from posture.model.attestation import Attestation, Topic
from posture.model.customer import Authorization, AuthorizationMethod, Customer
from posture.model.schedule import Schedule


class AuthorizationEntry(Entry):
    """Who allowed the audit; without a valid one nothing is contacted."""

    method: Annotated[AuthorizationMethod, Field(strict=False)] = Field(
        default=AuthorizationMethod.CONTRACT,
        description="How the customer agreed: contract, dns-txt, http-token or own-allocation",
        examples=["contract"],
    )
    reference: Words = Field(description="Where the agreement is found again", examples=["MSA-7.1"])
    granted_by: Words = Field(description="The person who agreed", examples=["Jane Doe"])
    valid_from: Moment = Field(
        default=BEGINNING,
        description="First moment, with UTC offset; without it the agreement has always held",
        examples=["2026-03-02T00:00:00+01:00"],
    )
    valid_until: Moment = Field(
        description="The end, with UTC offset; from this moment on nothing is contacted",
        examples=["2027-03-02T00:00:00+01:00"],
    )

    @field_validator("valid_until")
    @classmethod
    def _after_start(cls, until: datetime, info: ValidationInfo) -> datetime:
        start = info.data.get("valid_from")
        if start is not None and until <= start:
            raise refused("is not after valid_from", "set a later date, or an earlier valid_from")
        return until

    def authorization(self) -> Authorization:
        """The entry as the model has it."""
        return Authorization(self.method, self.reference, self.granted_by, self.valid_from, self.valid_until)


class AttestationEntry(Entry):
    """What no look can show, and the customer says of himself; reports tell it as said, never as seen."""

    topic: Annotated[Topic, Field(strict=False)] = Field(
        description="What it is about: suppression-list or consent", examples=["suppression-list"]
    )
    statement: Words = Field(
        description="What the customer says", examples=["Who unsubscribes is taken off the list within a day"]
    )
    attested_by: Words = Field(description="The person who said it", examples=["Jane Doe"])
    at: Day = Field(description="The day it was said", examples=["2026-11-02"])

    def attestation(self) -> Attestation:
        """The entry as the model has it."""
        return Attestation(self.topic, self.statement, self.attested_by, self.at)


class CustomerEntry(Entry):
    """One customer: who reads the report, what may be contacted, and what there is to audit."""

    id: CustomerId = Field(
        description="Unique; small letters, digits and hyphens, as it names files and commands", examples=["bakery"]
    )
    name: Words = Field(description="Name on the report", examples=["Example Bakery GmbH"])
    contact: Given[Contact] = Field(
        default=None, description="E-mail address the report is for", examples=["it@bakery.example"]
    )
    contacts: list[Contact] = Field(
        default=[],
        max_length=20,
        description="More e-mail addresses the report goes to",
        examples=[["cto@bakery.example"]],
    )
    language: Language = Field(default="en", description="Language of the report (RFC 5646)", examples=["en"])
    timezone: Zone = Field(
        default="UTC", description="IANA time zone of the report and of window", examples=["Europe/Berlin"]
    )
    authorization: AuthorizationEntry = Field(
        description="Who allowed the audit, under what, until when",
        examples=[{"reference": "MSA-7.1", "granted_by": "Jane Doe", "valid_until": "2027-03-02T00:00:00+01:00"}],
    )
    networks: list[AgreedNetwork] = Field(
        default=[],
        description="The only addresses that may ever be contacted for this customer",
        examples=[["198.51.100.0/28"]],
    )
    exclude: list[AnyNetwork] = Field(
        default=[], description="Addresses inside networks that must not be contacted", examples=[["198.51.100.9"]]
    )
    window: Hours = Field(
        default="",
        description="Hours in which anything may be contacted, on the customer's clock; empty: at any time",
        examples=["22:00-06:00"],
    )
    schedule: ScheduleEntry | None = Field(
        default=None,
        description="In which nights anything is looked at, and when never; instead of the inventory's own schedule",
        examples=[{"every": 7, "days": ["sat"]}],
    )
    rate: Rate = Field(
        default=0,
        description="Most packets per second into one of the networks; 0 leaves it to the program",
        examples=[2000],
    )
    attestations: list[AttestationEntry] = Field(
        default=[],
        description="What cannot be looked at, and the customer attests: suppression lists, consent to advertising",
        examples=[[{"topic": "consent", "statement": "Double opt-in", "attested_by": "Jane Doe", "at": "2026-11-02"}]],
    )
    resources: list[ResourceEntry] = Field(
        min_length=1,
        description="What to audit",
        examples=[[{"kind": "host", "id": "web1", "address": "198.51.100.2"}]],
    )

    @field_validator("id")
    @classmethod
    def _not_local(cls, name: str) -> str:
        if name == LOCAL_CUSTOMER:
            raise refused("is the name of the machine the program runs on (--local)", "choose another id")
        return name

    def customer(self, usual: ScheduleEntry | None = None) -> Customer:
        """The entry as the model has it; `usual` is the schedule of customers without one of their own."""
        schedule = self.schedule or usual
        return Customer(
            id=self.id,
            name=self.name,
            authorization=self.authorization.authorization(),
            networks=tuple(self.networks),
            exclude=tuple(self.exclude),
            resources=tuple(resource.resource() for resource in self.resources),
            contact=self.contact or "",
            language=self.language,
            timezone=self.timezone,
            windows=parse_windows(self.window),
            rate=self.rate,
            attestations=tuple(attestation.attestation() for attestation in self.attestations),
            contacts=tuple(self.contacts),
            schedule=schedule.schedule(self.timezone) if schedule else Schedule(),
        )


class InventoryEntry(Entry):
    """The list of customers a provider audits."""

    schedule: ScheduleEntry | None = Field(
        default=None,
        description="In which nights customers without a schedule of their own are looked at",
        examples=[{"every": 1}],
    )
    customers: list[CustomerEntry] = Field(min_length=1, description="One entry for each customer")


def entry_at(where: tuple[str | int, ...], kind: str | None) -> type[Entry] | None:
    """The class of the entry at a path; of a resource by its kind. None where there is no such entry."""
    shape = tuple("#" if isinstance(part, int) else part for part in where)
    fixed: dict[tuple[str, ...], type[Entry] | None] = {
        (): InventoryEntry,
        ("schedule",): ScheduleEntry,
        ("schedule", "blackouts", "#"): BlackoutEntry,
        ("customers", "#"): CustomerEntry,
        ("customers", "#", "schedule"): ScheduleEntry,
        ("customers", "#", "schedule", "blackouts", "#"): BlackoutEntry,
        ("customers", "#", "authorization"): AuthorizationEntry,
        ("customers", "#", "attestations", "#"): AttestationEntry,
        ("customers", "#", "resources", "#"): KINDS.get(kind or ""),
        ("customers", "#", "resources", "#", "ssh"): SshEntry,
    }
    return fixed.get(shape)
