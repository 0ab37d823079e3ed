"""An AWS account with planted faults and look-alikes, and the truth about it, written down as it is built.

The same seed and scale give the same account. Scale 1 is 300 users, 100 roles, 200 policies, 300 security groups, 100
instances, 100 buckets and 50 functions in three regions.
"""

from __future__ import annotations

import io
import json
import random
import zipfile
from collections import defaultdict
from dataclasses import dataclass, field
from typing import Any

from aws_server import AwsServer

REGIONS = ("us-east-1", "eu-central-1", "eu-west-1")
STRANGER = "999988887777"
FEDERATED = "trust-federated"
OIDC = "token.actions.githubusercontent.com"
IDS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"
KEYS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789/+"
SERVICES = ((22, "tcp"), (3389, "tcp"), (3306, "tcp"), (5432, "tcp"), (6379, "tcp"), (27017, "tcp"), (11211, "udp"),
            (9200, "tcp"), (23, "tcp"), (445, "tcp"))  # fmt: skip


def statement(action: object, resource: object = "*", effect: str = "Allow", **more: object) -> dict[str, object]:
    """One statement of a policy."""
    return {"Effect": effect, "Action": action, "Resource": resource, **more}


def policy(*statements: dict[str, object]) -> str:
    """A policy as JSON."""
    return json.dumps({"Version": "2012-10-17", "Statement": list(statements)})


def trust(principal: object, action: str = "sts:AssumeRole", **more: object) -> str:
    """A trust policy as JSON."""
    return policy({"Effect": "Allow", "Principal": principal, "Action": action, **more})


@dataclass(slots=True)
class Account:
    """What is built, and the truth: `bad` by kind of fault, and `fine`, what looks like one and is none."""

    server: AwsServer
    number: str
    scale: float = 1.0
    bad: dict[str, set[str]] = field(default_factory=lambda: defaultdict(set))
    fine: dict[str, set[str]] = field(default_factory=lambda: defaultdict(set))
    secrets: list[str] = field(default_factory=list)  # in clear: no output may hold one
    dice: random.Random = field(default_factory=lambda: random.Random(7))
    policies: dict[str, str] = field(default_factory=dict)
    roles: list[str] = field(default_factory=list)
    _clients: dict[tuple[str, str], Any] = field(default_factory=dict)

    def client(self, service: str, region: str = "us-east-1") -> Any:
        """A client, made once."""
        if (service, region) not in self._clients:
            self._clients[service, region] = self.server.client(service, self.number, region)
        return self._clients[service, region]

    def many(self, number: int) -> int:
        """So many at this scale."""
        return max(4, int(number * self.scale))

    def judged(self, kind: str, name: str, *, is_bad: bool) -> None:
        """Write down one truth."""
        (self.bad if is_bad else self.fine)[kind].add(name)

    def token(self, alphabet: str, length: int) -> str:
        """A secret of its own."""
        made = "".join(self.dice.choice(alphabet) for _ in range(length))
        self.secrets.append(made)
        return made


def build(server: AwsServer, number: str, scale: float = 1.0) -> Account:
    """Build the account in the server."""
    account = Account(server, number, scale)
    _policies(account)
    _users(account)
    _roles(account)
    for index, region in enumerate(REGIONS):
        _network(account, region, index)
        _functions(account, region, index)
    _buckets(account)
    _databases(account)
    return account


def _cases(number: str) -> list[tuple[str, str, str, bool]]:
    """Name, policy, what principals become that have it, and whether they really do."""
    own = f"arn:aws:iam::{number}"
    mfa = {"Bool": {"aws:MultiFactorAuthPresent": "true"}}
    escalating = {
        "escalate-pass-role-ec2": policy(statement(["iam:PassRole", "ec2:RunInstances"])),
        "escalate-pass-role-lambda": policy(
            statement(["iam:PassRole", "lambda:CreateFunction", "lambda:InvokeFunction"])
        ),
        "escalate-attach": policy(statement("iam:AttachUserPolicy")),
        "escalate-put": policy(statement("iam:Put*")),
        "escalate-version": policy(statement("iam:CreatePolicyVersion")),
        "escalate-key": policy(statement("iam:CreateAccessKey")),
        "escalate-login": policy(statement(["iam:UpdateLoginProfile", "iam:CreateLoginProfile"])),
        "escalate-trust": policy(statement(["iam:UpdateAssumeRolePolicy", "sts:AssumeRole"])),
        "escalate-case": policy(statement("IAM:attachrolepolicy")),
        "escalate-question": policy(statement("iam:PutUserPolic?")),
        "escalate-iam": policy(statement("s3:Get*"), statement("iam:*"), statement("ec2:*")),
    }
    admin = {
        "admin-star": policy(statement("*")),
        "admin-list": policy(statement(["*"], ["*"])),
        "admin-colon": policy(statement("*:*")),
        "admin-not-action": policy({"Effect": "Allow", "NotAction": "aws-portal:*", "Resource": "*"}),
    }
    near_admin = {
        "near-denied": policy(statement("*"), statement("*", effect="Deny")),
        "near-one-bucket": policy(statement("*", "arn:aws:s3:::only-this/*")),
    }
    near_escalation = {
        "near-iam-denied": policy(statement("iam:*"), statement("iam:*", effect="Deny")),
        "near-pass-role": policy(statement("iam:PassRole", f"{own}:role/app")),
        "near-own-keys": policy(
            statement(["iam:CreateAccessKey", "iam:UpdateLoginProfile"], f"{own}:user/${{aws:username}}")
        ),
        "near-read": policy(statement(["s3:GetObject"], "arn:aws:s3:::app/*")),
    }
    with_mfa = {"admin-with-mfa": policy(statement("*", Condition=mfa))}
    return [
        *((name, text, "admin", True) for name, text in admin.items()),
        *((name, text, "escalation", True) for name, text in escalating.items()),
        *((name, text, "admin", False) for name, text in near_admin.items()),
        *((name, text, "escalation", False) for name, text in near_escalation.items()),
        *((name, text, "admin-with-mfa", True) for name, text in with_mfa.items()),
    ]


def _policies(account: Account) -> None:
    iam = account.client("iam")
    documents = [(name, text) for name, text, _, _ in _cases(account.number)]
    for index in range(len(documents), account.many(200)):
        harmless = policy(
            statement(["s3:GetObject", "s3:PutObject"], f"arn:aws:s3:::app-{index:03d}/*"),
            statement(["dynamodb:GetItem"], f"arn:aws:dynamodb:us-east-1:{account.number}:table/t{index:03d}"),
        )
        documents.append((f"app-{index:03d}", harmless))
    for name, text in documents:
        account.policies[name] = iam.create_policy(PolicyName=name, PolicyDocument=text)["Policy"]["Arn"]


def _users(account: Account) -> None:
    """Plain users, then one for each labelled policy, and one whose two policies escalate only together."""
    iam = account.client("iam")
    for index in range(account.many(300)):
        age = {0: 400, 1: 120}.get(index % 5, 10)
        account.server.clock(age)
        name = f"user-{index:03d}"
        iam.create_user(UserName=name)
        _login(account, name, index)
        _keys(account, name, index, age)
    account.server.clock(0)
    for name, _, kind, really in _cases(account.number):
        _with_policies(account, f"has-{name}", [name])
        account.judged(kind, f"has-{name}", is_bad=really)
    halves = (
        ("half-pass", policy(statement("iam:PassRole"))),
        ("half-run", policy(statement("ec2:RunInstances"))),
    )
    for name, text in halves:
        account.policies[name] = iam.create_policy(PolicyName=name, PolicyDocument=text)["Policy"]["Arn"]
    _with_policies(account, "has-both-halves", ["half-pass", "half-run"])
    account.judged("escalation", "has-both-halves", is_bad=True)
    _with_policies(account, "has-one-half", ["half-run"])
    account.judged("escalation", "has-one-half", is_bad=False)
    _group_admin(account)
    _bounded(account)
    _console_admins(account)


def _with_policies(account: Account, user: str, names: list[str]) -> None:
    iam = account.client("iam")
    iam.create_user(UserName=user)
    for name in names:
        iam.attach_user_policy(UserName=user, PolicyArn=account.policies[name])


def _group_admin(account: Account) -> None:
    iam = account.client("iam")
    iam.create_group(GroupName="operators")
    iam.put_group_policy(GroupName="operators", PolicyName="all", PolicyDocument=policy(statement("*")))
    iam.create_user(UserName="by-group")
    iam.add_user_to_group(GroupName="operators", UserName="by-group")
    account.judged("admin", "by-group", is_bad=True)


def _bounded(account: Account) -> None:
    """A role with all rights and a boundary that leaves it to read (moto has no boundary of users)."""
    iam = account.client("iam")
    iam.create_role(
        RoleName="bounded",
        AssumeRolePolicyDocument=trust({"Service": "ec2.amazonaws.com"}),
        PermissionsBoundary=account.policies["near-read"],
    )
    iam.put_role_policy(RoleName="bounded", PolicyName="all", PolicyDocument=policy(statement("*")))
    account.judged("role-admin", "bounded", is_bad=False)


def _console_admins(account: Account) -> None:
    """Two administrators with a password: one with an app for codes, one with a device that makes them."""
    iam = account.client("iam")
    for name, index in (("boss", 1), ("chief", 5)):
        _with_policies(account, name, ["admin-star"])
        account.judged("admin", name, is_bad=True)
        iam.create_login_profile(UserName=name, Password="Aa1!" + "x" * 12)
        _device(account, name, index)
        account.judged("phishable", name, is_bad=True)


def _device(account: Account, name: str, index: int) -> None:
    iam = account.client("iam")
    serial = f"GAHT{index:08d}"
    if index % 12 != 5:
        serial = iam.create_virtual_mfa_device(VirtualMFADeviceName=name)["VirtualMFADevice"]["SerialNumber"]
    iam.enable_mfa_device(
        UserName=name, SerialNumber=serial, AuthenticationCode1="123456", AuthenticationCode2="654321"
    )


def _login(account: Account, name: str, index: int) -> None:
    iam = account.client("iam")
    console, mfa = index % 3 == 0, index % 4 != 0
    if console:
        iam.create_login_profile(UserName=name, Password="Aa1!" + "x" * 12)
    if mfa:
        _device(account, name, index)
    if not mfa:
        account.judged("console-without-mfa", name, is_bad=console)


def _keys(account: Account, name: str, index: int, age: int) -> None:
    iam = account.client("iam")
    active = 0
    for number in range((index % 7 == 0) * 2 or index % 2):
        made = iam.create_access_key(UserName=name)["AccessKey"]
        account.secrets.append(made["SecretAccessKey"])
        if number == 1 and index % 14 == 0:
            iam.update_access_key(UserName=name, AccessKeyId=made["AccessKeyId"], Status="Inactive")
        else:
            active += 1
    if active:
        account.judged("key-old", name, is_bad=age > 90)
        account.judged("key-never-used", name, is_bad=age > 90)
    if index % 7 == 0:
        account.judged("two-keys", name, is_bad=active == 2)


def _roles(account: Account) -> None:
    iam = account.client("iam")
    provider = {"Federated": f"arn:aws:iam::{account.number}:oidc-provider/{OIDC}"}
    web = "sts:AssumeRoleWithWebIdentity"
    stranger = {"AWS": f"arn:aws:iam::{STRANGER}:root"}
    subject, audience = f"{OIDC}:sub", f"{OIDC}:aud"
    main = {subject: "repo:acme/app:ref:refs/heads/main", audience: "sts.amazonaws.com"}
    organization = {"StringEquals": {"aws:PrincipalOrgID": "o-abcdefghij"}}
    with_id = {"StringEquals": {"sts:ExternalId": "5f1c"}}
    cases = [
        ("open-star", trust({"AWS": "*"}), "trust-anyone", True),
        ("open-bare", trust("*"), "trust-anyone", True),
        ("open-list", trust({"AWS": ["*"]}), "trust-anyone", True),
        ("organization", trust({"AWS": "*"}, Condition=organization), "trust-anyone", False),
        ("same-account", trust({"AWS": f"arn:aws:iam::{account.number}:root"}), "trust-anyone", False),
        ("stranger", trust(stranger), "trust-third-party", True),
        ("with-id", trust(stranger, Condition=with_id), "trust-third-party", False),
        (
            "oidc-any",
            trust(provider, web, Condition={"StringEquals": {audience: "sts.amazonaws.com"}}),
            FEDERATED,
            True,
        ),
        ("oidc-wild", trust(provider, web, Condition={"StringLike": {subject: "repo:*"}}), FEDERATED, True),
        ("oidc-fine", trust(provider, web, Condition={"StringEquals": main}), FEDERATED, False),
    ]
    for name, text, kind, really in cases:
        iam.create_role(RoleName=name, AssumeRolePolicyDocument=text)
        account.judged(kind, name, is_bad=really)
    for index in range(len(cases), account.many(100)):
        name = f"role-{index:03d}"
        service = account.dice.choice(["ec2.amazonaws.com", "lambda.amazonaws.com", "ecs-tasks.amazonaws.com"])
        iam.create_role(RoleName=name, AssumeRolePolicyDocument=trust({"Service": service}))
        iam.attach_role_policy(RoleName=name, PolicyArn=account.policies["near-read"])
        if index % 25 == 13:
            iam.put_role_policy(RoleName=name, PolicyName="all", PolicyDocument=policy(statement("*")))
            account.judged("role-admin", name, is_bad=True)
        account.roles.append(f"arn:aws:iam::{account.number}:role/{name}")
    services = ["ec2.amazonaws.com", "lambda.amazonaws.com"]
    iam.create_role(RoleName="deploy", AssumeRolePolicyDocument=trust({"Service": services}))
    iam.put_role_policy(RoleName="deploy", PolicyName="all", PolicyDocument=policy(statement("*")))
    account.judged("role-admin", "deploy", is_bad=True)
    iam.create_role(RoleName="job", AssumeRolePolicyDocument=trust({"Service": "lambda.amazonaws.com"}))
    account.roles.append(f"arn:aws:iam::{account.number}:role/job")


def _rule(port: int, protocol: str, **sources: object) -> dict[str, object]:
    return {"IpProtocol": protocol, "FromPort": port, "ToPort": port, **sources}


def _network(account: Account, region: str, index: int) -> None:
    """Groups, instances with public addresses behind an internet gateway, snapshots, an image."""
    ec2 = account.client("ec2", region)
    vpc = ec2.create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"]
    subnet = ec2.create_subnet(VpcId=vpc, CidrBlock="10.0.0.0/20")["Subnet"]["SubnetId"]
    gateway = ec2.create_internet_gateway()["InternetGateway"]["InternetGatewayId"]
    ec2.attach_internet_gateway(InternetGatewayId=gateway, VpcId=vpc)
    table = ec2.create_route_table(VpcId=vpc)["RouteTable"]["RouteTableId"]
    ec2.create_route(RouteTableId=table, DestinationCidrBlock="0.0.0.0/0", GatewayId=gateway)
    ec2.associate_route_table(RouteTableId=table, SubnetId=subnet)
    groups = [_group(account, ec2, vpc, number) for number in range(index, account.many(300), len(REGIONS))]
    instances = [
        _instance(account, ec2, subnet, groups, number) for number in range(index, account.many(100), len(REGIONS))
    ]
    for number in range(account.many(20) // len(REGIONS) + 1):
        volume = ec2.create_volume(Size=8, AvailabilityZone=f"{region}a")["VolumeId"]
        snapshot = ec2.create_snapshot(VolumeId=volume)["SnapshotId"]
        if number == 0:
            ec2.modify_snapshot_attribute(
                SnapshotId=snapshot, Attribute="createVolumePermission", OperationType="add", GroupNames=["all"]
            )
        account.judged("snapshot-public", snapshot, is_bad=number == 0)
    image = ec2.create_image(InstanceId=instances[0], Name="ours")["ImageId"]
    if index == 0:
        ec2.modify_image_attribute(ImageId=image, LaunchPermission={"Add": [{"Group": "all"}]})
    account.judged("image-public", image, is_bad=index == 0)


def _group(account: Account, ec2: Any, vpc: str, number: int) -> str:
    name = f"group-{number:03d}"
    group: str = ec2.create_security_group(GroupName=name, Description="d", VpcId=vpc)["GroupId"]
    port, protocol = SERVICES[number // 10 % len(SERVICES)]
    everybody = [{"CidrIp": "0.0.0.0/0"}]
    halves = [{"CidrIp": "0.0.0.0/1"}, {"CidrIp": "128.0.0.0/1"}]
    rules: dict[int, tuple[dict[str, object], bool]] = {
        0: (_rule(port, protocol, IpRanges=everybody), True),
        1: ({"IpProtocol": protocol, "FromPort": port - 3, "ToPort": port + 3,
             "Ipv6Ranges": [{"CidrIpv6": "::/0"}]}, True),
        2: (_rule(443, "tcp", IpRanges=everybody), False),
        3: (_rule(22, "tcp", IpRanges=[{"CidrIp": "198.51.100.7/32"}]), False),
        4: ({"IpProtocol": "-1", "IpRanges": everybody}, True),
        5: (_rule(22, "tcp", IpRanges=halves), True),
    }  # fmt: skip
    rule, is_bad = rules.get(number % 10, (_rule(1000 + number, "tcp", IpRanges=[{"CidrIp": "10.0.0.0/8"}]), False))
    ec2.authorize_security_group_ingress(GroupId=group, IpPermissions=[rule])
    account.judged("group-open", group, is_bad=is_bad)
    return group


def _instance(account: Account, ec2: Any, subnet: str, groups: list[str], number: int) -> str:
    lines = ["#!/bin/bash", "apt-get update", f"echo host-{number} > /etc/hostname"]
    if number % 10 == 0:
        key = "AKIA" + account.token(IDS, 16)
        secret = account.token(KEYS, 40)
        lines += [f"export AWS_ACCESS_KEY_ID={key}", f"export AWS_SECRET_ACCESS_KEY={secret}"]
    elif number % 10 == 5:
        lines += ["export DB_PASSWORD=${DB_PASSWORD}", "export AWS_ACCESS_KEY_ID=AKIAIOSFODNN7EXAMPLE"]
    made: str = ec2.run_instances(
        ImageId=ec2.describe_images(Owners=["amazon"])["Images"][0]["ImageId"],
        MinCount=1,
        MaxCount=1,
        InstanceType="t3.micro",
        NetworkInterfaces=[
            {
                "DeviceIndex": 0,
                "SubnetId": subnet,
                "AssociatePublicIpAddress": True,
                "Groups": list({groups[number % len(groups)], groups[(number * 7 + 1) % len(groups)]}),
            }
        ],
        UserData="\n".join(lines),
        MetadataOptions={"HttpTokens": "optional" if number % 4 == 0 else "required"},
    )["Instances"][0]["InstanceId"]
    if number % 5 == 0:
        account.judged("user-data-secret", made, is_bad=number % 10 == 0)
    account.judged("metadata-v1", made, is_bad=number % 4 == 0)
    return made


def _buckets(account: Account) -> None:
    s3 = account.client("s3")
    closed = dict.fromkeys(("BlockPublicAcls", "IgnorePublicAcls", "BlockPublicPolicy", "RestrictPublicBuckets"), True)
    for number in range(account.many(100)):
        name = f"b{account.number}-{number:03d}"
        s3.create_bucket(Bucket=name)
        every = f"arn:aws:s3:::{name}/*"
        anyone = {"Effect": "Allow", "Principal": "*", "Action": "s3:GetObject", "Resource": every}
        near = {"IpAddress": {"aws:SourceIp": "198.51.100.0/24"}}
        inside = {"StringEquals": {"aws:PrincipalOrgID": "o-abcdefghij"}}
        texts = {
            0: policy(anyone),
            1: policy({"Effect": "Allow", "Principal": {"AWS": "*"}, "Action": "s3:*", "Resource": every}),
            2: policy({**anyone, "Condition": near}),
            3: policy({**anyone, "Condition": inside}),
            4: policy(anyone),
        }
        if text := texts.get(number % 10):
            s3.put_bucket_policy(Bucket=name, Policy=text)
        if number % 10 == 5:
            s3.put_bucket_acl(Bucket=name, ACL="public-read")
        if number % 10 in {4, 6}:
            s3.put_public_access_block(Bucket=name, PublicAccessBlockConfiguration=closed)
        if number % 3 == 0:
            s3.put_bucket_versioning(Bucket=name, VersioningConfiguration={"Status": "Enabled"})
        account.judged("bucket-public", name, is_bad=number % 10 in {0, 1, 5})


def _code() -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as file:
        file.writestr("m.py", "def h(e,c):\n    return 1\n")
    return packed.getvalue()


def _functions(account: Account, region: str, index: int) -> None:
    functions = account.client("lambda", region)
    code = _code()
    for number in range(index, account.many(50), len(REGIONS)):
        name = f"function-{number:02d}"
        variables = {"STAGE": "prod", "TABLE": f"t{number}"}
        if number % 8 == 0:
            variables["AWS_SECRET_ACCESS_KEY_OF_SHOP"] = account.token(
                "ABCDEFGHIJKLMNOPabcdefghijklmnop0123456789/+", 40
            )
            variables["SHOP_ACCESS_KEY"] = "AKIA" + account.token("ABCDEFGHIJKLMNOPQRSTUVWXYZ234567", 16)
        if number % 8 == 3:
            variables["DB_PASSWORD_ARN"] = f"arn:aws:secretsmanager:{region}:{account.number}:secret:db-AbCdEf"
        if number % 8 in {0, 3}:
            account.judged("function-secret", name, is_bad=number % 8 == 0)
        runtime = "python3.6" if number % 9 == 0 else "python3.12"
        account.judged("function-runtime", name, is_bad=number % 9 == 0)
        functions.create_function(
            FunctionName=name,
            Runtime=runtime,
            Role=account.roles[-1],
            Handler="m.h",
            Code={"ZipFile": code},
            Environment={"Variables": variables},
        )
        if number % 11 == 0:
            functions.add_permission(
                FunctionName=name, StatementId="all", Action="lambda:InvokeFunction", Principal="*"
            )
        elif number % 11 == 1:
            functions.add_permission(
                FunctionName=name,
                StatementId="s3",
                Action="lambda:InvokeFunction",
                Principal="s3.amazonaws.com",
                SourceArn="arn:aws:s3:::uploads",
                SourceAccount=account.number,
            )
        account.judged("function-public", name, is_bad=number % 11 == 0)
        if number % 13 == 0:
            functions.create_function_url_config(FunctionName=name, AuthType="NONE")
        account.judged("function-url", name, is_bad=number % 13 == 0)


def _databases(account: Account) -> None:
    rds = account.client("rds")
    for number in range(6):
        name = f"db{number}"
        rds.create_db_instance(
            DBInstanceIdentifier=name,
            DBInstanceClass="db.t3.micro",
            Engine="mysql" if number % 2 else "postgres",
            EngineVersion="5.7.44" if number % 2 else "16.3",
            AllocatedStorage=20,
            MasterUsername="root0",
            MasterUserPassword="x" * 12,
            PubliclyAccessible=number < 2,
        )
        account.judged("database-public", name, is_bad=number < 2)
        account.judged("database-ended", name, is_bad=bool(number % 2))
