# Of the section ssh, before its accounts: which ways in the server is asked about. Accounts that no Match line tells
# apart share one answer. sorted_in() makes C, a class of accounts, of it: Q a way in (origin, address, port, address of
# the host) and O what sshd does for it, M why sshd did not say, E the end. The first way in is the internet's; others
# follow where a setting differs that decides who may log in, and how. N says what was not asked.

calls=200
criteria= grouped=yes by_group=no origins= own_addresses= every_port="$port"
not_asked() { printf 'N\t%s\n' "$1"; }
has() { printf '%s\n' "$criteria" | grep -q "^$1$tab"; }

if [ -n "$sshd" ]; then
  criteria=$(printf '%s\n' "$told" | sed -n 's/^file //p' | criteria)
  case $nl$told$nl in *"${nl}more$nl"*) grouped=no; not_asked "ways in by Match lines beyond the first 64 files of the configuration" ;; esac
  [ "$(printf '%s\n' "$criteria" | wc -l)" -lt 2000 ] || { grouped=no; not_asked "ways in by more than 2000 patterns of Match lines"; }
  [ "$(printf '%s\n' "$criteria" | grep -c "^user$tab")" -le 300 ] || grouped=no
  ! has group || by_group=yes
  if has localport || [ $grouped = no ]; then every_port=$(printf '%s\n' $port $ports | awk '!seen[$0]++'); fi
  if has address || has host; then
    dns=$(effective root "$@" | sed -n 's/^usedns //p')
    origins=$(printf '%s\n' "$criteria" | samples | head -n 64)
    for kind in address host; do
      [ "$kind$dns" != hostno ] || continue # a name matches no address, and names are not asked for
      names=$(printf '%s\n' "$origins" | sed -n "s/^unasked$tab$kind$tab//p" | head -n 5 | cut -c 1-60 | tr '\n' ' ')
      [ -z "$names" ] || not_asked "clients that a Match line names by $kind ($(echo "$names" | sed 's/ $//'))"
    done
    origins=$(printf 'internet\t2001:db8::1\n%s\n' "$(printf '%s\n' "$origins" | grep -v "^unasked$tab")")
  fi
  if has localaddress; then
    own_addresses=$(hostname -I | tr ' ' '\n' | grep . | head -n 16)
    [ -n "$own_addresses" ] || not_asked "ways in by the host's own addresses, which Match LocalAddress tells apart"
    # the internet comes to one that it can reach
    public=$(printf '%s\n' "$own_addresses" | grep -vE '^(10\.|127\.|169\.254\.|192\.168\.|172\.(1[6-9]|2[0-9]|3[01])\.|100\.(6[4-9]|[7-9][0-9]|1[01][0-9]|12[0-7])\.|f[cde])' | head -n 1)
    [ -z "$public" ] || here=$public
  fi
  ! has rdomain || not_asked "routing domains that a Match line names"
  others=$(printf '%s\n' "$criteria" | cut -f 1 | grep -vxE 'user|group|host|address|localaddress|localport|rdomain|' | sort -u | head -n 5 | cut -c 1-30 | tr '\n' ' ')
  [ -z "$others" ] || { grouped=no; not_asked "what Match lines tell apart by ${others% }"; }
fi

# deciding ANSWER: those of its settings that decide who may log in, and how
deciding() {
  printf '%s\n' "$1" | sort | grep -E '^((password|kbdinteractive|challengeresponse|pubkey|hostbased|gssapi|kerberos)authentication|authenticationmethods|usepam|permit(rootlogin|emptypasswords|tty|open|listen|tunnel|userenvironment)|authorized(keysfile|keyscommand|principalsfile|principalscommand)|trustedusercakeys|revokedkeys|(allow|deny)(users|groups)|forcecommand|chrootdirectory|disableforwarding|allow(tcp|agent|streamlocal)forwarding|pubkeyauthoptions|(pubkeyaccepted|casignature)algorithms|requiredrsasize|refuseconnection) '
}
keys_files() { printf '%s\n' "$1" | sed -n 's/^authorizedkeysfile //p' | head -n 1; }
setting() { printf '%s\n' "$2" | sed -n "s/^$1 //p" | head -n 1; }

# way_in ORIGIN ADDRESS PORT OWN-ADDRESS, further options: asks, and tells what differs from the first
way_in() {
  way_origin=$1 way_from=$2 way_port=$3 way_here=$4; shift 4
  [ $asked -lt $calls ] || { over=yes; return 0; }
  asked=$((asked + 1))
  answer=$(from=$way_from port=$way_port here=$way_here; effective "$name" "$@" </dev/null) || return 1
  decides=$(deciding "$answer")
  [ "$decides" != "$first" ] || return 0
  [ -n "$first" ] || { first=$decides base=$answer; }
  case $every_port in *"$nl"*) ;; *) way_port=0 ;; esac
  [ -n "$own_addresses" ] || way_here=
  printf 'Q\t%s\t%s\t%s\t%s\n' "$way_origin" "$way_from" "$way_port" "$way_here"
  printf '%s\n' "$answer" | sed "s/^/O$tab/"
  files=$(printf '%s %s' "$files" "$(keys_files "$answer")" | tr ' ' '\n' | awk 'NF && !seen[$0]++')
  ca_files=$(printf '%s\n%s\n' "$ca_files" "$(setting trustedusercakeys "$answer")" | awk 'NF && $0 != "none" && !seen[$0]++')
  principals=$(printf '%s\n%s\n' "$principals" "$(setting authorizedprincipalsfile "$answer")" | awk 'NF && $0 != "none" && !seen[$0]++')
}
# ways_in, further options: all of them for the account $name; fails where sshd does
ways_in() {
  first= base= files= principals=
  way_in internet "$from" "$port" "$here" "$@" || return 1
  every_own=$(printf '%s\n' "$here" $own_addresses | awk '!seen[$0]++')
  for other in $every_port; do
    for own in $every_own; do
      [ "$other $own" = "$port $here" ] || way_in internet "$from" "$other" "$own" "$@" || return 1
    done
  done
  set -f; IFS=$nl
  for origin in $origins; do
    unset IFS; set +f
    for other in $every_port; do
      for own in $every_own; do way_in "${origin%%"$tab"*}" "${origin#*"$tab"}" "$other" "$own" "$@" || return 1; done
    done
  done
  unset IFS; set +f
}

# sorted_in CLASS, further options: sets $class, $state, $files and $principals for the account $name, whose class by
# user patterns that is. sshd is asked once a class.
classes= class_count=0 asked=0 over=no ca_files=
sorted_in() {
  key=$1; shift
  [ $by_group = no ] || key="$key $(within 3 id -G "$name" | tr '\n' ' ')"
  [ $grouped = yes ] || key="$key $name"
  rest=$nl$classes
  case $rest in
    *"$nl$key$tab"*)
      rest=${rest#*"$nl$key$tab"} class=${rest%%"$nl"*}
      eval "state=\$state_$class files=\$files_$class principals=\$principals_$class"
      return ;;
  esac
  if [ $asked -ge $calls ]; then state=unasked class=0 files= principals= over=yes; return; fi
  class_count=$((class_count + 1)) class=$class_count
  classes="$classes$key$tab$class$nl"
  printf 'C\t%s\n' "$class"
  state=read
  if ! ways_in "$@"; then
    state=failed
    (from=${way_from:-$from} port=${way_port:-$port} here=${way_here:-$here}; effective "$name" "$@" 2>&1 >/dev/null </dev/null) |
      head -n 3 | cut -c 1-300 | sed "s/^/M$tab/"
  fi
  printf 'E\t%s\t%s\n' "$class" $state
  eval "state_$class=\$state files_$class=\$files principals_$class=\$principals"
}
