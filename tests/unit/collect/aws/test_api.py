import json
from dataclasses import replace
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer
from threading import Thread

import pytest
from aws_server import AwsServer, account, account_api, look

from posture.collect.aws.api import Call
from posture.collect.aws.collect import collect_account, log_in_to
from posture.collect.aws.errors import Unanswered
from posture.collect.aws.session import Clients, _session
from posture.collect.aws.session_policy import ACTIONS, LONGEST, NEVER, permitted, session_policy
from posture.collect.scope import NotAuthorized
from posture.facts.aws.gap import Why
from posture.facts.factset import COLLECTED
from posture.facts.unavailable import Unavailable
from posture.model.action import Action
from posture.model.resource import ResourceKind

USERS = Call("iam", "ListUsers")


class Log:
    """What was written to the log of actions."""

    def __init__(self) -> None:
        self.actions: list[Action] = []

    def record(self, action: Action) -> None:
        self.actions.append(action)


def test_a_refusal_names_the_permission_that_is_missing(aws_server: AwsServer):
    """The customer can add what is named, and nothing else has to be guessed."""
    api = account_api("100000000001")
    aws_server.faults(denied=["iam:ListUsers", "s3:ListBuckets"])
    listing = api.listing(USERS, "Users")
    assert [(gap.action, gap.why) for gap in listing.gaps] == [("iam:ListUsers", Why.DENIED)]
    with pytest.raises(Unanswered) as refused:
        api.ask(Call("s3", "ListBuckets"))
    assert refused.value.gap.action == "s3:ListAllMyBuckets"
    assert "add it to the policy" in str(refused.value.gap)


def test_a_region_that_fails_is_told_and_spares_the_others(aws_server: AwsServer, monkeypatch: pytest.MonkeyPatch):
    """What the other regions say is there; what is missing has the region's name."""
    monkeypatch.setattr("posture.collect.aws.session.TRIES", 1)
    api = account_api("100000000002", ("eu-west-1", "us-east-1"))
    aws_server.faults(broken_regions=["eu-west-1"])
    answers, gaps = api.in_regions(lambda region: api.ask(Call("ec2", "DescribeVpcs", region=region)))
    assert len(answers) == 1
    assert [(gap.region, gap.why) for gap in gaps] == [("eu-west-1", Why.UNREACHABLE)]


def test_an_answer_that_is_none_of_aws_is_a_gap(aws_server: AwsServer, monkeypatch: pytest.MonkeyPatch):
    """A page of a proxy in between is not taken for an empty account."""
    monkeypatch.setattr("posture.collect.aws.session.TRIES", 1)
    api = account_api("100000000003")
    aws_server.faults(garbled=["iam:ListUsers", "ecr:DescribeRepositories"])
    assert [gap.why for gap in api.listing(USERS, "Users").gaps] == [Why.FAULT]
    repositories = api.listing(Call("ecr", "DescribeRepositories", region="us-east-1"), "repositories")
    assert [gap.why for gap in repositories.gaps] == [Why.FAULT]


def test_throttling_is_waited_out(aws_server: AwsServer):
    """Three of ten calls refused for their rate, and all answers there."""
    api = account_api("100000000004")
    aws_server.faults(throttled=0.3)
    answers, gaps = api.each(lambda _: api.ask(USERS), range(6))
    assert (len(answers), gaps) == (6, ())


def test_nothing_is_asked_after_the_deadline_or_the_end_of_the_authorization(aws_server: AwsServer):
    """Calls still to be made when the time is over are gaps, and are not made."""
    late = look(minutes=5)
    api = log_in_to(account("100000000005"), late)
    over = replace(api, deadline=late.clock() - timedelta(seconds=1))
    aws_server.forget()
    assert [gap.why for gap in over.listing(USERS, "Users").gaps] == [Why.TIME]
    late.gate.clock = lambda: late.clock() + timedelta(days=2)
    with pytest.raises(Unanswered, match="iam:ListUsers"):
        api.ask(USERS)
    assert aws_server.calls == {}


def test_an_account_without_a_valid_authorization_is_not_asked(aws_server: AwsServer):
    """The gate says no before the login."""
    ended = look()
    ended.gate.clock = lambda: ended.clock() + timedelta(days=2)
    with pytest.raises(NotAuthorized):
        log_in_to(account("100000000006"), ended)
    assert aws_server.calls == {}


def test_a_login_that_is_refused_leaves_no_fact_but_the_reason(aws_server: AwsServer):
    """A role that does not let the auditor in is no clean account."""
    aws_server.faults(denied=["sts:AssumeRole"])
    facts = collect_account(account("100000000007"), look(), {}, detector=None)  # type: ignore[arg-type]  not reached
    assert set(facts) == set(COLLECTED[ResourceKind.AWS_ACCOUNT])
    assert all(isinstance(fact, Unavailable) and "sts:AssumeRole" in fact.reason for fact in facts.values())


class Portal(BaseHTTPRequestHandler):
    """A proxy in between that answers everything with a page of its own."""

    def do_POST(self) -> None:
        """Answer."""
        self.rfile.read(int(self.headers["Content-Length"]))
        self.send_response(200)
        self.end_headers()
        self.wfile.write(b"<html><body/></html>")

    def log_message(self, *_: object) -> None:
        """Say nothing."""


def test_a_page_of_a_proxy_is_no_login(aws_server: AwsServer, monkeypatch: pytest.MonkeyPatch):
    """No fact comes of it, and the reason is no defect of the program."""
    with HTTPServer(("127.0.0.1", 0), Portal) as portal:
        monkeypatch.setenv("AWS_ENDPOINT_URL", f"http://127.0.0.1:{portal.server_port}")
        Thread(target=portal.serve_forever, daemon=True).start()
        facts = collect_account(account("100000000007"), look(), {}, detector=None)  # type: ignore[arg-type]  not reached
        portal.shutdown()
    assert all(isinstance(fact, Unavailable) and "sts:AssumeRole" in fact.reason for fact in facts.values())


def test_every_operation_is_logged_before_it_is_called(aws_server: AwsServer):
    """The customer who finds the calls in CloudTrail finds them in the auditor's log, too."""
    here = look()
    here.gate.log = log = Log()
    api = log_in_to(account("100000000008", ()), here)
    api.listing(USERS, "Users")
    api.listing(USERS, "Users")
    assert [action.what.split(": ")[1] for action in log.actions] == [
        "sts:AssumeRole", "ec2:DescribeRegions", "iam:ListUsers",
    ]  # fmt: skip
    assert len(api.regions) > 10


def test_a_login_is_narrowed_to_what_the_audit_asks():
    """AWS takes no longer session policy; each action of the role stands in it, and none that reads data."""
    (statement,) = json.loads(session_policy())["Statement"]
    assert len(session_policy()) <= LONGEST
    assert statement["Effect"] == "Allow"
    assert [action for action in ACTIONS if not permitted(action)] == []
    assert [action for action in NEVER if permitted(action)] == []


def test_a_client_has_no_method_for_what_the_audit_never_asks():
    """Reading an object or a parameter's value is no call that a mistake could make; every reader's call is there."""
    clients = Clients(_session(aws_access_key_id="x", aws_secret_access_key="y", region_name="eu-central-1"))
    assert hasattr(clients.client("s3", "eu-central-1"), "get_bucket_policy")
    for service, method in (("s3", "get_object"), ("ssm", "get_parameter"), ("ec2", "run_instances")):
        assert not hasattr(clients.client(service, "eu-central-1"), method)
