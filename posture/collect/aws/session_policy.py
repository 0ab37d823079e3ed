"""What the audit may ask of an account: the permissions of its role, and the bounds of each login.

The role's policy is printed for the customer. Each login is narrowed by a session policy besides (AssumeRole, Policy:
what holds is the intersection), so that the audit stays read-only even where the customer granted more.
"""

from __future__ import annotations

import json
from fnmatch import fnmatchcase

ACTIONS: tuple[str, ...] = (
    "cloudformation:DescribeStacks",
    "codebuild:BatchGetProjects", "codebuild:ListProjects",
    "cognito-idp:DescribeUserPool", "cognito-idp:ListGroups", "cognito-idp:ListUserPools",
    "ec2:DescribeImages", "ec2:DescribeInstanceAttribute", "ec2:DescribeInstances",
    "ec2:DescribeLaunchTemplateVersions", "ec2:DescribeManagedPrefixLists",
    "ec2:DescribeNetworkInterfaces", "ec2:DescribeRegions", "ec2:DescribeRouteTables", "ec2:DescribeSecurityGroups",
    "ec2:DescribeSnapshots",
    "ec2:GetManagedPrefixListEntries", "ec2:GetSnapshotBlockPublicAccessState",
    "ecr:DescribeRepositories", "ecr:GetRepositoryPolicy",
    "ecs:DescribeTaskDefinition", "ecs:ListTaskDefinitions",
    "eks:DescribeCluster", "eks:ListClusters",
    "elasticache:DescribeCacheClusters", "elasticache:DescribeReplicationGroups",
    "elasticloadbalancing:DescribeListeners", "elasticloadbalancing:DescribeLoadBalancerPolicies",
    "elasticloadbalancing:DescribeLoadBalancers",
    "es:DescribeDomains", "es:ListDomainNames",
    "iam:GenerateCredentialReport", "iam:GenerateServiceLastAccessedDetails", "iam:GetAccountAuthorizationDetails",
    "iam:GetAccountPasswordPolicy", "iam:GetAccountSummary", "iam:GetCredentialReport",
    "iam:GetServiceLastAccessedDetails", "iam:ListMFADevices", "iam:ListOrganizationsFeatures",
    "iam:ListServiceSpecificCredentials",
    "iam:ListVirtualMFADevices",
    "kms:GetKeyPolicy", "kms:ListAliases", "kms:ListKeys",
    "lambda:GetPolicy", "lambda:ListFunctionUrlConfigs", "lambda:ListFunctions",
    "organizations:ListAccounts",
    "rds:DescribeDBClusterSnapshotAttributes", "rds:DescribeDBClusterSnapshots", "rds:DescribeDBClusters",
    "rds:DescribeDBInstances", "rds:DescribeDBSnapshotAttributes", "rds:DescribeDBSnapshots",
    "redshift:DescribeClusters",
    "s3:GetAccessPoint", "s3:GetAccessPointPolicy", "s3:GetAccountPublicAccessBlock", "s3:GetBucketAcl",
    "s3:GetBucketPolicy", "s3:GetBucketPublicAccessBlock", "s3:GetBucketVersioning", "s3:ListAccessPoints",
    "s3:ListAllMyBuckets",
    "secretsmanager:GetResourcePolicy", "secretsmanager:ListSecrets",
    "sns:GetTopicAttributes", "sns:ListTopics",
    "sqs:GetQueueAttributes", "sqs:ListQueues",
    "ssm:DescribeInstanceInformation", "ssm:DescribeInstancePatchStates", "ssm:DescribeParameters",
    "sso:ListInstances",
)  # fmt: skip
"""All that the role needs, and nothing that reads a customer's data: no object, message, parameter or secret."""

_PATTERNS: tuple[str, ...] = (
    "cloudformation:DescribeStacks",
    "codebuild:BatchGetProjects",
    "codebuild:ListProjects",
    "cognito-idp:DescribeUserPool",
    "cognito-idp:ListGroups",
    "cognito-idp:ListUserPools",
    "ec2:Describe*",
    "ec2:GetManagedPrefixListEntries",
    "ec2:GetSnapshotBlockPublicAccessState",
    "ecr:DescribeRepositories",
    "ecr:GetRepositoryPolicy",
    "ecs:DescribeTaskDefinition",
    "ecs:List*",
    "eks:Describe*",
    "eks:List*",
    "elasticache:Describe*",
    "elasticloadbalancing:Describe*",
    "es:Describe*",
    "es:List*",
    "iam:Generate*",
    "iam:Get*",
    "iam:List*",
    "kms:GetKeyPolicy",
    "kms:List*",
    "lambda:GetPolicy",
    "lambda:List*",
    "organizations:ListAccounts",
    "rds:Describe*",
    "redshift:DescribeClusters",
    "s3:GetAcc*",
    "s3:GetBucket*",
    "s3:ListA*",
    "secretsmanager:GetResourcePolicy",
    "secretsmanager:ListSecrets",
    "sns:GetTopicAttributes",
    "sns:ListTopics",
    "sqs:GetQueueAttributes",
    "sqs:ListQueues",
    "ssm:DescribeInstance*",
    "ssm:DescribeParameters",
    "sso:List*",
)

NEVER: tuple[str, ...] = (
    "cognito-idp:DescribeIdentityProvider", "cognito-idp:DescribeUserPoolClient",
    "cognito-idp:ListUsers", "dynamodb:GetItem", "ec2:GetConsoleOutput", "ec2:GetConsoleScreenshot",
    "ec2:GetPasswordData", "ecr:GetAuthorizationToken", "ecs:DescribeTasks", "kms:Decrypt", "lambda:GetFunction",
    "s3:GetObject", "s3:ListBucket", "secretsmanager:GetSecretValue", "sqs:ReceiveMessage", "ssm:GetParameter",
    "ssm:GetParameterHistory", "ssm:GetParameters", "ssm:GetParametersByPath", "sts:AssumeRole",
)  # fmt: skip
"""What no login of the audit may do whatever the customer grants."""

LONGEST = 2048  # characters of a session policy (AssumeRole, Policy)


def permitted(action: str) -> bool:
    """Whether a login of the audit could be allowed to do this."""
    return any(fnmatchcase(action.lower(), pattern.lower()) for pattern in _PATTERNS)


def session_policy() -> str:
    """The bounds of a login, as the JSON text that AssumeRole takes."""
    return _policy(_PATTERNS)


def role_policy() -> str:
    """The policy that the customer gives to the role, as JSON."""
    return json.dumps(json.loads(_policy(ACTIONS)), indent=2)


def _policy(actions: tuple[str, ...]) -> str:
    statement = {"Effect": "Allow", "Action": list(actions), "Resource": "*"}
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]}, separators=(",", ":"))
