"""The parts of an AWS account that are read, each by a function of its own: a fault of one leaves the others whole."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from posture.collect.aws.asked import Asked
from posture.collect.aws.buckets import read_buckets
from posture.collect.aws.compute import read_instances
from posture.collect.aws.copies import read_public_images, read_public_snapshots
from posture.collect.aws.databases import read_caches, read_rds, read_redshift
from posture.collect.aws.endpoints import read_eks, read_search_domains
from posture.collect.aws.environments import read_build_projects, read_stacks, read_task_definitions
from posture.collect.aws.function_urls import read_function_urls
from posture.collect.aws.functions import read_functions
from posture.collect.aws.iam import read_iam
from posture.collect.aws.identity import read_identity_centers, read_user_pools
from posture.collect.aws.last_accessed import read_last_use
from posture.collect.aws.load_balancers import read_load_balancers
from posture.collect.aws.logins import (
    read_account_summary,
    read_credentials,
    read_organization_features,
    read_password_policy,
)
from posture.collect.aws.network import read_network
from posture.collect.aws.parameters import read_parameters
from posture.collect.aws.patches import read_patches
from posture.collect.aws.policies import read_policies
from posture.collect.aws.service_credentials import read_service_credentials
from posture.collect.aws.user_data import read_launch_templates, read_user_data
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
from posture.facts.aws.resource_policies import ResourcePolicies
from posture.facts.factset import Facts


@dataclass(frozen=True, slots=True)
class Reader:
    """`read` brings the facts of `types`; it may raise Unanswered, then all of them are unavailable for that reason."""

    types: tuple[type[Any], ...]
    read: Callable[[Asked], Facts]


def readers() -> tuple[Reader, ...]:
    """All of them."""
    return (
        Reader((IamAuthorizations,), read_iam),
        Reader((LambdaFunctions,), read_functions),
        Reader((FunctionUrls,), read_function_urls),
        Reader((S3Buckets,), read_buckets),
        Reader((ResourcePolicies,), read_policies),
        Reader((CredentialReport, AwsMfaDevices), read_credentials),
        Reader((AwsLastUse,), read_last_use),
        Reader((AwsAccountSummary,), read_account_summary),
        Reader((AwsServiceCredentials,), read_service_credentials),
        Reader((AwsPasswordPolicy,), read_password_policy),
        Reader((AwsOrganizationFeatures,), read_organization_features),
        Reader((IdentityCenters,), read_identity_centers),
        Reader((UserPools,), read_user_pools),
        Reader((Ec2Instances,), read_instances),
        Reader((AwsNetwork,), read_network),
        Reader((PublicSnapshots,), read_public_snapshots),
        Reader((PublicImages,), read_public_images),
        Reader((RdsDatabases,), read_rds),
        Reader((RedshiftClusters,), read_redshift),
        Reader((CacheClusters,), read_caches),
        Reader((EksClusters,), read_eks),
        Reader((SearchDomains,), read_search_domains),
        Reader((LoadBalancers,), read_load_balancers),
        Reader((InstanceUserData,), read_user_data),
        Reader((LaunchTemplateLeaks,), read_launch_templates),
        Reader((TaskDefinitionLeaks,), read_task_definitions),
        Reader((BuildProjectLeaks,), read_build_projects),
        Reader((StackLeaks,), read_stacks),
        Reader((PlainParameters,), read_parameters),
        Reader((InstancePatches,), read_patches),
    )
