# The posture host collector: POSIX sh, read on standard input (sh -s), one round trip.
#
# It only reads. The one thing it ever writes is a folder of its own below TMPDIR with a throw-away SSH host key, removed
# at the end: "sshd -T" of OpenSSH before 9.3 prints nothing for a user who cannot read the host's own keys. What stays on
# the host: password hashes (reduced to set/locked/empty), private key material (only the public head of a file leaves),
# command lines (only arguments that are existing files), and lines of authorized_keys that hold no public key. Secrets
# in files (section leaks) are judged there; their place, kind, first four characters at most and a fingerprint leave.
#
# People with accounts on the host may be hostile. As root, whatever lies in an account's home is looked at and opened
# with that account's rights and nothing else of ours, for a few seconds, and not waited for: it can only hinder itself.
# What such a program says is taken for the account's own word, about its own home. Without setpriv(1) root opens only
# regular files of the account or its own, no links. That, and root's search through /srv and /var/www, leaves one race:
# whoever owns a folder there may put a link in a file's place between the look and the opening. Only the heads of key
# files, lines with public keys and words like versions could leave by it, and a pipe or device holds the search up until
# its time is over.
# A FUSE file system that lets root in (user_allow_other) can hold up root's own look at a home, and with it a section.
#
# Everything stands in a function called by the last line: a script cut off on its way runs nothing. Each section is framed
# with a number nobody on the host can know beforehand, so that no file content can pose as a section.
#
#   NONCE begin NAME / the section / NONCE end NAME STATUS LIMIT ... NONCE done SECTIONS
#
# A line of a file's name between two @ stands for that file, beside this one: program.py puts them in, and the whole is
# sent in one piece. In the place of HELLO stands where nonce and key come from: written in where the script is sent,
# read from the first line of standard input where it is installed. The key is the customer's own, for the fingerprints of secrets; a command
# line never holds it, since everybody on the host can read those.

posture_main() {
version=@VERSION@
@HELLO@
PATH=/usr/sbin:/usr/bin:/sbin:/bin:/usr/local/sbin:/usr/local/bin
LC_ALL=C LANG=C LANGUAGE=C
export PATH LC_ALL LANG LANGUAGE
unset ENV BASH_ENV CDPATH GREP_OPTIONS POSIXLY_CORRECT DPKG_ROOT DPKG_ADMINDIR
umask 077
cd / || exit 1

# Where root allowed this one program to this account, its copy runs instead of this one, and sees all.
root=/usr/local/sbin/posture-collect-root
if [ "$(id -u)" != 0 ] && [ -x $root ] && sudo -n -l $root >/dev/null 2>&1 </dev/null; then
  printf '#posture 1 %s %s\n' "$nonce" "$key" | sudo -n $root && return
fi
renice -n 10 -p $$ >/dev/null 2>&1
limited=no
timeout -k 1 5 true >/dev/null 2>&1 && limited=yes
apart=no
[ "$(id -u)" = 0 ] && setpriv --reuid=65534 --regid=65534 --clear-groups --no-new-privs true >/dev/null 2>&1 && apart=yes
count=0
tab=$(printf '\t')
exec 4>&1

# section NAME SECONDS BYTES, the program on standard input
section() {
  program="limited=$limited apart=$apart collector='$version$tab$digest$tab$kind'
$common$(cat)"
  printf '\n%s begin %s\n' "$nonce" "$1"
  status=$({ {
    if [ $limited = yes ]; then timeout -k 2 "$2" sh -c "$program" posture; else sh -c "$program" posture; fi \
      </dev/null 2>/dev/null 3>&- 4>&-
    echo $? >&3
  } | head -c "$3" >&4 3>&-; } 3>&1)
  printf '\n%s end %s %s %s\n' "$nonce" "$1" "${status:-1}" "$3"
  count=$((count + 1))
}

common='
@common.sh@
'

section system 10 65536 <<'EOF'
@system.sh@
EOF

section accounts 10 1048576 <<'EOF'
@accounts.sh@
EOF

section sockets 30 2097152 <<'EOF'
@file_owners.sh@
@sockets.sh@
EOF

section ssh 120 3145728 <<'EOF'
@ssh_listeners.sh@
@ssh_criteria.sh@
@sshd.sh@
@public_head.sh@
@ssh_authorities.sh@
@ssh_contexts.sh@
@authorized_keys.sh@
@ssh_accounts.sh@
EOF

section pam 15 1048576 <<'EOF'
@pam.sh@
EOF

section ssh-log 50 1048576 <<'EOF'
@ssh_log.sh@
EOF

section sudo 15 1048576 <<'EOF'
@sudo.sh@
EOF

section private-keys 150 2097152 <<'EOF'
@public_head.sh@
@readers.sh@
@private_keys.sh@
EOF

export POSTURE_KEY="$key"
section leaks 60 1048576 <<'EOF'
packed=@PACKED@
@readers.sh@
@leaks.sh@
EOF
unset POSTURE_KEY

section packages 30 4194304 <<'EOF'
@packages.sh@
EOF

section updates 20 262144 <<'EOF'
@updates.sh@
EOF

section stale-processes 30 524288 <<'EOF'
@file_owners.sh@
@stale_processes.sh@
EOF

section software 150 4194304 <<'EOF'
@applications.sh@
@software.sh@
EOF

printf '\n%s done %s\n' "$nonce" "$count"
}
@START@
