"""What a check may import: the facts, the verdicts, and the decorator that makes a function a check.

    @check("exposure.telnet", title="Telnet is reachable", clause="4.4", severity=Severity.HIGH)
    def telnet(services: Services) -> Iterator[Verdict]:
        \"\"\"What it means and when it is wrong (shown by ``posture explain``).\"\"\"
        for service in services.named("telnet"):
            yield fail("Telnet sends passwords in clear", subject=service.subject, evidence=service.evidence)

The types of the parameters say which facts the check needs. A fact that could not be collected never reaches the check:
the engine records *not assessed*. A parameter of type ``SshLog | Unavailable`` is of use but not needed: the check is
asked without it, and told the reason.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any, get_args, get_type_hints

from posture.facts.accounts import Account, Accounts, Password
from posture.facts.authorized_keys import AuthorizedKey, AuthorizedKeys, LoosePath
from posture.facts.aws.buckets import (
    AclGroup,
    BucketGrant,
    BucketVersions,
    PublicAccessBlock,
    S3AccessPoint,
    S3Bucket,
    S3Buckets,
)
from posture.facts.aws.copies import PublicCopy, PublicImages, PublicSnapshots
from posture.facts.aws.databases import CacheCluster, CacheClusters, ManagedDatabase, RdsDatabases, RedshiftClusters
from posture.facts.aws.endpoints import (
    EksCluster,
    EksClusters,
    Listener,
    LoadBalancer,
    LoadBalancers,
    SearchDomain,
    SearchDomains,
)
from posture.facts.aws.function_urls import FunctionUrl, FunctionUrls
from posture.facts.aws.functions import LambdaFunction, LambdaFunctions
from posture.facts.aws.gap import Gap, Why
from posture.facts.aws.iam import IamAuthorizations, IamGroup, IamRole, IamUser, PolicyText
from posture.facts.aws.identity import IdentityCenter, IdentityCenters, PoolMfa, UserPool, UserPools
from posture.facts.aws.instances import Ec2Instance, Ec2Instances
from posture.facts.aws.last_use import AwsLastUse, ServiceUse, UserUse
from posture.facts.aws.leaks import (
    BuildProjectLeaks,
    InstanceUserData,
    LaunchTemplateLeaks,
    LeakPlace,
    PlaceLeaks,
    PlainParameter,
    PlainParameters,
    StackLeaks,
    TaskDefinitionLeaks,
    UserData,
)
from posture.facts.aws.lives import ClusterLives, DatabaseLives, Lives, Phase, RuntimeLives, VersionLife
from posture.facts.aws.logins import (
    AwsAccessKey,
    AwsAccountSummary,
    AwsLogin,
    AwsMfaDevice,
    AwsMfaDevices,
    AwsMfaKind,
    AwsOrganizationFeatures,
    AwsPasswordPolicy,
    AwsServiceCredential,
    AwsServiceCredentials,
    CredentialReport,
)
from posture.facts.aws.network import AwsNetwork, IngressRule, NetworkInterface, PrefixList, SecurityGroup
from posture.facts.aws.patches import InstancePatches, ManagedInstance, PatchState
from posture.facts.aws.powers import (
    AwsOpenings,
    AwsPowers,
    AwsTrusts,
    EscalationPath,
    Level,
    Opening,
    PolicyRef,
    PrincipalPower,
    Whom,
)
from posture.facts.aws.resource_policies import ResourcePolicies, ResourcePolicy
from posture.facts.email.dkim import DkimKey, DkimKeys
from posture.facts.email.dmarc import DmarcPolicy, ReportAddress
from posture.facts.email.routing import Exchanger, MailRouting, SendingHost, SendingHosts, TlsaRecord
from posture.facts.email.servers import Dane, MailServer, MailServers, RelayAttempt, Taken
from posture.facts.email.spf import SpfPolicy, SpfRecord, SpfResult, SpfTerm
from posture.facts.email.transport import BrandIndicator, MtaSts, TlsReporting
from posture.facts.email.use import Fate, ForgedMail, Forgery, MailUse, Sends
from posture.facts.email.zone import CaaRecord, DnsZone, Security
from posture.facts.flaws import ApplicationFlaws, Flaw, FlawedSoftware, LanguageFlaws, ServerFlaws, SoftwareFlaws
from posture.facts.fleet import FleetKey, FleetKeys, KeyPlace, Machine, SharedPrime, UnseenKeys
from posture.facts.host import KernelState, ListeningSockets, OsRelease, Process, Socket
from posture.facts.key_flaws import KeyFlaw, KeyFlaws, KeyStand
from posture.facts.leaks import AllowedLeak, HostLeaks, LeakedSecret, LooseFile, RepositoryLeaks
from posture.facts.network import Amplification, Application, Login, OpenPort, PortSweep, Transcript, Vantage
from posture.facts.packages import (
    InstalledPackages,
    Package,
    PendingUpdate,
    PendingUpdates,
    Release,
    ReleaseSupport,
    Support,
    UnfixedPackage,
    UnsupportedPackage,
    UnsupportedPackages,
)
from posture.facts.pam import PamEnrolment, PamEntry, PamStack
from posture.facts.people import RESISTANT, WEAK, DirectoryAccount, DirectoryAccounts, MfaKind, MfaRequirement
from posture.facts.private_keys import PrivateKey, PrivateKeys
from posture.facts.services import Reach, Service, Services
from posture.facts.software import (
    InstalledApplication,
    InstalledApplications,
    LanguagePackage,
    LanguagePackages,
    StaleProcess,
    StaleProcesses,
)
from posture.facts.ssh_log import KeyUse, PasswordUse, SshLog
from posture.facts.ssh_offers import HostKey, SshOffer, SshOffers
from posture.facts.ssh_trust import SshHostTrust, Trust
from posture.facts.sshd import (
    INTERNET,
    CaKey,
    Principals,
    ServerKey,
    ServerKeys,
    SshAuthorities,
    SshdContext,
    SshServer,
)
from posture.facts.sudo import SudoRule, SudoRules
from posture.facts.tls import Certificate, ChainProblem, NamedCertificate, TlsEndpoint, TlsEndpoints, WeakSuite
from posture.facts.tls_names import Leads, TlsName, TlsNames
from posture.facts.unavailable import Unavailable
from posture.facts.updates import AutomaticUpdates, Installs, UpdateSource, UpdateSources
from posture.facts.web import ExposedFile, WebSite, WebSites
from posture.model.assessment import CheckInfo
from posture.model.severity import Severity
from posture.model.sighting import MOST_ELSEWHERE, KeyRole
from posture.model.verdict import Detail, Evidence, Outcome, Verdict

__all__ = [
    "INTERNET",
    "MOST_ELSEWHERE",
    "RESISTANT",
    "WEAK",
    "Account",
    "Accounts",
    "AclGroup",
    "AllowedLeak",
    "Amplification",
    "Application",
    "ApplicationFlaws",
    "AuthorizedKey",
    "AuthorizedKeys",
    "AutomaticUpdates",
    "AwsAccessKey",
    "AwsAccountSummary",
    "AwsLastUse",
    "AwsLogin",
    "AwsMfaDevice",
    "AwsMfaDevices",
    "AwsMfaKind",
    "AwsNetwork",
    "AwsOpenings",
    "AwsOrganizationFeatures",
    "AwsPasswordPolicy",
    "AwsPowers",
    "AwsServiceCredential",
    "AwsServiceCredentials",
    "AwsTrusts",
    "BrandIndicator",
    "BucketGrant",
    "BucketVersions",
    "BuildProjectLeaks",
    "CaKey",
    "CaaRecord",
    "CacheCluster",
    "CacheClusters",
    "Certificate",
    "ChainProblem",
    "Check",
    "ClusterLives",
    "CredentialReport",
    "Dane",
    "DatabaseLives",
    "Detail",
    "DirectoryAccount",
    "DirectoryAccounts",
    "DkimKey",
    "DkimKeys",
    "DmarcPolicy",
    "DnsZone",
    "Ec2Instance",
    "Ec2Instances",
    "EksCluster",
    "EksClusters",
    "EscalationPath",
    "Evidence",
    "Exchanger",
    "ExposedFile",
    "Fate",
    "Flaw",
    "FlawedSoftware",
    "FleetKey",
    "FleetKeys",
    "ForgedMail",
    "Forgery",
    "FunctionUrl",
    "FunctionUrls",
    "Gap",
    "HostKey",
    "HostLeaks",
    "IamAuthorizations",
    "IamGroup",
    "IamRole",
    "IamUser",
    "IdentityCenter",
    "IdentityCenters",
    "IngressRule",
    "InstalledApplication",
    "InstalledApplications",
    "InstalledPackages",
    "Installs",
    "InstancePatches",
    "InstanceUserData",
    "Iterator",
    "KernelState",
    "KeyFlaw",
    "KeyFlaws",
    "KeyPlace",
    "KeyRole",
    "KeyStand",
    "KeyUse",
    "LambdaFunction",
    "LambdaFunctions",
    "LanguageFlaws",
    "LanguagePackage",
    "LanguagePackages",
    "LaunchTemplateLeaks",
    "Leads",
    "LeakPlace",
    "LeakedSecret",
    "Level",
    "Listener",
    "ListeningSockets",
    "Lives",
    "LoadBalancer",
    "LoadBalancers",
    "Login",
    "LooseFile",
    "LoosePath",
    "Machine",
    "MailRouting",
    "MailServer",
    "MailServers",
    "MailUse",
    "ManagedDatabase",
    "ManagedInstance",
    "MfaKind",
    "MfaRequirement",
    "MtaSts",
    "NamedCertificate",
    "NetworkInterface",
    "OpenPort",
    "Opening",
    "OsRelease",
    "Outcome",
    "Package",
    "PamEnrolment",
    "PamEntry",
    "PamStack",
    "Password",
    "PasswordUse",
    "PatchState",
    "PendingUpdate",
    "PendingUpdates",
    "Phase",
    "PlaceLeaks",
    "PlainParameter",
    "PlainParameters",
    "PolicyRef",
    "PolicyText",
    "PoolMfa",
    "PortSweep",
    "PrefixList",
    "PrincipalPower",
    "Principals",
    "PrivateKey",
    "PrivateKeys",
    "Process",
    "PublicAccessBlock",
    "PublicCopy",
    "PublicImages",
    "PublicSnapshots",
    "RdsDatabases",
    "Reach",
    "RedshiftClusters",
    "RelayAttempt",
    "Release",
    "ReleaseSupport",
    "ReportAddress",
    "RepositoryLeaks",
    "ResourcePolicies",
    "ResourcePolicy",
    "RuntimeLives",
    "S3AccessPoint",
    "S3Bucket",
    "S3Buckets",
    "SearchDomain",
    "SearchDomains",
    "Security",
    "SecurityGroup",
    "SendingHost",
    "SendingHosts",
    "Sends",
    "ServerFlaws",
    "ServerKey",
    "ServerKeys",
    "Service",
    "ServiceUse",
    "Services",
    "Severity",
    "SharedPrime",
    "Socket",
    "SoftwareFlaws",
    "SpfPolicy",
    "SpfRecord",
    "SpfResult",
    "SpfTerm",
    "SshAuthorities",
    "SshHostTrust",
    "SshLog",
    "SshOffer",
    "SshOffers",
    "SshServer",
    "SshdContext",
    "StackLeaks",
    "StaleProcess",
    "StaleProcesses",
    "SudoRule",
    "SudoRules",
    "Support",
    "Taken",
    "TaskDefinitionLeaks",
    "TlsEndpoint",
    "TlsEndpoints",
    "TlsName",
    "TlsNames",
    "TlsReporting",
    "TlsaRecord",
    "Transcript",
    "Trust",
    "Unavailable",
    "UnfixedPackage",
    "UnseenKeys",
    "UnsupportedPackage",
    "UnsupportedPackages",
    "UpdateSource",
    "UpdateSources",
    "UserData",
    "UserPool",
    "UserPools",
    "UserUse",
    "Vantage",
    "Verdict",
    "VersionLife",
    "WeakSuite",
    "WebSite",
    "WebSites",
    "Whom",
    "Why",
    "check",
    "fail",
    "not_applicable",
    "not_assessed",
    "passed",
]  # fmt: skip

CheckFunction = Callable[..., Iterable[Verdict]]
_ID = re.compile(r"[a-z]+\.[a-z0-9]+(-[a-z0-9]+)*")


@dataclass(frozen=True, slots=True)
class Check:
    """A check: what it is called, which facts it needs, and the function that judges them.

    `needs` are (parameter, fact); `spared` are the facts among them that it can do without.
    """

    info: CheckInfo
    needs: tuple[tuple[str, type[Any]], ...]
    judge: CheckFunction
    spared: frozenset[type[Any]] = frozenset()

    @property
    def id(self) -> str:
        """The check's name, ``family.name``."""
        return self.info.id

    @property
    def doc(self) -> str:
        """The function's docstring: what the check means and when it is wrong."""
        return self.judge.__doc__ or ""


def check(
    check_id: str, *, title: str, clause: str, severity: Severity, controls: tuple[str, ...] = ()
) -> Callable[[CheckFunction], Check]:
    """Make a function a check.

    Args:
        check_id: ``family.name-with-dashes``; the family is that of the folder: exposure, packages, mfa, keys, email.
        title: what is wrong when it fails, one line.
        clause: the policy's clause it gives evidence for.
        severity: of a failure, unless the verdict says another.
        controls: ``framework@edition:control`` that the outcome is evidence for, e.g. ``cis@8.1:4.4``.

    Raises:
        TypeError: the id has another form, a parameter has no type, there is no parameter, or there is no docstring.
    """

    def made(function: CheckFunction) -> Check:
        if not _ID.fullmatch(check_id):
            raise TypeError(f"a check's id is family.name-with-dashes, not {check_id!r}")
        if not (function.__doc__ or "").strip():
            raise TypeError(f"{check_id}: the docstring is the check's documentation; write one")
        hints = {name: hint for name, hint in get_type_hints(function).items() if name != "return"}
        names = function.__code__.co_varnames[: function.__code__.co_argcount]
        if not names or set(names) != set(hints):
            raise TypeError(f"{check_id}: every parameter is a fact and needs its type")
        facts = {name: _fact(hints[name]) for name in names}
        return Check(
            info=CheckInfo(check_id, title, clause, severity, controls),
            needs=tuple(facts.items()),
            judge=function,
            spared=frozenset(facts[name] for name in names if facts[name] is not hints[name]),
        )

    return made


def _fact(hint: Any) -> Any:
    """The fact that a parameter's type means: ``SshLog | Unavailable`` means SshLog."""
    meant = [one for one in get_args(hint) if one is not Unavailable]
    return meant[0] if len(meant) == 1 and Unavailable in get_args(hint) else hint


def fail(
    summary: str, *, subject: str = "", severity: Severity | None = None, evidence: Iterable[Evidence] = (),
    **details: Detail,
) -> Verdict:  # fmt: skip
    """The problem is there. `details` are what the remediation text is rendered with."""
    return Verdict(Outcome.FAIL, summary, subject, severity, tuple(evidence), tuple(sorted(details.items())))


def passed(summary: str, *, subject: str = "", evidence: Iterable[Evidence] = ()) -> Verdict:
    """It was looked at, and is in order."""
    return Verdict(Outcome.PASS, summary, subject, evidence=tuple(evidence))


def not_applicable(summary: str, *, subject: str = "") -> Verdict:
    """The question does not arise here: there is no such service, file or account."""
    return Verdict(Outcome.NOT_APPLICABLE, summary, subject)


def not_assessed(reason: str, *, subject: str = "", evidence: Iterable[Evidence] = ()) -> Verdict:
    """It could not be looked at; say why, and what would change that."""
    return Verdict(Outcome.NOT_ASSESSED, reason, subject, evidence=tuple(evidence))
