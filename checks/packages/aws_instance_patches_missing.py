from __future__ import annotations

from datetime import timedelta

from checks.aws import unseen
from checks.wording import count, listed
from posture.sdk import (
    Ec2Instances,
    Evidence,
    InstancePatches,
    Iterator,
    PatchState,
    Severity,
    Unavailable,
    Verdict,
    check,
    fail,
    not_applicable,
    not_assessed,
    passed,
)

OLD = timedelta(days=30)  # a scan that says nothing of today


@check(
    "packages.aws-instance-patches-missing",
    title="A machine lacks patches, as Systems Manager sees it",
    clause="4.1",
    severity=Severity.HIGH,
    controls=(
        "cis@8.1:7.3",
        "iso27001@2022:A.8.8",
        "nist-csf@2.0:ID.RA-01", "nist-csf@2.0:PR.PS-02",
        "nist-800-53@5:RA-5", "nist-800-53@5:SI-2",
        "nis2@2022:21(2)(e)",
        "nis2-annex@2024:6.6.1",
        "pci-dss@4.0.1:6.3.3",
        "soc2@2017:CC7.1",
        "bsi-c5@2020:OPS-22",
        "bsi-grundschutz@2023:OPS.1.1.3.A15",
    ),
)  # fmt: skip
def aws_instance_patches_missing(patches: InstancePatches, instances: Ec2Instances | Unavailable) -> Iterator[Verdict]:
    """Systems Manager's last scan found patches missing or failed on a machine, or installed ones wait for a reboot.

    High where critical or security patches are not in order, medium else. Which patches count is decided by the
    machine's patch baseline: one that approves patches late or not at all hides them, so this is never more than the
    baseline's word. A machine without a scan within thirty days, or that Systems Manager does not know, is not
    assessed: audit it over SSH, with its own entry in the inventory.

    It is wrong where patches were installed since the scan, whose day the finding names; scan again.
    """
    states = {(state.region, state.instance): state for state in patches.states}
    bad = [state for state in states.values() if state.missing or state.failed or state.pending_reboot]
    for state in sorted(bad, key=lambda one: (-(one.critical or 0), -(one.security or 0), -one.missing)):
        yield _failure(state, patches)
    reasons = _not_seen(patches, instances)
    if reasons:
        yield not_assessed("; ".join(reasons))
    yield from unseen(patches.gaps)
    if bad or reasons or patches.gaps:
        return
    if states:
        where = f"in {count(len(patches.regions), 'region')}"
        yield passed(
            f"{count(len(states), 'machine')} {where} lack no patch of their baselines by scans of the last 30 days"
        )
    else:
        yield not_applicable(f"No machine in {count(len(patches.regions), 'region')}")


def _not_seen(patches: InstancePatches, instances: Ec2Instances | Unavailable) -> list[str]:
    """Machines of which nothing is known today."""
    states = {(state.region, state.instance) for state in patches.states}
    managed = {(one.region, one.id) for one in patches.managed}
    never = [one.id for one in patches.managed if (one.region, one.id) not in states]
    old = [
        state.instance
        for state in patches.states
        if not (state.missing or state.failed or state.pending_reboot)
        and (state.scanned is None or patches.observed - state.scanned > OLD)
    ]
    reasons = [f"never scanned for patches: {listed(never)}"] if never else []
    reasons += [f"not scanned for patches within 30 days: {listed(old)}"] if old else []
    if isinstance(instances, Unavailable):
        return [*reasons, f"which machines Systems Manager does not know is not known: {instances.reason}"]
    running = [one for one in instances.instances if one.state == "running"]
    unknown = [one.id for one in running if (one.region, one.id) not in managed]
    reasons += [f"not known to Systems Manager: {listed(unknown)}"] if unknown else []
    reasons += [f"not all machines were listed: {listed(map(str, instances.gaps), 3)}"] if instances.gaps else []
    return reasons


def _failure(state: PatchState, patches: InstancePatches) -> Verdict:
    systems = {(one.region, one.id): one for one in patches.managed}
    machine = systems.get((state.region, state.instance))
    system = machine.system if machine else ""
    grave = bool(state.critical or state.security)
    parts = [
        f"{number} {word}"
        for number, word in (
            (state.missing, "missing"),
            (state.failed, "failed to install"),
            (state.pending_reboot, "waiting for a reboot"),
        )
        if number
    ]
    days = (patches.observed - state.scanned).days if state.scanned else None
    age = f"scanned {count(days, 'day')} before" if days is not None else "day of the scan unknown"
    grades = ", ".join(
        f"{number} {word}"
        for number, word in ((state.critical, "critical"), (state.security, "security"), (state.other, "other"))
        if number is not None
    )
    return fail(
        f"Patches of {state.instance} in {state.region}: {', '.join(parts)}",
        subject=f"{state.region}/{state.instance}",
        severity=Severity.HIGH if grave else Severity.MEDIUM,
        evidence=(
            Evidence(
                f"ssm:DescribeInstancePatchStates in {state.region}",
                "; ".join(
                    part for part in (f"{state.instance} {system}".strip(), ", ".join(parts), grades, age) if part
                ),
                patches.observed,
            ),
        ),
        id=state.instance,
        region=state.region,
        system_name=system,
        missing=state.missing,
        failed=state.failed,
        waiting=state.pending_reboot,
        critical=state.critical or 0,
        scanned=f"{state.scanned:%Y-%m-%d}" if state.scanned else "",
    )
