"""moto's server with a count of its calls and faults to choose; a program, since moto's clock is moved for a process.

    python tests/aws_moto.py PORT

Beside AWS's API it answers under /__posture/: GET calls; POST faults, clock, forget.
"""

from __future__ import annotations

import json
import random
import re
import sys
import threading
from collections import Counter
from collections.abc import Callable, Iterable
from datetime import datetime, timedelta
from functools import cache
from hashlib import sha256
from io import BytesIO
from typing import Any
from urllib.parse import parse_qs

import moto.core.utils
from botocore.loaders import Loader
from werkzeug.serving import WSGIRequestHandler, make_server

_shift = [timedelta()]
_real = moto.core.utils.utcnow


def _utcnow() -> datetime:
    return _real() - _shift[0]


moto.core.utils.utcnow = _utcnow  # before any model takes the name
from moto.core.responses import ActionResult  # noqa: E402
from moto.ec2.responses.elastic_block_store import ElasticBlockStore  # noqa: E402
from moto.server import DomainDispatcherApplication, create_backend_app  # noqa: E402


def _describe_snapshots(self: Any) -> ActionResult:
    """As moto's, with the parameters OwnerIds and RestorableByUserIds (all) of the API reference, which it ignores."""
    found = self.ec2_backend.describe_snapshots(
        snapshot_ids=self._get_param("SnapshotIds", []), filters=self._filters_from_querystring()
    )
    own = self.ec2_backend.account_id
    if owners := self._get_param("OwnerIds", []):
        found = [one for one in found if one.owner_id in {own if owner == "self" else owner for owner in owners}]
    if "all" in self._get_param("RestorableByUserIds", []):
        found = [one for one in found if "all" in one.create_volume_permission_groups]
    return ActionResult({"Snapshots": found})


def _get_snapshot_block_public_access_state(self: Any) -> ActionResult:
    """As of an account that never set it; moto does not know the operation."""
    del self
    return ActionResult({"State": "unblocked", "ManagedBy": "account"})


ElasticBlockStore.describe_snapshots = _describe_snapshots  # type: ignore[method-assign]
ElasticBlockStore.get_snapshot_block_public_access_state = (  # type: ignore[attr-defined]
    _get_snapshot_block_public_access_state
)

Environment = dict[str, Any]
Start = Callable[[str, list[tuple[str, str]]], object]
_SIGNED = re.compile(r"Credential=[^/]+/\d+/([^/]*)/([^/]+)/")
_LOCK = threading.Lock()
_REST = {
    "lambda": ("lambda",),
    "s3": ("s3", "s3control"),
    "eks": ("eks",),
    "es": ("opensearch", "es"),
    "access-analyzer": ("accessanalyzer",),
}


_QUERY = frozenset({"iam", "sts", "rds", "elasticloadbalancing", "cloudformation", "elasticache", "sns", "redshift"})


class State:
    """What was asked, and what is to go wrong."""

    def __init__(self) -> None:
        self.calls: Counter[str] = Counter()
        self.denied: set[str] = set()
        self.broken_regions: set[str] = set()
        self.garbled: set[str] = set()
        self.throttled = 0.0
        self.external_id = ""
        self.skewed = False
        self.seen: Counter[str] = Counter()
        self.dice = random.Random(5)


STATE = State()


@cache
def _operations(signing: str) -> list[tuple[str, str, re.Pattern[str], frozenset[str]]]:
    """Method, name, path and query keys of a REST service's operations, those with more query keys first."""
    found = []
    for service in _REST.get(signing, ()):
        model = Loader().load_service_model(service, "service-2")
        for name, operation in model["operations"].items():
            uri = operation["http"]["requestUri"].split("#")[0]
            path, _, query = uri.partition("?")
            keys = frozenset(part.partition("=")[0] for part in query.split("&") if part)
            pattern = re.sub(r"\\\{[^}]*\\\+\\\}", ".+", re.escape(path.rstrip("/") or "/"))
            pattern = re.sub(r"\\\{[^}]*\\\}", "[^/]+", pattern)
            found.append((operation["http"]["method"], name, re.compile(pattern + "/?"), keys))
    return sorted(found, key=lambda one: (-len(one[3]), "+" in one[2].pattern))


def asked(env: Environment, body: bytes) -> tuple[str, str, str]:
    """Signing name, region and operation of a request."""
    signed = _SIGNED.search(env.get("HTTP_AUTHORIZATION", ""))
    region, service = signed.groups() if signed else ("", "")
    if target := env.get("HTTP_X_AMZ_TARGET"):
        return service, region, target.rsplit(".", 1)[-1]
    path, query = env.get("PATH_INFO", "/"), parse_qs(env.get("QUERY_STRING", ""), keep_blank_values=True)
    if "/operation/" in path:
        return service, region, path.rsplit("/", 1)[-1]
    if b"Action=" in body[:8192]:
        return service, region, parse_qs(body.decode(errors="replace")).get("Action", ["?"])[0]
    for method, name, pattern, keys in _operations(service):
        if method == env["REQUEST_METHOD"] and pattern.fullmatch(path) and keys <= query.keys():
            return service, region, name
    return service, region, f"{env['REQUEST_METHOD']} {path}"


def refusal(service: str, code: str, message: str, status: int, start: Start) -> list[bytes]:
    """An error in the form of the service's protocol."""
    xml = f"<Error><Code>{code}</Code><Message>{message}</Message></Error><RequestId>x</RequestId>"
    kind, text = "text/xml", f'<ErrorResponse xmlns="https://iam.amazonaws.com/doc/2010-05-08/">{xml}</ErrorResponse>'
    if service == "ec2":
        inner = xml.removesuffix("<RequestId>x</RequestId>")
        text = f"<Response><Errors>{inner}</Errors><RequestID>x</RequestID></Response>"
    elif service == "s3":
        text = f"<Error><Code>{code}</Code><Message>{message}</Message></Error>"
    elif service not in {
        "iam",
        "sts",
        "rds",
        "elasticloadbalancing",
        "cloudformation",
        "elasticache",
        "sns",
        "redshift",
    }:
        kind, text = "application/x-amz-json-1.1", json.dumps({"__type": code, "message": message})
    headers = [("Content-Type", kind), ("Content-Length", str(len(text)))]
    if kind.endswith("1.1"):
        headers.append(("x-amzn-ErrorType", code))
    start(f"{status} Refused", headers)
    return [text.encode()]


def _answered(what: object, start: Start) -> list[bytes]:
    """JSON, or XML where it is a text."""
    text = what.encode() if isinstance(what, str) else json.dumps(what).encode()
    kind = "text/xml" if isinstance(what, str) else "application/json"
    start("200 OK", [("Content-Type", kind), ("x-amzn-RequestId", "1"), ("Content-Length", str(len(text)))])
    return [text]


_SPECIFIC = "ListServiceSpecificCredentials"
LACKING: dict[str, object] = {
    "ec2:GetSnapshotBlockPublicAccessState": "<GetSnapshotBlockPublicAccessStateResponse><requestId>1</requestId>"
    "<state>unblocked</state></GetSnapshotBlockPublicAccessStateResponse>",
    f"iam:{_SPECIFIC}": f"<{_SPECIFIC}Response><{_SPECIFIC}Result><IsTruncated>false</IsTruncated></{_SPECIFIC}Result>"
    f"<ResponseMetadata><RequestId>1</RequestId></ResponseMetadata></{_SPECIFIC}Response>",
    "ssm:DescribeInstanceInformation": {"InstanceInformationList": []},
    "ssm:DescribeInstancePatchStates": {"InstancePatchStates": []},
}
"""What moto does not know, answered as an account answers that has none."""


def _fault(name: str, region: str, body: bytes) -> tuple[str, str, int] | None:
    """Code, message and status of what is to go wrong with a call."""
    service, _, operation = name.partition(":")
    if name in STATE.denied or f"{service}:*" in STATE.denied or "*" in STATE.denied:
        code = {"ec2": "UnauthorizedOperation"}.get(service, "AccessDenied")
        return code, f"not authorized to perform: {name}", 403
    if operation == "AssumeRole" and STATE.external_id not in parse_qs(body.decode()).get("ExternalId", [""])[0]:
        return "AccessDenied", "not authorized to perform: sts:AssumeRole", 403
    if STATE.skewed and service != "sts":
        return "RequestTimeTooSkewed", "the difference between the clocks is too large", 403
    if region in STATE.broken_regions and service not in {"iam", "sts"}:
        return "InternalError", "the region fails", 500
    return None


class Application:
    """moto behind the counter and the faults."""

    def __init__(self) -> None:
        self.moto = DomainDispatcherApplication(create_backend_app)

    def __call__(self, env: Environment, start: Start) -> Iterable[bytes]:
        path = env.get("PATH_INFO", "/")
        body = env["wsgi.input"].read(int(env.get("CONTENT_LENGTH") or 0))
        if path.startswith("/__posture/"):
            return self._told(path.removeprefix("/__posture/"), body, start)
        env["wsgi.input"] = BytesIO(body)
        service, region, operation = asked(env, body)
        name = f"{service}:{operation}"
        with _LOCK:
            STATE.calls[name] += 1
            STATE.seen[f"{name} {region} {path} {env.get('QUERY_STRING', '')} {sha256(body).hexdigest()}"] += 1
            throttled = STATE.throttled > 0 and STATE.dice.random() < STATE.throttled
        if fault := _fault(name, region, body):
            return refusal(service, *fault, start)
        if name in STATE.garbled:
            start("200 OK", [("Content-Type", "text/html")])
            return [b"<html>this is no answer of AWS"]
        if throttled:
            return refusal(service, "Throttling", "Rate exceeded", 400, start)
        if name in LACKING:
            return _answered(LACKING[name], start)
        if name == "iam:ListOrganizationsFeatures":
            return refusal(service, "OrganizationNotFoundException", "not in an organization", 400, start)
        if name == "lambda:ListFunctionUrlConfigs":
            return self._function_urls(env, start)
        answer: Iterable[bytes] = self.moto(env, start)
        return answer

    def _function_urls(self, env: Environment, start: Start) -> list[bytes]:
        """moto knows the one URL of a function, and not the list of them."""
        status: list[str] = []
        one = {**env, "PATH_INFO": env["PATH_INFO"].removesuffix("s"), "wsgi.input": BytesIO()}
        for key in ("REQUEST_URI", "RAW_URI"):
            one[key] = one.get(key, "").removesuffix("s")
        body = b"".join(self.moto(one, lambda said, _headers: status.append(said)))
        found = [json.loads(body)] if status[0].startswith("20") else []
        return _answered({"FunctionUrlConfigs": found}, start)

    def _told(self, what: str, body: bytes, start: Start) -> list[bytes]:
        given = json.loads(body or b"{}")
        answer: object = {}
        with _LOCK:
            if what == "calls":
                answer = dict(STATE.calls)
            elif what == "repeated":
                answer = {call.split()[0]: times for call, times in STATE.seen.items() if times > 1}
            elif what == "forget":
                STATE.calls.clear()
                STATE.seen.clear()
            elif what == "faults":
                STATE.denied = set(given.get("denied", ()))
                STATE.broken_regions = set(given.get("broken_regions", ()))
                STATE.garbled = set(given.get("garbled", ()))
                STATE.throttled = float(given.get("throttled", 0))
                STATE.skewed = bool(given.get("skewed"))
                STATE.external_id = given.get("external_id", "")
                STATE.dice = random.Random(5)
            elif what == "clock":
                _shift[0] = timedelta(days=float(given["days_ago"]))
        return _answered(answer, start)


class _Quiet(WSGIRequestHandler):
    protocol_version = "HTTP/1.1"

    def log(self, kind: str, message: str, *args: object) -> None:
        """Say nothing."""


if __name__ == "__main__":
    server = make_server("127.0.0.1", int(sys.argv[1]), Application(), threaded=True, request_handler=_Quiet)
    print(server.server_port, flush=True)
    server.serve_forever()
