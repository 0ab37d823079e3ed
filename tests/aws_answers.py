"""Answers as AWS's API reference has them, given by boto3's own clients with no server: for what moto lacks."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from datetime import timedelta
from types import SimpleNamespace
from typing import Any

from aws_server import ACCOUNT, look

from posture.collect.aws.api import Api
from posture.collect.aws.asked import Asked
from posture.collect.aws.collect import PURPOSE
from posture.collect.aws.session import Clients, _session
from posture.engine.clock import utc_now
from posture.facts.factset import Facts

Answer = Mapping[str, Any]
Given = Answer | Sequence[Answer] | Callable[[Mapping[str, Any]], Answer]


class Answers:
    """What each operation (``iam:GetAccountSummary``, the service as boto3 names it) answers.

    One answer for every call, one after another for a list, or what a function makes of the parameters; it finds the
    region as `_region`. An operation that is not there is refused. `asked` has each call with its parameters.
    """

    def __init__(self, given: Mapping[str, Given]) -> None:
        self.given = given
        self.asked: list[tuple[str, Mapping[str, Any]]] = []
        self._turns: Counter[str] = Counter()
        self._lock = threading.Lock()

    @staticmethod
    def refused(code: str = "AccessDenied", status: int = 403) -> Answer:
        """The answer that says no."""
        return {"Error": {"Code": code, "Message": f"the answer is {code}"}, "_status": status}

    def count(self, operation: str) -> int:
        """How often it was called."""
        return sum(name == operation for name, _ in self.asked)

    def api(self, account: str = ACCOUNT, regions: Sequence[str] = ("us-east-1",)) -> Api:
        """A login that is answered with these."""
        session = _session(aws_access_key_id="AKIATESTTESTTESTTEST", aws_secret_access_key="x" * 40)
        session.events.register("before-parameter-build.*.*", self._keep)
        session.events.register("before-call.*.*", self._answer)
        here = look()
        permit = here.gate.permit_service(account, PURPOSE)
        until = utc_now() + timedelta(minutes=5)
        return Api(account, tuple(regions), "us-east-1", Clients(session), here.gate, permit, utc_now, until)

    def _keep(self, params: Any, context: dict[str, Any], **_: object) -> None:
        context["posture"] = params

    def _answer(self, model: Any, context: dict[str, Any], **_: object) -> tuple[Any, dict[str, Any]]:
        name = f"{model.service_model.service_name}:{model.name}"
        params = {**context["posture"], "_region": context["client_region"]}
        with self._lock:
            self.asked.append((name, params))
            turn = self._turns[name]
            self._turns[name] += 1
        given = self.given.get(name, self.refused())
        if callable(given):
            given = given(params)
        answer = dict(given if isinstance(given, Mapping) else given[min(turn, len(given) - 1)])
        status = answer.pop("_status", 200)
        answer["ResponseMetadata"] = {"RequestId": "0c1f", "HTTPStatusCode": status}
        return SimpleNamespace(status_code=status, headers={}, content=b""), answer


def asked(source: Answers | Api, earlier: Facts | None = None) -> Asked:
    """What a reader is given."""
    api = source.api() if isinstance(source, Answers) else source
    return Asked(api, utc_now(), earlier or {}, detector=None)  # type: ignore[arg-type]  for readers without secrets
