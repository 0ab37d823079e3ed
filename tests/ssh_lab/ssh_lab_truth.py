"""What is true of each configuration, told by hand from sshd_config(5), sshd(8), sudoers(5), before anything was run.

Logins are tried for real, so that the table cannot say of sshd what sshd does not do.
"""

from __future__ import annotations

from ssh_lab.ssh_lab_rows import OFFICE, Truth, critical, fine, high, low, medium, no, unknown, yes

PASSWORD, ROOT, EMPTY = "mfa.ssh-password-login", "mfa.ssh-root-login", "mfa.empty-password"
UNRESTRICTED, FORWARDING = "keys.authorized-key-unrestricted", "keys.authorized-key-forwarding"
DEAD, WEAK, UNUSED = "keys.authorized-key-dead", "keys.authorized-key-weak", "keys.authorized-key-unused"
JOB, COMMAND = "keys.authorized-key-shell-for-job", "keys.authorized-keys-command"
WRITABLE, AUTHORITY = "keys.authorized-keys-writable", "keys.certificate-authority-unbounded"
KNOWN, OPEN, OPENS = "keys.key-compromised", "keys.private-key-unencrypted", "keys.private-key-opens-host"
GUESSING, SECOND, SUDO = "keys.ssh-guessing", "keys.second-root", "keys.sudo-without-password"
READABLE = "keys.private-key-readable"

JUDGED = frozenset({
    PASSWORD, ROOT, EMPTY, UNRESTRICTED, FORWARDING, DEAD, WEAK, UNUSED, JOB, COMMAND, WRITABLE, AUTHORITY, KNOWN, OPEN,
    OPENS, GUESSING, SECOND, SUDO, READABLE,
})  # fmt: skip

NO_LOG = unknown(UNUSED, word="log")  # whether a key is used
ALL_OF_SSHD = tuple(
    map(unknown, (PASSWORD, ROOT, UNRESTRICTED, FORWARDING, DEAD, WEAK, JOB, COMMAND, WRITABLE, AUTHORITY, GUESSING))
)

DEBIAN = Truth(
    (
        yes("anna", "password"), yes("anna", "anna"), yes("root", "ops"), no("root", "password"),
        no("bert", "password"),
    ),
    (
        high(PASSWORD, "anna", "password"), fine(PASSWORD, "root"), fine(PASSWORD, "bert", "locked"),
        medium(ROOT, "root", "key"), medium(GUESSING, ""),
        medium(UNRESTRICTED, "anna {anna}", "any address"), medium(UNRESTRICTED, "root {ops}", "any address"),
        fine(SUDO, "*"), NO_LOG,
    ),
)  # fmt: skip

# Without rights: /etc/shadow, homes of mode 700, sudoers, the log. What sshd itself says is there all the same.
DEBIAN_WITHOUT_RIGHTS = Truth(
    (),
    (
        unknown(PASSWORD, "anna"), unknown(PASSWORD, "bert"), fine(PASSWORD, "root"), unknown(ROOT, "root"),
        unknown(GUESSING), unknown(UNRESTRICTED), unknown(FORWARDING), unknown(DEAD), unknown(WEAK), unknown(JOB),
        unknown(WRITABLE), unknown(AUTHORITY), unknown(UNUSED), unknown(KNOWN), unknown(EMPTY), unknown(SUDO),
        unknown(OPEN), unknown(READABLE), unknown(OPENS), fine(COMMAND, ""),
    ),
)  # fmt: skip

# The first value wins, and Include stands first (sshd_config(5)): the drop-in's yes beats the main file's no.
CLOUD_INIT = Truth(
    (yes("anna", "password"), no("root", "image"), no("root", "password")),
    (
        high(PASSWORD, "anna", "password"), fine(PASSWORD, "root"), fine(ROOT, "root", "no"),
        medium(GUESSING, ""), medium(SUDO, "anna everything", "password"), NO_LOG,
    ),
)  # fmt: skip

MATCH_ADDRESS = Truth(
    (
        yes("root", "password", OFFICE), no("root", "password"), yes("anna", "anna", OFFICE), no("anna", "anna"),
        no("anna", "password", OFFICE),
    ),
    (
        medium(PASSWORD, "root", "10.0.0.0/8"), medium(ROOT, "root", "10.0.0.0/8"), fine(PASSWORD, "anna", "locked"),
        fine(GUESSING, ""), fine(UNRESTRICTED, "*"), NO_LOG,
    ),
)  # fmt: skip

# An account whose password begins with ! is locked, and without PAM sshd refuses its keys, too (auth.c).
MATCH_PORT = Truth(
    (yes("anna", "password", port=2222), no("anna", "password"), no("root", "password", port=2222),
        no("bert", "bert"),
    ),
    (
        high(PASSWORD, "anna", "2222"), fine(PASSWORD, "root", "locked"), fine(ROOT, "root"), medium(GUESSING, ""),
        fine(UNRESTRICTED, "bert {bert}", "locked"), NO_LOG,
    ),
)  # fmt: skip

# A certificate opens the account that it names unless the account has a list of names (AuthorizedPrincipalsFile).
# Whether the authority has signed one for root is not to be seen on the host.
CERTIFICATES = Truth(
    (
        yes("root", "ca-root"), no("anna", "ca-anna"), yes("anna", "ca-ops"), no("anna", "line-anna"),
        yes("anna", "line-deploy"), yes("bert", "free-bert"), no("bert", "free-anna"), no("bert", "free"),
    ),
    (
        medium(AUTHORITY, "TrustedUserCAKeys root", "root"), low(AUTHORITY, "RevokedKeys", "revoked"),
        low(AUTHORITY, "bert {free}"), fine(AUTHORITY, "anna {line}"),
        unknown(ROOT, "root", "certificate"), fine(PASSWORD, "anna"),
    ),
)  # fmt: skip

# touch-required holds whatever the line says (sshd_config(5), PubkeyAuthOptions).
SECURITY_KEYS = Truth(
    (yes("dora", "dora"),),
    (
        low(WEAK, "bert {sk-bert}", "touch"), fine(WEAK, "*"), low(UNRESTRICTED, "dora {dora}"),
        low(UNRESTRICTED, "erik {sk-erik}"), fine(ROOT, "root"), NO_LOG,
    ),
)  # fmt: skip

# A line of a file that is dead is no matter of the command; all else may come from it.
KEYS_COMMAND = Truth(
    (yes("anna", "served"), no("anna", "anna")),
    (
        unknown(COMMAND, word="/etc/ssh/keys.sh"), unknown(ROOT, "root", "command"), unknown(UNRESTRICTED),
        unknown(FORWARDING), unknown(WEAK), unknown(JOB), unknown(AUTHORITY), unknown(UNUSED),
        unknown(OPENS), unknown(KNOWN, "keys that open accounts", "command"), fine(PASSWORD, "anna"),
    ),
)  # fmt: skip

BROKEN = Truth((), (*ALL_OF_SSHD, unknown(UNUSED), unknown(KNOWN), unknown(OPENS), fine(SECOND, "*")))

# What an account without rights does not see: password states, others' homes, sudoers, the log.
UNREADABLE_INCLUDE = Truth(
    (),
    (
        *ALL_OF_SSHD,
        unknown(UNUSED),
        unknown(KNOWN),
        unknown(EMPTY),
        unknown(SUDO),
        unknown(OPENS),
        unknown(OPEN),
        unknown(READABLE),
    ),
)

# Wildcards in AuthorizedKeysFile came with OpenSSH 10.0 (release notes): in Debian 12 the name stands for itself.
KEYS_ELSEWHERE = Truth(
    (yes("anna", "anna"), no("anna", "glob"), no("bert", "bert"), yes("carl", "carl")),
    (
        medium(UNRESTRICTED, "anna {anna}"), low(UNRESTRICTED, "carl {carl}"),
        fine(UNRESTRICTED, "bert {bert}", "StrictModes"), medium(WRITABLE, "bert /home/bert", "web"),
        fine(ROOT, "root"), NO_LOG,
    ),
)  # fmt: skip

KEYS_WITHOUT_STRICT_MODES = Truth(
    (yes("anna", "anna"), no("anna", "glob"), yes("bert", "bert"), yes("carl", "carl")),
    (
        medium(UNRESTRICTED, "anna {anna}"), low(UNRESTRICTED, "carl {carl}"), low(UNRESTRICTED, "bert {bert}"),
        high(WRITABLE, "bert /home/bert", "web"), fine(ROOT, "root"), NO_LOG,
    ),
)  # fmt: skip

# One bad option and the line is none (sshd(8)). command= alone leaves forwarding; permitopen= leaves -R and sockets.
BACKUP_KEYS = Truth(
    (
        yes("backup", "borg"), yes("backup", "borg", forward=True), yes("backup", "rrsync"),
        no("backup", "rrsync", forward=True), no("backup", "tunnel", forward=True), yes("backup", "from"),
        no("backup", "from", OFFICE), no("backup", "expired"), no("backup", "unknown"), no("backup", "twice"),
        no("backup", "twice", OFFICE), yes("backup", "environment"),
    ),
    (
        medium(FORWARDING, "backup {borg}"), low(FORWARDING, "backup {tunnel}"), fine(FORWARDING, "backup {rrsync}"),
        low(DEAD, "backup {expired}", "2020"), low(DEAD, "backup {unknown}", "no-shell"),
        low(DEAD, "backup {twice}", "from"),
        low(JOB, "backup {from}", "shell"), low(JOB, "backup {environment}", "shell"), fine(JOB, "backup {borg}"),
        low(UNUSED, "backup {rrsync}"), low(UNUSED, "backup {tunnel}"), low(UNUSED, "backup {environment}"),
        fine(ROOT, "root"),
    ),
)  # fmt: skip

ALLOWED_USERS = Truth(
    (
        no("anna", "password"), no("anna", "anna"), yes("anna", "anna+password"),
        no("bert", "password"), yes("bert", "password", OFFICE), no("carl", "password"), yes("dora", "empty"),
        no("erik", "password"), yes("fred", "password"), no("twin", "password"), no("root", "password"),
        yes("nora", "nora", forward=True),
    ),
    (
        fine(PASSWORD, "anna"), fine(UNRESTRICTED, "anna {anna}"), medium(PASSWORD, "bert", "10.*"),
        fine(PASSWORD, "carl", "DenyUsers"), high(PASSWORD, "dora"), critical(EMPTY, "dora", "empty"),
        fine(PASSWORD, "erik", "AllowGroups"), high(PASSWORD, "fred"), fine(PASSWORD, "twin"), fine(PASSWORD, "root"),
        fine(ROOT, "root", "no"), fine(ROOT, "twin", "no"), high(SECOND, "twin"), low(UNUSED, "nora {nora}", "shell"),
        medium(GUESSING, ""), medium(SUDO, "fred /usr/bin/vim", "vim"), medium(SUDO, "anna /usr/bin/vim", "vim"),
        NO_LOG,
    ),
)  # fmt: skip

# RequiredRSASize is 1024; ssh-dss is not among PubkeyAcceptedAlgorithms (sshd_config(5) of OpenSSH 9.2).
FORCED_COMMANDS = Truth(
    (
        yes("files", "files"), no("files", "files", forward=True), no("root", "plain"), yes("root", "job"),
        yes("root", "job", forward=True), yes("bert", "rsa1024"), no("bert", "dsa"), yes("dora", "stolen"),
    ),
    (
        fine(ROOT, "root"), medium(FORWARDING, "root {job}"), critical(KNOWN, "vagrant {vagrant}"),
        low(UNRESTRICTED, "vagrant {vagrant}"), high(WEAK, "bert {rsa1024}", "1024"), low(WEAK, "bert {dsa}", "DSA"),
        low(UNRESTRICTED, "bert {rsa1024}"), medium(UNRESTRICTED, "dora {stolen}"),
        low(OPEN, "/home/carl/.ssh/id_ed25519", "carl"), high(OPENS, "lab /home/carl/.ssh/id_ed25519", "dora"), NO_LOG,
    ),
)  # fmt: skip

# Where the program falls short of the table, and why; a test fails as soon as it does not any more.
GAPS: dict[str, dict[tuple[str, str], str]] = {}
