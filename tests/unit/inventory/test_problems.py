"""What each mistake is answered with: file, line, field, what is wrong, and the fix."""

# ruff: noqa: E501  an answer is one line, and reads best beside its mistake

import pytest

BASE = """\
customers:
  - id: bakery
    name: Example Bakery
    authorization:
      method: contract
      reference: MSA-7.1
      granted_by: Jane Doe
      valid_from: 2026-03-02T00:00:00+01:00
      valid_until: 2027-03-02T00:00:00+01:00
    networks: [198.51.100.0/28]
    exclude: [198.51.100.9]
    resources:
      - kind: host
        id: web1
        address: 198.51.100.2
        ssh:
          user: auditor
          key: file:/etc/posture/keys/bakery
          host_key: SHA256:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA
      - {kind: domain, id: bakery.example, sends_mail: true}
      - {kind: aws-account, id: "111122223333", role_arn: "arn:aws:iam::111122223333:role/A", external_id: "env:X"}
      - {kind: accounts, id: staff, source: csv, path: staff.csv}
      - {kind: repository, id: shop, url: "https://git.bakery.example/shop.git"}
"""

REFERENCE = "a reference: env:NAME, file:/path, keyring:service/user or command:..."
NOT_THE_SECRET = f"is not a reference to a secret; never write the secret itself, but {REFERENCE}"
OFFSET = "write it with the offset, like 2027-03-02T00:00:00+01:00"

# what is written, what stands there instead, the line of text that answers it
MISTAKES = [
    # customers
    ("id: bakery", "id: Bakery GmbH", "2: customers[0].id: is no customer id; use small letters, digits and hyphens, like example-bakery"),
    ("id: bakery", f"id: {'a' * 65}", "2: customers[0].id: is longer than 64 characters; shorten it"),
    ("id: bakery", "id: 42", '2: customers[0].id: is read as a number; put it in quotes: "42"'),
    ("id: bakery", "id: this-machine", "2: customers[0].id: is the name of the machine the program runs on (--local); choose another id"),
    ("name: Example Bakery", "name: yes", "3: customers[0].name: is read as true or false; put it in quotes"),
    ("name: Example Bakery", "name: ''", "3: customers[0].name: is empty; write a text"),
    ("name: Example Bakery", f"name: {'a' * 201}", "3: customers[0].name: is longer than 200 characters; shorten it"),
    ("user: auditor", "user: auditor\n          port: 0", "18: customers[0].resources[0].ssh.port: is smaller than 1; correct the number"),
    ("name: Example Bakery", "name: ' '", "3: customers[0].name: is empty; write a text"),
    ("name: Example Bakery", r'name: "\e[31m"', "3: customers[0].name: holds a character that cannot be seen; write it with printable characters only"),
    ("name: Example Bakery", "name:", "3: customers[0].name: is empty; write a value or delete the line, like `name: Example Bakery GmbH`"),
    ("name: Example Bakery", "nmae: Example Bakery", "3: customers[0].nmae: is no known key; did you mean name?"),
    ("name: Example Bakery", "name: E\n    name: F", "4: customers[0].name: is written twice, first in line 3; keep one of the two"),
    ("name: Example Bakery", "name: E\n    contact: nobody", "4: customers[0].contact: is no e-mail address; write it like it@bakery.example"),
    ("name: Example Bakery", "name: E\n    language: no", "4: customers[0].language: is read as true or false; put it in quotes"),
    ("name: Example Bakery", "name: E\n    language: english!", "4: customers[0].language: is no language tag; write it like en, de or pt-BR (RFC 5646)"),
    ("name: Example Bakery", "name: E\n    timezone: Europe/Berln", "4: customers[0].timezone: is no time zone; did you mean Europe/Berlin?"),
    ("name: Example Bakery", "name: E\n    timezone: ../../etc/passwd", "4: customers[0].timezone: is no time zone; write a name of the IANA list, such as Europe/Berlin or UTC"),
    # hours and rate
    ("name: Example Bakery", "name: E\n    window: nights", "4: customers[0].window: is no span of hours; write it like 22:00-06:00, several with commas between them"),
    ("name: Example Bakery", "name: E\n    window: 22:00-06:00,", "4: customers[0].window: is no span of hours; write it like 22:00-06:00, several with commas between them"),
    ("name: Example Bakery", "name: E\n    window: 22:00-24:30", "4: customers[0].window: is no span of hours; write it like 22:00-06:00, several with commas between them"),
    ("name: Example Bakery", "name: E\n    window: 00:00-24:00", "4: customers[0].window: opens and closes at the same time; delete the line where any hour will do"),
    ("name: Example Bakery", "name: E\n    window: 22:00", "4: customers[0].window: is no span of hours; write it like 22:00-06:00, several with commas between them"),
    ("name: Example Bakery", "name: E\n    window:", "4: customers[0].window: is empty; write a value or delete the line, like `window: 22:00-06:00`"),
    ("name: Example Bakery", "name: E\n    window: [22:00-06:00]", "4: customers[0].window: is a list, and something else is expected; correct it, like `window: 22:00-06:00`"),
    ("name: Example Bakery", "name: E\n    rate: 49", "4: customers[0].rate: is out of bounds; write packets per second, 50 to 100000, or delete the line"),
    ("name: Example Bakery", "name: E\n    rate: 100001", "4: customers[0].rate: is out of bounds; write packets per second, 50 to 100000, or delete the line"),
    ("name: Example Bakery", "name: E\n    rate: fast", "4: customers[0].rate: is a text, and something else is expected; correct it, like `rate: 2000`"),
    # authorization
    ("method: contract", "method: contarct", "5: customers[0].authorization.method: is not one of the known words; did you mean contract?"),
    ("method: contract", "method: handshake", "5: customers[0].authorization.method: is not one of the known words; write one of contract, dns-txt, http-token, own-allocation"),
    ("      reference: MSA-7.1\n", "", "4: customers[0].authorization.reference: is missing; add it, like `reference: MSA-7.1`"),
    ("valid_from: 2026-03-02T00:00:00+01:00", "valid_from: 2026-03-02", f"8: customers[0].authorization.valid_from: has no UTC offset, so nobody knows when it is; {OFFSET}"),
    ("valid_until: 2027-03-02T00:00:00+01:00", "valid_until: 2027-03-02T00:00:00", f"9: customers[0].authorization.valid_until: has no UTC offset, so nobody knows when it is; {OFFSET}"),
    ("valid_until: 2027-03-02T00:00:00+01:00", "valid_until: next year", f"9: customers[0].authorization.valid_until: is no date and time; {OFFSET}"),
    ("valid_until: 2027-03-02T00:00:00+01:00", "valid_until: 1893456000", f"9: customers[0].authorization.valid_until: is no date and time; {OFFSET}"),
    ("valid_until: 2027-03-02T00:00:00+01:00", "valid_until: 9999-12-31T23:59:59-14:00", "9: customers[0].authorization.valid_until: is out of range; write a year from 1970 to 9000"),
    ("valid_until: 2027-03-02T00:00:00+01:00", "valid_until: 2026-03-01T23:00:00+00:00", "9: customers[0].authorization.valid_until: is not after valid_from; set a later date, or an earlier valid_from"),
    # networks
    ("networks: [198.51.100.0/28]", "networks: [198.51.100.2/28]", "10: customers[0].networks[0]: is an address inside 198.51.100.0/28, not a network; write 198.51.100.0/28, if all of it is meant"),
    ("networks: [198.51.100.0/28]", "networks: [198.51.100.0/28, 0.0.0.0/0]", "10: customers[0].networks[1]: 0.0.0.0/0 is the whole internet, which no customer can agree to; write the customer's own networks"),
    ("networks: [198.51.100.0/28]", "networks: ['::/0']", "10: customers[0].networks[0]: ::/0 is the whole internet, which no customer can agree to; write the customer's own networks"),
    ("networks: [198.51.100.0/28]", "networks: [198.0.0.0/7]", "10: customers[0].networks[0]: 198.0.0.0/7 is too wide to have been agreed; write the customer's own networks, none wider than /8"),
    ("networks: [198.51.100.0/28]", "networks: [2001::/19]", "10: customers[0].networks[0]: 2001::/19 is too wide to have been agreed; write the customer's own networks, none wider than /20"),
    ("networks: [198.51.100.0/28]", "networks: [0.0.0.0/8]", "10: customers[0].networks[0]: 0.0.0.0/8 holds no hosts; write the customer's own networks"),
    ("networks: [198.51.100.0/28]", "networks: 198.51.100.0/28", "10: customers[0].networks: is a text, and something else is expected; correct it, like `networks: [198.51.100.0/28]`"),
    ("networks: [198.51.100.0/28]", "networks: [bakery.example]", "10: customers[0].networks[0]: is no network; write it like 198.51.100.0/28 or 2001:db8:1::/48"),
    ("networks: [198.51.100.0/28]", "networks: []", "10: customers[0].networks: is missing, and hosts are contacted only inside it; add the addresses the customer agreed to, like `networks: [198.51.100.0/28]`"),
    ("exclude: [198.51.100.9]", "exclude: ['::ffff:198.51.100.0/124']", "11: customers[0].exclude[0]: ::ffff:c633:6400/124 is IPv4 in the clothes of IPv6; write 198.51.100.0/28"),
    ("exclude: [198.51.100.9]", "exclude: [198.51.100.2]", "15: customers[0].resources[0].address: 198.51.100.2 is excluded by 198.51.100.2/32; delete the resource, or take the address out of exclude if the customer agreed"),
    # hosts
    ("kind: host", "kind: hots", "13: customers[0].resources[0].kind: is not one of the known words; did you mean host?"),
    ("kind: host", "role: web", "13: customers[0].resources[0].kind: is missing; add it: one of host, domain, aws-account, accounts, repository"),
    ("id: web1", "id: staff", "22: customers[0].resources[3].id: is already the id of another resource of this customer, in line 14; choose another id"),
    ("id: web1", "id: SHOP", "23: customers[0].resources[4].id: is already the id of another resource of this customer, in line 14; choose another id"),
    ("        address: 198.51.100.2\n", "", "13: customers[0].resources[0].address: is missing; add it, like `address: 198.51.100.2`"),
    ("address: 198.51.100.2", "address: 198.51.100.77", "15: customers[0].resources[0].address: 198.51.100.77 is in none of the customer's networks (198.51.100.0/28); correct it, or add its network to networks if the customer agreed"),
    ("address: 198.51.100.2", "address: 0.0.0.0", "15: customers[0].resources[0].address: 0.0.0.0 is no host's address; write the address of the host"),
    ("address: 198.51.100.2", "address: 198.51.100", "15: customers[0].resources[0].address: is neither an IP address nor a host name; write 198.51.100.2, 2001:db8::2 or web1.bakery.example, without scheme, port or zone"),
    ("address: 198.51.100.2", "address: 0x7f000001.", "15: customers[0].resources[0].address: is neither an IP address nor a host name; write 198.51.100.2, 2001:db8::2 or web1.bakery.example, without scheme, port or zone"),
    ("address: 198.51.100.2", "address: bäckerei.example", "15: customers[0].resources[0].address: is neither an IP address nor a host name; write the name in its ASCII form, which starts with xn--"),
    ("address: 198.51.100.2", "address: 198.51.100.2\n        port: 22", "16: customers[0].resources[0].port: is no known key; delete it; known here: kind, id, address, names, ssh"),
    ("address: 198.51.100.2", "address: 198.51.100.2\n        names: [www.bakery.example, bakery]", "16: customers[0].resources[0].names[1]: is no domain; write it like bakery.example"),
    ("address: 198.51.100.2", "address: 198.51.100.2\n        names: []", "16: customers[0].resources[0].names: is empty; list at least one"),
    ("address: 198.51.100.2", "address: 198.51.100.2\n        names: [a.x, b.x, c.x, d.x, e.x, f.x, g.x, h.x, i.x]", "16: customers[0].resources[0].names: lists more than 8; keep the most important ones"),
    ("user: auditor", "user: -oProxyCommand=x", "17: customers[0].resources[0].ssh.user: is no user name; write the account to log in with, like auditor"),
    ("user: auditor", "user: auditor\n          port: 70000", "18: customers[0].resources[0].ssh.port: is larger than 65535; correct the number"),
    ("user: auditor", "user: auditor\n          port: '22'", "18: customers[0].resources[0].ssh.port: is a text, and something else is expected; correct it, like `port: 22`"),
    ("key: file:/etc/posture/keys/bakery", "key: hunter2", f"18: customers[0].resources[0].ssh.key: {NOT_THE_SECRET}"),
    ("key: file:/etc/posture/keys/bakery", "key: 1234", f"18: customers[0].resources[0].ssh.key: {NOT_THE_SECRET}"),
    ("user: auditor", "user: auditor\n          password: hunter2", f"18: customers[0].resources[0].ssh.password: is no known key; delete it; a secret is never written here, only in `key` as {REFERENCE}"),
    ("SHA256:AAAA", "SHA256:AAA", "19: customers[0].resources[0].ssh.host_key: is no SHA256 fingerprint of a host key; copy what `ssh-keygen -lf /etc/ssh/ssh_host_ed25519_key.pub` prints on the host: SHA256: and 43 characters"),
    ("          key: file:/etc/posture/keys/bakery\n", "", f"16: customers[0].resources[0].ssh.key: is missing, and nobody can log in without it; add `key:` with {REFERENCE}"),
    ("user: auditor", "user: auditor\n          authority: file:/etc/posture/ca", "18: customers[0].resources[0].ssh.authority: is given beside key, and a login is by one of them; delete key or authority"),
    ("user: auditor", "user: auditor\n          authority: hunter2", f"18: customers[0].resources[0].ssh.authority: {NOT_THE_SECRET}"),
    ("user: auditor", "user: auditor\n          host_authority: web1", "18: customers[0].resources[0].ssh.host_authority: is no SHA256 fingerprint of a host key; copy what `ssh-keygen -lf /etc/ssh/ssh_host_ed25519_key.pub` prints on the host: SHA256: and 43 characters"),
    ("user: auditor", "user: auditor\n          sshfp: 'yes'", "18: customers[0].resources[0].ssh.sshfp: is a text, and something else is expected; correct it, like `sshfp: true`"),
    # other kinds
    ("id: bakery.example", "id: bakery", "20: customers[0].resources[1].id: is no domain; write it like bakery.example"),
    ("sends_mail: true", "sends_mail: 'true'", "20: customers[0].resources[1].sends_mail: is a text, and something else is expected; correct it, like `sends_mail: true`"),
    ('id: "111122223333"', "id: 111122223333", '21: customers[0].resources[2].id: is read as a number; put it in quotes: "111122223333"'),
    ('id: "111122223333"', 'id: "1111"', '21: customers[0].resources[2].id: is no AWS account id; write its twelve digits in quotes, like "111122223333"'),
    ("iam::111122223333", "iam::999922223333", "21: customers[0].resources[2].role_arn: is a role of another account; give the role of the account in `id`, or correct the id"),
    ('external_id: "env:X"', "external_id: hunter2", f"21: customers[0].resources[2].external_id: {NOT_THE_SECRET}"),
    ("source: csv, path: staff.csv", "source: csv", "22: customers[0].resources[3].path: is missing, and source csv needs it; add `path: staff.csv`"),
    ("source: csv,", "source: csv, org: bakery,", "22: customers[0].resources[3].org: means nothing to source csv; delete it; path says where"),
    ("source: csv,", "source: CVS,", "22: customers[0].resources[3].source: is not one of the known words; did you mean csv?"),
    ("https://git", "https://hunter2@git", f"23: customers[0].resources[4].url: holds a login; delete what stands before the @, and give `token` as {REFERENCE}"),
    ("https://git", "ftp://git", "23: customers[0].resources[4].url: is no URL that can be used here; write one that starts with https, http, ssh, file://"),
]  # fmt: skip


@pytest.mark.parametrize(("right", "wrong", "answer"), MISTAKES, ids=[wrong[:40] for _, wrong, _ in MISTAKES])
def test_a_mistake_is_answered_with_one_line(complaints, right, wrong, answer):
    """File, line, field, what is wrong, and the fix; and nothing else is claimed to be wrong."""
    assert right in BASE
    lines = complaints(BASE.replace(right, wrong, 1))
    assert lines == [f"customers.yaml:{answer}"]
    assert "hunter2" not in lines[0]


WHOLE = [
    ("", "customers.yaml: is empty; start it with `customers:`"),
    ("# nothing\n", "customers.yaml: is empty; start it with `customers:`"),
    ("- id: bakery\n", "customers.yaml:1: is no mapping; start the file with `customers:` and list the customers below it"),
    ("customers: []\n", "customers.yaml:1: customers: is empty; list at least one"),
    ("{}\n", "customers.yaml:1: customers: is missing; add it, as `posture inventory schema` describes it"),
    ("customers:\n\t- id: bakery\n", "customers.yaml:2: is indented with a tab; indent with spaces"),
    ("customers:\n  - {id: bakery\n", "customers.yaml:3: is not YAML: did not find expected ',' or '}'; check the indentation, the brackets and the quotes here and in the line above"),
    (b"customers:\n  - id: b\xe4ckerei\n", "customers.yaml:2: is not UTF-8; save the file as UTF-8"),
    ("customers:\n  - id: b\x00\n", "customers.yaml:2: holds the control character U+0000; delete it"),
    ("customers: []\n---\nother: 1\n", "customers.yaml:2: a second document starts here; keep one list of customers in the file"),
    ("customers: " + "[" * 100, "customers.yaml:1: customers[0][0][0][0][0][0][0][0][0][0][0][0][0][0][0][0][0][0][0]: is nested deeper than 20 levels; no inventory needs that; check brackets"),
    ("? [a, b]\n: 1\n", "customers.yaml:1: a key must be a single word; check the brackets, and write `key: value`"),
    (b"x" * (8 * 1024 * 1024 + 1), "customers.yaml: is larger than 8 MiB; split it into several inventories"),
]  # fmt: skip


@pytest.mark.parametrize(("text", "answer"), WHOLE, ids=[answer[:60] for _, answer in WHOLE])
def test_a_file_that_is_no_inventory_is_refused_in_one_line(complaints, text, answer):
    """Whatever it is instead, the line says where and what to do."""
    assert complaints(text) == [answer]


def test_anchors_aliases_merge_keys_and_tags_are_refused(complaints):
    """A few hundred bytes of aliases expand to gigabytes, and a tag may construct anything; all are told at once."""
    text = "customers: &hunter2 []\nmore: *hunter2\nother: {<<: {a: 1}}\nlast: !!python/object:os.system x\n"
    assert complaints(text) == [
        "customers.yaml:1: customers: anchors (&name) are not read here; delete it; put a text that starts with & in quotes",
        "customers.yaml:2: more: aliases (*name) are not read here; write the value out",
        "customers.yaml:3: other: merge keys (<<) are not read here; write the keys out",
        "customers.yaml:4: last: tags (!name) are not read here; delete it; put a text that starts with ! in quotes",
    ]


def test_an_alias_bomb_is_refused_at_once(complaints):
    """Nine levels of nine aliases would be a billion values."""
    bomb = "a0: &a0 [x]\n" + "".join(f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]\n" for n in range(1, 10))
    assert "aliases" in "\n".join(complaints(bomb))


def test_all_problems_are_found_at_once_in_the_order_of_the_file(complaints):
    """Nobody likes to correct a file one error a run."""
    text = BASE.replace("id: bakery\n", "id: Bakery\n").replace("Jane Doe", "").replace("198.51.100.2\n", "192.0.2.1\n")
    text = text.replace("valid_until: 2027", "valid_until: 2025").replace("id: staff", "id: web1") + "extra: 1\n"
    assert [line.split(": ")[0] + " " + line.split(": ")[1] for line in complaints(text)] == [
        "customers.yaml:2 customers[0].id",
        "customers.yaml:7 customers[0].authorization.granted_by",
        "customers.yaml:9 customers[0].authorization.valid_until",
        "customers.yaml:15 customers[0].resources[0].address",
        "customers.yaml:22 customers[0].resources[3].id",
        "customers.yaml:24 extra",
    ]


def test_lapsed_authorizations_are_told_with_the_errors(complaints):
    """Else they would turn up only after everything else is corrected."""
    text = BASE.replace("valid_until: 2027-03", "valid_until: 2026-10").replace("id: shop", "id: staff")
    assert [line.partition("; ")[0] for line in complaints(text)] == [
        "customers.yaml:9: customers[0].authorization.valid_until: ended on 2026-10-02T00:00:00+01:00",
        "customers.yaml:23: customers[0].resources[4].id: is already the id of another resource of this customer, in line 22",
    ]


def test_two_customers_may_not_share_an_id_or_a_host_address(complaints):
    """One address, two customers: the finding of one would stand in the other's report."""
    second = BASE.removeprefix("customers:\n").replace("198.51.100.2\n", "'::ffff:198.51.100.2'\n")
    assert complaints(BASE + second) == [
        "customers.yaml:24: customers[1].id: is already the id of another customer, in line 2; choose another id",
        "customers.yaml:37: customers[1].resources[0].address: 198.51.100.2 is also a host of customers[0], in line 15; list it under the customer whose machine it is",
    ]


@pytest.mark.parametrize("key", ["password", "passwd", "api_key", "apiKey", "private-key", "secret", "auth_token"])
def test_an_unknown_key_that_holds_a_secret_is_pointed_to_references(complaints, key):
    """Wherever it stands; and the secret is not repeated."""
    (line,) = complaints(BASE.replace("id: shop,", f"id: shop, {key}: hunter2,"))
    assert line.startswith(
        f"customers.yaml:23: customers[0].resources[4].{key}: is no known key; delete it; a secret is"
    )
    assert "`token` as a reference" in line
    assert "hunter2" not in line


def test_a_thousand_problems_do_not_fill_the_terminal(complaints):
    """The first hundred are shown, and how many there are."""
    lines = complaints("customers:\n" + "  - 1\n" * 1000)
    assert (len(lines), lines[-1]) == (101, "… 900 more problems")
