"""What a correct inventory becomes, and what is told of it without stopping anything."""

from datetime import UTC, datetime, time
from ipaddress import ip_network

import jsonschema
import pytest
import yaml

from posture.inventory.schema import inventory_schema
from posture.model.customer import AuthorizationMethod
from posture.model.resource import ResourceKind, SshAccess
from posture.model.secret import SecretRef
from posture.model.window import Window

SHORTEST = """\
customers:
  - {id: bakery, name: Example Bakery,
     authorization: {reference: MSA-7.1, granted_by: Jane Doe, valid_until: 2027-03-02T00:00:00+01:00},
     networks: [198.51.100.0/28],
     resources: [{kind: host, id: web1, address: 198.51.100.2}]}
"""

TWO = """\
customers:
  - id: first
    name: First
    authorization: {reference: A, granted_by: Jane Doe, valid_until: 2026-10-31T00:00:00+01:00}
    networks: [198.51.100.0/24, 203.0.113.0/24, 2001:db8::/32]
    exclude: [203.0.113.0/28]
    resources: [{kind: host, id: web1, address: 198.51.100.2}]
  - id: second
    name: Second
    authorization: {reference: B, granted_by: J, valid_from: 2027-01-01T00:00:00Z, valid_until: 2028-01-01T00:00:00Z}
    networks: [198.51.100.16/28, 203.0.113.0/29, 192.0.2.0/24]
    resources: [{kind: host, id: web1, address: 198.51.100.18}]
"""


def test_the_shortest_inventory_is_five_lines(load):
    """Method and start of the authorization may be left out; the start is then before anything was ever found."""
    (bakery,) = load(SHORTEST).customers
    assert bakery.authorization.method is AuthorizationMethod.CONTRACT
    assert bakery.authorization.valid_from == datetime(1970, 1, 1, tzinfo=UTC)
    assert (bakery.language, bakery.timezone, bakery.contact, bakery.exclude) == ("en", "UTC", "", ())


def test_every_field_reaches_the_model(load, full):
    """Nothing of the file is lost on the way to the customer."""
    inventory = load(full)
    (bakery,) = inventory.customers
    assert (inventory.expired, inventory.not_yet, inventory.warnings) == ((), (), ())
    assert (bakery.id, bakery.name, bakery.contact) == ("bakery", "Example Bakery GmbH", "it@bakery.example")
    assert (bakery.language, bakery.timezone) == ("en", "Europe/Berlin")
    assert bakery.authorization.valid_until.isoformat() == "2027-03-02T00:00:00+01:00"
    assert bakery.networks == (ip_network("198.51.100.0/28"),)
    assert bakery.windows == (Window(time(22), time(6)), Window(time(12), time(12, 30)))
    assert bakery.hours == "22:00-06:00, 12:00-12:30 (Europe/Berlin)"
    assert bakery.rate == 2000
    assert bakery.exclude == (ip_network("198.51.100.9/32"),)
    kinds = [kind for kind in ResourceKind if kind is not ResourceKind.ALL_HOSTS]
    assert [resource.kind for resource in bakery.resources] == kinds
    assert bakery.resources[0].ssh == SshAccess(
        "auditor", SecretRef.parse("file:/etc/posture/keys/bakery"), ("SHA256:" + 43 * "A",), 22
    )


def test_fields_of_other_kinds_become_settings_in_the_order_of_the_schema(load, full):
    """A collector finds them as text: references as they were written, lists with commas, only what was given."""
    _, domain, account, staff, shop = load(full).customers[0].resources
    assert domain.settings == (("sends_mail", "true"), ("dkim_selectors", "s1,s2"))
    assert account.settings == (
        ("role_arn", "arn:aws:iam::111122223333:role/PostureAudit"),
        ("external_id", "env:BAKERY_EXTERNAL_ID"),
    )
    assert staff.settings == (("source", "csv"), ("path", "staff.csv"))
    assert shop.settings == (("url", "file:///srv/git/shop.git"),)


def test_several_host_keys_may_be_accepted(load, full):
    """A host has a key for each algorithm."""
    keys = [f"SHA256:{letter * 43}" for letter in "AB"]
    text = full.replace(f'"{keys[0]}"', f"[{', '.join(keys)}]")
    assert load(text).customers[0].resources[0].ssh.host_keys == tuple(keys)


def test_a_host_may_be_known_by_an_authority_its_zone_or_a_pin(load, full):
    """Without host_key and with a certificate authority for the login, every other way reaches the model."""
    keys = [f"SHA256:{letter * 43}" for letter in "AB"]
    given = f'key: "file:/etc/posture/keys/bakery", host_key: "{keys[0]}"'
    text = full.replace(given, f'authority: "file:/etc/posture/ca", host_authority: "{keys[1]}", sshfp: true')
    ssh = load(text).customers[0].resources[0].ssh
    assert (ssh.key, str(ssh.authority), ssh.host_keys) == (None, "file:/etc/posture/ca", ())
    assert (ssh.host_authorities, ssh.sshfp) == ((keys[1],), True)
    bare = load(full.replace(f', host_key: "{keys[0]}"', "")).customers[0].resources[0].ssh
    assert (bare.host_keys, bare.host_authorities, bare.sshfp) == ((), (), False)


def test_addresses_and_names_are_written_one_way(load):
    """What is the same host is the same text, whichever way the file writes it."""
    text = SHORTEST.replace(
        "198.51.100.2}", "'::ffff:198.51.100.2'}, {kind: host, id: web2, address: WEB1.Bakery.Example.}"
    )
    assert [r.address for r in load(text).customers[0].resources] == ["198.51.100.2", "web1.bakery.example"]


def test_a_lapsed_authorization_is_told_apart_from_errors(load):
    """The other customers' audits go on, so the program needs to know whose has lapsed, and where."""
    inventory = load(TWO)
    assert [c.id for c in inventory.customers] == ["first", "second"]
    (expired,), (not_yet,) = inventory.expired, inventory.not_yet
    assert (expired.customer, not_yet.customer) == ("first", "second")
    assert str(expired) == (
        "customers.yaml:4: customers[0].authorization.valid_until: ended on 2026-10-31T00:00:00+01:00; "
        "agree on a new period and set a later date"
    )
    assert str(not_yet) == (
        "customers.yaml:10: customers[1].authorization.valid_from: begins on 2027-01-01T00:00:00+00:00; "
        "wait, or set an earlier date if that was agreed"
    )


@pytest.mark.parametrize(
    ("written", "windows"),
    [
        ("", ()),
        ("18:00-24:00", (Window(time(18), time(0)),)),
        (" 00:00 - 06:00,22:30-23:00 ", (Window(time(0), time(6)), Window(time(22, 30), time(23)))),
    ],
)
def test_hours_are_read_as_people_write_them(load, written, windows):
    """Nothing means any hour; a rate that is not there is the program's own."""
    (bakery,) = load(SHORTEST.replace("name:", f"timezone: UTC, window: '{written}', name:")).customers
    assert (bakery.windows, bakery.rate) == (windows, 0)


def test_hours_without_a_time_zone_are_a_warning(load):
    """UTC's night is not everybody's."""
    (warning,) = load(SHORTEST.replace("name:", "window: '22:00-06:00', name:")).warnings
    assert str(warning).startswith("customers.yaml:2: customers[0].window: is read in UTC, as the customer has no")


def test_networks_of_two_customers_that_overlap_are_a_warning(load):
    """An address two customers claim may be scanned in the wrong one's name; what is excluded there is settled."""
    (warning,) = load(TWO).warnings
    assert str(warning) == (
        "customers.yaml:11: customers[1].networks[0]: 198.51.100.16/28 lies in 198.51.100.0/24 of customer first "
        "(line 5); look whose it is; if it is not first's, add it to the exclude list there"
    )


def test_the_authorization_ends_at_its_last_moment(load, now):
    """The end is excluded: at that very moment nothing may be contacted any more."""
    text = SHORTEST.replace("2027-03-02T00:00:00+01:00", now.isoformat())
    assert [p.customer for p in load(text).expired] == ["bakery"]


def test_the_schema_describes_every_field_and_accepts_the_example(full):
    """An editor that reads the schema completes and explains each field."""
    schema = inventory_schema()
    jsonschema.Draft202012Validator.check_schema(schema)
    undescribed = [
        f"{name}.{field}"
        for name, part in {"": schema, **schema["$defs"]}.items()
        for field, about in part.get("properties", {}).items()
        if not about.get("description")
    ]
    assert not undescribed
    # YAML's own timestamps are dates to PyYAML; the program, and an editor, read them as text.
    document = yaml.load(full, Loader=yaml.BaseLoader)
    document["customers"][0]["resources"][0]["ssh"]["port"] = 22
    document["customers"][0]["resources"][1]["sends_mail"] = True
    document["customers"][0]["rate"] = 2000
    jsonschema.validate(document, schema)


def test_the_schema_refuses_what_loading_refuses(full):
    """Unknown keys, literal secrets and empty optional fields are marked while one types."""
    validator = jsonschema.Draft202012Validator(inventory_schema())
    for wrong in (
        {"kind": "host", "id": "web1", "address": "198.51.100.2", "port": 22},
        {"kind": "repository", "id": "shop", "url": "file:///srv/shop.git", "token": "hunter2"},
        {"kind": "host", "id": "web1", "address": "198.51.100.2", "ssh": None},
        {"kind": "hots", "id": "web1"},
    ):
        document = yaml.load(full, Loader=yaml.BaseLoader)
        document["customers"][0]["resources"] = [wrong]
        assert not validator.is_valid(document), wrong


def test_examples_of_the_schema_are_valid():
    """A fix that quotes an example must not lead to the next error."""
    schema = inventory_schema()
    for part in schema["$defs"].values():
        for about in part.get("properties", {}).values():
            for example in about.get("examples", []):
                jsonschema.validate(example, {**about, "$defs": schema["$defs"]})
