# Of the section ssh, last, account by account: A its name, O what sshd does for it, D a port where that differs, M why
# sshd did not say, then its keys, Z its end. Asks sshd as the account that runs the collector; root looks for the keys
# with the rights of the account.

# deciding ANSWER: those of its settings that decide who may log in, and how
deciding() {
  printf '%s\n' "$1" | sort | grep -E '^((password|kbdinteractive|challengeresponse|pubkey)authentication|authenticationmethods|usepam|permitrootlogin|permitemptypasswords|authorizedkeys(file|command)|(allow|deny)(users|groups)) '
}
keys_files() { printf '%s\n' "$1" | sed -n 's/^authorizedkeysfile //p' | head -n 1; }

patience=3 stalled=0
logins | head -n 50 | while IFS=$tab read -r name uid gid home; do
  unset IFS
  stuck=no
  case $name in *[!A-Za-z0-9._@-]*|'') continue ;; esac
  printf 'A\t%s\n' "$name"
  files='.ssh/authorized_keys .ssh/authorized_keys2'
  if [ -n "$sshd" ]; then
    if options=$(effective "$name" "$@" </dev/null); then
      printf '%s\n' "$options" | sed "s/^/O$tab/"
      files=$(keys_files "$options")
      for other in $ports; do
        [ "$other" != "$port" ] || continue
        further=$(port=$other; effective "$name" "$@" </dev/null) || further=
        [ "$(deciding "$further")" = "$(deciding "$options")" ] || printf 'D\t%s\n' "$other"
        files=$(printf '%s %s' "$files" "$(keys_files "$further")" | tr ' ' '\n' | awk '!seen[$0]++')
      done
    else
      effective "$name" "$@" 2>&1 >/dev/null </dev/null | head -n 3 | cut -c 1-300 | sed "s/^/M$tab/"
      printf 'Z\t%s\tfailed\n' "$name"
      continue
    fi
  fi
  keys_of "$files"
  # An account that lets us wait costs only itself; many of them together get less time each.
  if [ $stuck = yes ]; then stalled=$((stalled + 1)); [ $stalled -lt 4 ] || patience=1; fi
  printf 'Z\t%s\tread\n' "$name"
done
