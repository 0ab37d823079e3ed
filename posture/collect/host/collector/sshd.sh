# Of the section ssh, second: the server that is asked. Prints H, what is known of it, and V, the sockets systemd holds
# for one. Asks sshd, which only prints its settings, as the account that runs the collector, and may write its
# throw-away host key.

wildcards=unknown
if [ -n "$SSH_CONNECTION" ]; then echo "H${tab}via${tab}ssh"; fi
printf 'H\tuid\t%s\n' "$(id -u)"
sshd=$(command -v sshd)
if [ -z "$sshd" ]; then
  for sshd in /usr/sbin/sshd /usr/local/sbin/sshd ''; do [ -e "$sshd" ] && break; done
fi
if [ -z "$sshd" ]; then echo "H${tab}binary${tab}missing"
elif [ ! -x "$sshd" ]; then echo "H${tab}binary${tab}unusable"; exit 0
else
  echo "H${tab}binary${tab}found"
  said=$("$sshd" -V 2>&1)
  version=$(printf '%s\n' "$said" | grep -o 'OpenSSH_[^ ,]*' | head -n 1)
  printf 'H\tversion\t%s\n' "$version"
  # the names of files with keys and principals may hold wildcards since OpenSSH 10.0 (release notes)
  case $version in OpenSSH_[1-9].*) wildcards=no ;; OpenSSH_[1-9][0-9].*) wildcards=yes ;; esac
  if printf '%s\n' "$said" | grep -qE 'Debian|Ubuntu' || [ "$(package_manager)" = dpkg ]; then echo "H${tab}debian${tab}yes"; fi
fi

set --
port=22
if listener; then
  printf 'H\tcgroup\t%s\nH\tpid\t%s\n' "$(group_of "$process")" "$process"
  title=${chosen%% \[listener\]*} title=${title#sshd: } take=
  set -f
  for word in $title; do
    case $take$word in
      f/*|o*) set -- "$@" "-$take" "$word"; take= ;;
      -f|-o) take=${word#-} ;;
      -f/*|-o?*) set -- "$@" "$word" ;;
      *) take= ;;
    esac
  done
  set +f
fi
for unit in ssh sshd; do
  for folder in /lib /usr/lib /etc; do
    [ -e "$folder/systemd/system/$unit.service" ] && printf 'H\tunit\t%s\n' "$unit.service" && break 2
  done
done

# sockets that systemd holds for an SSH server: V, name, port
held=$(within 3 systemctl show -p Id -p ActiveState -p Listen ssh.socket sshd.socket dropbear.socket | awk -F= -v OFS="$tab" '
  function told() { if (active) for (i = 0; i < n; i++) print "V", id, held[i]; id = ""; n = active = 0 }
  /^$/ { told() }
  $1 == "Id" { id = $2 }
  $1 == "ActiveState" { active = $2 == "active" }
  $1 == "Listen" && $2 ~ /:[0-9]+ \(Stream\)$/ { port = $2; sub(/ .*/, "", port); sub(/.*:/, "", port); held[n++] = port }
  END { told() }' | head -n 50)
[ -z "$held" ] || printf '%s\n' "$held"
here= way= folder= ports= hidden= from=192.0.2.1
trap '[ -z "$folder" ] || rm -rf "$folder"' EXIT
trap 'exit 124' HUP INT TERM
if [ -n "$SSH_CONNECTION" ]; then
  rest=${SSH_CONNECTION% *} port=${SSH_CONNECTION##* } here=${rest##* }
fi
[ -n "$here" ] || here=$(hostname -I | cut -d ' ' -f 1)
[ -n "$here" ] || here=192.0.2.2

# effective ACCOUNT, further options: what sshd does for it when it comes from the address $from to $here and $port. All
# six keys of -C, always: a Match on a missing one is fatal.
effective() {
  account=$1; shift
  set -- "$@" -C "user=$account,host=$from,addr=$from,laddr=$here,lport=$port,rdomain="
  case $way in
    print) "$sshd" -G "$@" ;;
    apart) # a root without /run/sshd (sshd never ran): made in a private view of the file system, gone with it
      unshare -m sh -c 'mount -t tmpfs none /run && mkdir -m 755 /run/sshd && exec "$@"' sh "$sshd" -T "$@" ;;
    key) "$sshd" -T -h "$folder/key" "$@" ;;
    *) "$sshd" -T "$@" ;;
  esac
}
choose() {
  for way in print test apart key; do
    [ $way = apart ] && { [ "$(id -u)" = 0 ] && [ ! -d /run/sshd ] || continue; }
    if [ $way = key ]; then
      folder=$(mktemp -d) && ssh-keygen -q -t ed25519 -N '' -C '' -f "$folder/key" || continue
    fi
    effective root "$@" >/dev/null && return
  done
  way=test
}
if [ -n "$sshd" ]; then
  choose "$@"
  told=$(configuration "$(named "$@")")
  hidden=$([ "$me" = 0 ] || printf '%s\n' "$told" | sed -n 's/^hidden //p' | head -n 1)
  [ -z "$hidden" ] || printf 'H\thidden\t%s\n' "$hidden"
  # The ports it holds; where they cannot be seen, those it would hold and the one that let us in.
  if [ -n "$process" ]; then ports=$(sockets sshd | sed -n "s/^$process //p")
  else ports=$(printf '%s\n' "$held" | awk '$2 != "dropbear.socket" { print $3 }'); fi
  if [ -z "$ports" ]; then
    ports=$(effective root "$@" | awk '$1 == "listenaddress" { sub(/.*:/, "", $2); print $2 }')
    [ -z "$SSH_CONNECTION" ] || ports="$port $ports"
  fi
  ports=$(printf '%s\n' $ports | awk '/^[0-9]+$/ && !seen[$0]++')
  [ "$(printf '%s\n' "$ports" | wc -l)" -le 8 ] || echo "H${tab}more-ports${tab}yes"
  ports=$(printf '%s\n' "$ports" | head -n 8)
  case $nl$ports$nl in *"$nl$port$nl"*) ;; ?*[0-9]*) port=${ports%%"$nl"*} ;; esac
  printf 'H\tport\t%s\nH\tports\t%s\n' "$port" "$(echo $ports)"
fi
