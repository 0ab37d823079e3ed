from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from posture.facts.accounts import Accounts
from posture.facts.authorized_keys import AuthorizedKeys
from posture.facts.aws.buckets import S3Buckets
from posture.facts.aws.copies import PublicImages, PublicSnapshots
from posture.facts.aws.databases import CacheClusters, RdsDatabases, RedshiftClusters
from posture.facts.aws.endpoints import EksClusters, LoadBalancers, SearchDomains
from posture.facts.aws.function_urls import FunctionUrls
from posture.facts.aws.functions import LambdaFunctions
from posture.facts.aws.iam import IamAuthorizations
from posture.facts.aws.identity import IdentityCenters, UserPools
from posture.facts.aws.instances import Ec2Instances
from posture.facts.aws.last_use import AwsLastUse
from posture.facts.aws.leaks import (
    BuildProjectLeaks,
    InstanceUserData,
    LaunchTemplateLeaks,
    PlainParameters,
    StackLeaks,
    TaskDefinitionLeaks,
)
from posture.facts.aws.lives import ClusterLives, DatabaseLives, RuntimeLives
from posture.facts.aws.logins import (
    AwsAccountSummary,
    AwsMfaDevices,
    AwsOrganizationFeatures,
    AwsPasswordPolicy,
    AwsServiceCredentials,
    CredentialReport,
)
from posture.facts.aws.network import AwsNetwork
from posture.facts.aws.patches import InstancePatches
from posture.facts.aws.powers import AwsOpenings, AwsPowers, AwsTrusts
from posture.facts.aws.resource_policies import ResourcePolicies
from posture.facts.email.dkim import DkimKeys
from posture.facts.email.dmarc import DmarcPolicy
from posture.facts.email.routing import MailRouting, SendingHosts
from posture.facts.email.servers import MailServers
from posture.facts.email.spf import SpfPolicy
from posture.facts.email.transport import BrandIndicator, MtaSts, TlsReporting
from posture.facts.email.use import ForgedMail, MailUse
from posture.facts.email.zone import DnsZone
from posture.facts.flaws import ApplicationFlaws, LanguageFlaws, ServerFlaws
from posture.facts.fleet import FleetKeys
from posture.facts.host import KernelState, ListeningSockets, OsRelease
from posture.facts.key_flaws import KeyFlaws
from posture.facts.leaks import HostLeaks, RepositoryLeaks
from posture.facts.network import PortSweep
from posture.facts.packages import InstalledPackages, PendingUpdates, ReleaseSupport, UnsupportedPackages
from posture.facts.pam import PamStack
from posture.facts.people import DirectoryAccounts
from posture.facts.private_keys import PrivateKeys
from posture.facts.services import Services
from posture.facts.software import InstalledApplications, LanguagePackages, StaleProcesses
from posture.facts.ssh_log import SshLog
from posture.facts.ssh_offers import SshOffers
from posture.facts.ssh_trust import SshHostTrust
from posture.facts.sshd import ServerKeys, SshAuthorities, SshServer
from posture.facts.sudo import SudoRules
from posture.facts.tls import TlsEndpoints
from posture.facts.tls_names import TlsNames
from posture.facts.unavailable import Unavailable
from posture.facts.updates import AutomaticUpdates, UpdateSources
from posture.facts.web import WebSites
from posture.model.resource import ResourceKind

Facts = Mapping[type[Any], Any]
"""Fact type -> a value of that type, or Unavailable. Every type of the resource's kind is a key."""

INSIDE: tuple[type[Any], ...] = (
    OsRelease,
    KernelState,
    ListeningSockets,
    Accounts,
    SshHostTrust,
    SshServer,
    PamStack,
    ServerKeys,
    AuthorizedKeys,
    SshAuthorities,
    SshLog,
    SudoRules,
    PrivateKeys,
    HostLeaks,
    InstalledPackages,
    UpdateSources,
    AutomaticUpdates,
    StaleProcesses,
    LanguagePackages,
    InstalledApplications,
)
"""What a host says from inside, over SSH or locally."""

OUTSIDE: tuple[type[Any], ...] = (PortSweep, TlsEndpoints, WebSites, SshOffers, MailServers, TlsNames)
"""What a host says to the network."""

AWS: tuple[type[Any], ...] = (
    IamAuthorizations,
    ResourcePolicies,
    LambdaFunctions,
    FunctionUrls,
    S3Buckets,
    Ec2Instances,
    EksClusters,
    LoadBalancers,
    SearchDomains,
    PublicImages,
    PublicSnapshots,
    CacheClusters,
    RdsDatabases,
    RedshiftClusters,
    AwsNetwork,
    CredentialReport,
    AwsMfaDevices,
    AwsLastUse,
    AwsAccountSummary,
    AwsPasswordPolicy,
    AwsOrganizationFeatures,
    AwsServiceCredentials,
    IdentityCenters,
    UserPools,
    InstanceUserData,
    LaunchTemplateLeaks,
    TaskDefinitionLeaks,
    BuildProjectLeaks,
    StackLeaks,
    PlainParameters,
    InstancePatches,
)
"""What an AWS account says of itself."""

DOMAIN: tuple[type[Any], ...] = (
    DnsZone,
    SpfPolicy,
    MtaSts,
    TlsReporting,
    BrandIndicator,
    DkimKeys,
    DmarcPolicy,
    MailRouting,
    MailServers,
    SendingHosts,
)
"""What the DNS and the mail servers say of a domain."""

COLLECTED: Mapping[ResourceKind, tuple[type[Any], ...]] = {
    ResourceKind.HOST: (*OUTSIDE, *INSIDE),
    ResourceKind.REPOSITORY: (RepositoryLeaks,),
    ResourceKind.AWS_ACCOUNT: AWS,
    ResourceKind.ACCOUNTS: (DirectoryAccounts,),
    ResourceKind.DOMAIN: DOMAIN,
    ResourceKind.ALL_HOSTS: (FleetKeys,),  # by the hosts' own looks
}
"""What collectors bring for a kind of resource. A kind that is not here cannot be looked at yet."""

DERIVED: Mapping[ResourceKind, tuple[type[Any], ...]] = {
    ResourceKind.HOST: (
        Services,
        PendingUpdates,
        ReleaseSupport,
        UnsupportedPackages,
        LanguageFlaws,
        ApplicationFlaws,
        ServerFlaws,
        KeyFlaws,
    ),
    ResourceKind.AWS_ACCOUNT: (AwsPowers, AwsTrusts, AwsOpenings, RuntimeLives, DatabaseLives, ClusterLives),
    ResourceKind.DOMAIN: (MailUse, ForgedMail),
}
"""What is concluded from collected facts before the checks see them."""


def known_for(kind: ResourceKind) -> frozenset[type[Any]]:
    """The fact types a check on this kind of resource may ask for."""
    return frozenset((*COLLECTED.get(kind, ()), *DERIVED.get(kind, ())))


def without(reason: str, types: tuple[type[Any], ...]) -> dict[type[Any], Any]:
    """All these facts unavailable for one reason."""
    return dict.fromkeys(types, Unavailable(reason))
