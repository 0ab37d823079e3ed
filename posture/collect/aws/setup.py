"""How an AWS account is opened for the audit: a CloudFormation template that its owner reads and deploys."""

from __future__ import annotations

import json
import re

from posture.collect.aws.session_policy import role_policy

PRINCIPAL = re.compile(r"arn:aws[a-z-]*:iam::[0-9]{12}:(root|user/[\w+=,.@/-]{1,512}|role/[\w+=,.@/-]{1,512})")
"""Who of the auditor's account may take the role; ``root`` is everybody of that account whom it allows to."""
EXTERNAL_ID = re.compile(r"[\w+=,.@:/-]{16,1224}")
"""What AssumeRole takes (2 to 1,224 characters), and long enough that nobody guesses it."""


def template(role_path: str, principal: str, external_id: str) -> str:
    """The template, as JSON: one role that only `principal` may take, with the external id, and only to read.

    `role_path` is what follows ``:role`` in the role's ARN (``/PostureAudit``). Its permissions are what this version
    asks, action by action; AWS's own SecurityAudit would do as well, and grants more.
    """
    path, _, name = role_path.rpartition("/")
    trust = {
        "Effect": "Allow",
        "Principal": {"AWS": principal},
        "Action": "sts:AssumeRole",
        "Condition": {"StringEquals": {"sts:ExternalId": external_id}},
    }
    role = {
        "Type": "AWS::IAM::Role",
        "Properties": {
            "RoleName": name,
            "Path": f"{path}/",
            "Description": "Lets Posture read the configuration that it audits",
            "MaxSessionDuration": 3600,
            "AssumeRolePolicyDocument": {"Version": "2012-10-17", "Statement": [trust]},
            "Policies": [{"PolicyName": "read-what-is-audited", "PolicyDocument": json.loads(role_policy())}],
        },
    }
    return json.dumps(
        {
            "AWSTemplateFormatVersion": "2010-09-09",
            "Description": "A role for Posture's audit. Delete the stack to end all access.",
            "Resources": {"AuditRole": role},
            "Outputs": {"RoleArn": {"Value": {"Fn::GetAtt": ["AuditRole", "Arn"]}}},
        },
        indent=2,
    )
