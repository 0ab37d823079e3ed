from datetime import timedelta
from ipaddress import ip_address

from posture.inventory.local import local_inventory


def test_this_machine_is_a_customer_who_may_be_contacted_on_loopback_only(now):
    """An audit of the own machine never leaves it."""
    machine = local_inventory(now, "root", "web1")
    assert (machine.id, machine.name) == ("this-machine", "This machine (web1)")
    assert machine.in_scope(ip_address("127.0.0.1"))
    assert machine.in_scope(ip_address("::1"))
    assert not machine.in_scope(ip_address("192.0.2.1"))
    (host,) = machine.resources
    assert (host.id, host.address, host.local, host.ssh) == ("localhost", "127.0.0.1", True, None)


def test_whoever_runs_the_program_allows_it_for_a_day(now):
    """The report says who asked for the audit."""
    grant = local_inventory(now, "jane", "web1").authorization
    assert (grant.method, grant.reference, grant.granted_by) == ("own-allocation", "local audit", "jane")
    assert grant.covers(now)
    assert not grant.covers(now + timedelta(hours=24))


def test_a_hostile_host_name_is_made_visible(now):
    """DHCP servers set host names."""
    assert local_inventory(now, "root", "\x1b[31mweb").name == "This machine (\\x1b[31mweb)"
