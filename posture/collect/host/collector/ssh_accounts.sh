# Of the section ssh, last, account by account: A its name and the class of accounts whose answer holds for it (C, before
# its first), its keys and principals, Z its end. Accounts whose shell starts no session come last: sshd lets them in all
# the same, to forward connections. Asks sshd as the account that runs the collector; root looks for the keys with the
# rights of the account.

# without_session: as logins, the accounts that sshd lets in but that have no session (auth.c, allowed_user: the shell
# must be a program, whichever)
without_session() {
  while IFS=: read -r name secret uid gid gecos home shell; do
    case $name$uid in ""|[+-]*|\#*) continue ;; esac
    case $uid:$gid in :*|*:|*[!0-9:]*) continue ;; esac
    can_log_in "$shell" && continue
    [ -x "${shell:-/bin/sh}" ] && printf "%s\t%s\t%s\t%s\n" "$name" "$uid" "$gid" "$home"
  done </etc/passwd
}

patience=3 stalled=0
{ logins | head -n 500; without_session | head -n 500; } | classed | {
  while IFS=$tab read -r word name uid gid home; do
    unset IFS
    stuck=no class=0 state=read principals=
    case $name in *[!A-Za-z0-9._@-]*|'') continue ;; esac
    files='.ssh/authorized_keys .ssh/authorized_keys2'
    [ -z "$sshd" ] || sorted_in "$word" "$@"
    printf 'A\t%s\t%s\n' "$name" "$class"
    if [ $state = read ]; then
      keys_of "$files"
      principals_of "$principals"
      # An account that lets us wait costs only itself; many of them together get less time each.
      if [ $stuck = yes ]; then stalled=$((stalled + 1)); [ $stalled -lt 4 ] || patience=1; fi
    fi
    printf 'Z\t%s\t%s\n' "$name" $state
  done
  ca_keys
  [ "$over" = no ] || not_asked "more ways in than the $calls that were asked about"
}
