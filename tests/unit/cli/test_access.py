"""The commands that let posture into hosts, and the keys they make."""

from __future__ import annotations

import stat
from pathlib import Path

from click.testing import CliRunner, Result

from posture.cli.errors import Usage
from posture.cli.main import cli
from posture.collect.redaction_key import customer_key, installation_key

INVENTORY = """customers:
  - id: bakery
    name: Example Bakery
    authorization: {method: contract, reference: MSA-1, granted_by: Jane Doe,
      valid_from: 2026-01-01T00:00:00+00:00, valid_until: 2126-01-01T00:00:00+00:00}
    networks: [198.51.100.0/28]
    resources:
      - {kind: host, id: web1, address: 198.51.100.2}
"""


def run(*words: str) -> Result:
    return CliRunner().invoke(cli, words, standalone_mode=False)


def test_an_authority_is_made_once_and_only_its_public_half_is_shown(tmp_path: Path) -> None:
    """The file is for its owner alone; a second time it stays as it is."""
    file = tmp_path / "ca"
    made = run("access", "ca", "--out", str(file))
    assert made.return_value == 0
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert made.stdout.startswith("ssh-ed25519 ")
    assert "PRIVATE" not in made.output
    assert run("access", "ca", "--key", f"file:{file}").stdout == made.stdout
    before = file.read_bytes()
    assert isinstance(run("access", "ca", "--out", str(file)).exception, Usage)
    assert file.read_bytes() == before


def test_the_setup_script_is_the_output_and_the_inventory_line_is_told_besides(tmp_path: Path) -> None:
    """So that the script can be written to a file; no private key is in either."""
    inventory, file = tmp_path / "customers.yaml", tmp_path / "ca"
    inventory.write_text(INVENTORY)
    run("access", "ca", "--out", str(file))
    done = run("access", "setup", "bakery", "--inventory", str(inventory), "--authority", f"file:{file}")
    assert done.return_value == 0
    assert done.stdout.startswith("#!/bin/sh\n")
    assert f'ssh: {{user: posture-audit, authority: "file:{file}", host_key: "SHA256:..."}}' in done.stderr
    assert "PRIVATE KEY-----\n" not in done.output
    assert isinstance(run("access", "setup", "bakery", "--inventory", str(inventory)).exception, Usage)


def test_hosts_that_differ_need_one_word_for_all_of_them(tmp_path: Path) -> None:
    """--authority says it all, and so does --key, whatever the inventory has; without either nothing is written."""
    inventory, file, out = tmp_path / "customers.yaml", tmp_path / "ca", tmp_path / "setup.sh"
    ssh = ("{user: a, authority: 'file:/k', host_key: 'SHA256:%s'}", "{user: a, key: 'file:/l', host_key: 'SHA256:%s'}")
    hosts = (f"      - {{kind: host, id: h{n}, address: 198.51.100.{n + 3}, ssh: {entry % ('A' * 43)}}}\n"
             for n, entry in enumerate(ssh))  # fmt: skip
    inventory.write_text(INVENTORY + "".join(hosts))
    run("access", "ca", "--out", str(file))
    words = ("access", "setup", "bakery", "--inventory", str(inventory), "--out", str(out))
    assert "different ways" in str(run(*words).exception)
    assert not out.exists()
    done = run(*words, "--authority", f"file:{file}")
    assert (done.return_value, done.stdout) == (0, "")
    assert out.read_text().startswith("#!/bin/sh\n")
    assert f"Written: {out}" in done.stderr
    assert f'key: "file:{file}"' in run(*words, "--key", f"file:{file}").stderr


def test_a_folder_that_is_not_there_yet_is_told_with_the_command_that_makes_it(tmp_path: Path) -> None:
    """On a fresh machine /etc/posture is missing, and its owner is not the one who runs posture."""
    refused = run("access", "ca", "--out", str(tmp_path / "new folder/ca")).exception
    assert isinstance(refused, Usage)
    assert refused.step.endswith(f"sudo install -d -m 700 -o \"$(id -un)\" '{tmp_path}/new folder'")
    bare = run("access", "ca").exception
    assert isinstance(bare, Usage)
    assert "--out" in bare.step


def test_every_customer_has_a_key_of_its_own_from_one_that_is_made_once(tmp_path: Path) -> None:
    """The same tomorrow, another one for another customer, and readable by nobody else."""
    first = installation_key(tmp_path / "data")
    assert installation_key(tmp_path / "data") == first
    assert stat.S_IMODE((tmp_path / "data/redaction.key").stat().st_mode) == 0o600
    assert len({customer_key(first, "bakery"), customer_key(first, "mill"), first.hex()}) == 3
