# What listens, and who: S a line of ss, F a descriptor; P a process, with N its name, U and R its effective and real
# user, G its control group, E its program, C an existing file among its arguments, L a line of that file which says
# what is listened on; D which package owns a file; Z the end. Reads as the account that runs the collector; only root sees the processes of others.

command -v ss >/dev/null || exit 127
listening=$(ss -Hltunpe) || exit 1
printf '%s\n' "$listening" | awk '{ print "S\t" $0 }'
holders=$(printf '%s\n' "$listening" | grep -o 'pid=[0-9]*,fd=[0-9]*' | sort -u | head -n 2000)
set --
for holder in $holders; do pid=${holder#pid=}; set -- "$@" "/proc/${pid%%,*}/fd/${holder##*=}"; done
[ $# -gt 0 ] && stat -c "F$tab%N" "$@"
files=
directives='^[[:space:]]*"?(bind|bind-address|bind_ip|bindip|listen|listen-address|listen_address|listen_addresses|listener'
directives="$directives|interface|agentaddress|port|tls-port|protected-mode|anonymous_enable|allow_anonymous"
directives="$directives|inet_interfaces|disable_plaintext_auth|rpc_address|clientportaddress)\"?[[:space:]:=]"
for pid in $(printf '%s\n' "$holders" | sed 's/^pid=//; s/,.*//' | sort -nu | head -n 400); do
  printf 'P\t%s\n' "$pid"
  IFS= read -r name </proc/$pid/comm && printf 'N\t%s\n' "$name"
  real='' effective=''
  while read -r field real effective rest; do
    [ "$field" = Uid: ] && printf 'U\t%s\nR\t%s\n' "$effective" "$real" && break
  done </proc/$pid/status
  group=$(sed -n 's/^0:://p; s/^[0-9]*:name=systemd://p' /proc/$pid/cgroup | head -n 1)
  printf 'G\t%s\n' "$group"
  executable=$(readlink /proc/$pid/exe | tr '\n\t' '__') executable=${executable%_}
  [ -n "$executable" ] || continue
  printf 'E\t%s\n' "$executable"
  file=${executable% (deleted)}
  # The program of a container has a path of its own world: the host's packages and files say nothing about it.
  [ "$file" != "$executable" ] || [ "$file" -ef /proc/$pid/exe ] || continue
  case $file in
    *[][*?\\]*) ;;
    *) files="$files$file$nl" ;;
  esac
  # The command line of a process that somebody started himself names no configuration of the system's, and only reading
  # it may take for ever (its memory can lie in a file system of his own).
  if [ "${real:-1000}" -ge 1000 ] || [ "${effective:-1000}" -ge 1000 ]; then
    case $group in /system.slice/*) ;; *) continue ;; esac
  fi
  candidates=$(within 3 cat /proc/$pid/cmdline | head -c 65536 | tr '\0' '\n' | sed 1d | head -n 200 |
    while IFS= read -r argument; do
      case $argument in /*) ;; *=/*) argument=${argument#*=} ;; *) continue ;; esac
      case $argument in *[[:cntrl:]]*) continue ;; esac
      [ -f "$argument" ] && [ "$(readlink -f -- "$argument")" = "$argument" ] && stat -c "%u$tab%n" -- "$argument"
    done | head -n 16)
  [ -n "$candidates" ] || continue
  printf '%s\n' "$candidates" | sed "s/^/C$tab/"
  # Only directives whose values are addresses, ports and yes or no: a password stands on none of these lines.
  printf '%s\n' "$candidates" | while IFS=$tab read -r owner path; do
    [ "$owner" -lt 1000 ] || continue
    within 3 head -c 262144 -- "$path" | tr -d '\000' | grep -nEi "$directives" | head -n 12 | cut -c 1-200 |
      path=$path awk '{ print "L\t" ENVIRON["path"] "\t" $0 }'
  done
  files="$files$(printf '%s\n' "$candidates" | cut -f 2- | grep -v '[][*?\\]')$nl"
done
# /usr/sbin/x may be owned as /sbin/x (merged /usr), so both names are asked for.
file_owners "$files"
echo Z
