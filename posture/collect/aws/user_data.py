"""Secrets in user data: of virtual machines, one question each, and of launch templates.

Source: Amazon EC2 API Reference, DescribeInstanceAttribute (userData) and DescribeLaunchTemplateVersions. User data can
be changed while a machine is stopped alone, and starting it gives it a new launch time ("Modify the user data of your
instance"): what was judged of a running machine since its launch is not asked again.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import replace

from posture.collect.aws.api import Call
from posture.collect.aws.asked import Asked
from posture.collect.aws.cloud_init import files, parts
from posture.collect.aws.compute import read_instances
from posture.collect.aws.fields import number, text
from posture.collect.aws.regional import listed
from posture.collect.aws.texts import in_text
from posture.facts.aws.gap import Gap, Why
from posture.facts.aws.instances import Ec2Instance, Ec2Instances
from posture.facts.aws.leaks import InstanceUserData, LaunchTemplateLeaks, LeakPlace, UserData
from posture.facts.factset import Facts
from posture.facts.leaks import LeakedSecret

_GONE = ("InvalidInstanceID.NotFound", "IncorrectInstanceState")  # terminated since it was listed
_RUNNING = "running"


def read_user_data(asked: Asked) -> Facts:
    """`InstanceUserData`."""
    instances: Ec2Instances = asked.once(read_instances)[Ec2Instances]
    known = _known(asked)
    kept = [known[one.id] for one in instances.instances if _still(one, known)]
    new = [one for one in instances.instances if not _still(one, known)]
    answers, lost = asked.api.each(lambda one: _asked_of(asked, one), new)
    machines = sorted((*kept, *(one for one, _ in answers)), key=lambda one: (one.region, one.instance))
    gaps = (*instances.gaps, *lost, *(gap for _, gap in answers if gap))
    return {
        InstanceUserData: InstanceUserData(
            tuple(machines), instances.regions, gaps, asked.detector.rules.digest, asked.at
        )
    }


def _known(asked: Asked) -> dict[str, UserData]:
    """What the look before judged by the same rules; a machine whose user data was not read whole is not among it."""
    before = asked.earlier.get(InstanceUserData)
    if not isinstance(before, InstanceUserData) or before.rules != asked.detector.rules.digest:
        return {}
    partly = {gap.about for gap in before.gaps}
    return {one.instance: one for one in before.machines if one.instance not in partly}


def _still(one: Ec2Instance, known: dict[str, UserData]) -> bool:
    before = known.get(one.id)
    return (
        before is not None
        and one.state == _RUNNING
        and one.launched is not None
        and (before.launched, before.region) == (one.launched, one.region)
    )


def _asked_of(asked: Asked, one: Ec2Instance) -> tuple[UserData, Gap | None]:
    what = {"InstanceId": one.id, "Attribute": "userData"}
    call = Call("ec2", "DescribeInstanceAttribute", what, one.region, one.id, _GONE)
    secrets, whole = _judged(asked, asked.api.ask(call).get("UserData"))
    gap = None if whole else call.gap(Why.LIMIT, "user data that could not be unpacked whole")
    return UserData(one.id, one.region, one.launched, secrets), gap


def _judged(asked: Asked, given: object) -> tuple[tuple[LeakedSecret, ...], bool]:
    packed = given.get("Value") if isinstance(given, dict) else given
    if not isinstance(packed, str) or not packed:
        return (), packed is None or packed == ""
    texts, whole = parts(packed)
    named = [(part, "user data" if len(texts) == 1 else f"user data, part {n}") for n, part in enumerate(texts, 1)]
    for part, name in tuple(named):
        inner, all_of_it = files(part)
        whole = whole and all_of_it
        named += [(one, f"{name}, encoded file {n}") for n, one in enumerate(inner, 1)]
    return tuple(secret for part, name in named for secret in in_text(asked, part, name)), whole


def read_launch_templates(asked: Asked) -> Facts:
    """`LaunchTemplateLeaks`: the version that is used unless another is named, and the newest."""
    call = Call("ec2", "DescribeLaunchTemplateVersions", {"Versions": ["$Latest", "$Default"]})
    told = listed(asked, call, "LaunchTemplateVersions")
    versions = {
        (region, text(item, "LaunchTemplateId"), number(item, "VersionNumber") or 0): item
        for region, item in told.items
    }
    found: dict[tuple[str, str], list[tuple[int, str, tuple[LeakedSecret, ...]]]] = defaultdict(list)
    gaps = [*told.gaps]
    for (region, template, version), item in sorted(versions.items(), key=lambda pair: pair[0]):
        data = item.get("LaunchTemplateData")
        secrets, whole = _judged(asked, data.get("UserData") if isinstance(data, dict) else None)
        if secrets:
            found[region, template].append((version, text(item, "LaunchTemplateName"), secrets))
        if not whole:
            about = f"version {version} of {template}"
            gaps.append(Gap(call.action, Why.LIMIT, region, about, "user data that could not be unpacked whole"))
    places = tuple(_template(region, template, judged) for (region, template), judged in found.items())
    fact = LaunchTemplateLeaks(places, len(versions), asked.api.regions, tuple(gaps), asked.at)
    return {LaunchTemplateLeaks: fact}


def _template(region: str, template: str, judged: list[tuple[int, str, tuple[LeakedSecret, ...]]]) -> LeakPlace:
    """What stands in several versions of a template is one thing to mend; `version` is the newest of them."""
    version, name, newest = judged[-1]
    older = [
        replace(secret, path=f"version {number}: {secret.path}")
        for number, _, secrets in judged[:-1]
        for secret in secrets
    ]
    return LeakPlace(name or template, template, region, (*newest, *older), str(version))
