# Of the section ssh, first: which sshd serves the logins, and the others that listen. Functions only; note() prints W.
# Reads as the account that runs the collector.

# believed PID: root's own listening sshd, whose command line becomes ours. Of others nothing more is read.
believed() {
  real=
  while read -r field real rest; do [ "$field" = Uid: ] && break; done <"/proc/$1/status"
  [ "$real" = 0 ] || return 1
  title=$(within 3 cat "/proc/$1/cmdline" | head -c 8192 | tr '\0' ' ')
  case $title in "sshd: /"*" [listener]"*) ;; *) return 1 ;; esac
}
group_of() {
  sed -n 's/^0:://p; s/^[0-9]*:name=systemd://p' "/proc/$1/cgroup" | head -n 1
}
# consider PID RANK: the system's own service before the one that let us in, that before port 22, that before others
consider() {
  believed "$1" || return 0
  rank=$2
  case $(group_of "$1") in /system.slice/ssh*.service) rank=0 ;; esac
  if [ "$rank" -lt "$best" ]; then best=$rank process=$1 chosen=$title; fi
}
# named WORD ...: the file behind -f
named() {
  take=
  for word; do
    case $take$word in
      f/*) printf '%s' "$word"; return ;; -f/*) printf '%s' "${word#-f}"; return ;; -f) take=f ;; *) take= ;;
    esac
  done
}
# note PID, after believed: W, its number, its configuration and whose it is, if it serves by itself. The process of a
# session listens, too, for what the session forwards; its parent is root's sshd.
note() {
  config=''
  case $real in
    '') return ;;
    0)
      case $title in "sshd: /"*|/*) ;; *) return ;; esac
      set -f; config=$(named $title); set +f ;;
    *)
      parent=$(sed -n 's/^PPid:[^0-9]*//p' "/proc/$1/status")
      case $(head -n 1 "/proc/$parent/comm") in
        sshd*) grep -q '^Uid:[^0-9]*0[^0-9]' "/proc/$parent/status" && return ;;
      esac ;;
  esac
  printf 'W\t%s\t%s\t%s\n' "$1" "$real" "$config"
}
# sockets PROGRAM: number and port of the processes of that name that listen
sockets() {
  ss -Hltnp | awk -v mark="\"$1\",pid=" '{
      port = $4; sub(/.*:/, "", port); line = $0
      while (match(line, mark "[0-9]+")) {
        print substr(line, RSTART + length(mark), RLENGTH - length(mark)), port; line = substr(line, RSTART + RLENGTH)
      }
    }' | sort -n | head -n 1000
}
listener() {
  best=9 process='' chosen='' step=$$ steps=0 ours=${SSH_CONNECTION##* }
  while [ "${step:-0}" -gt 1 ] && [ $steps -lt 40 ]; do
    consider "$step" 1
    step=$(sed -n 's/^PPid:[^0-9]*//p' "/proc/$step/status") steps=$((steps + 1))
  done
  set -f
  set -- $(sockets sshd)
  set +f
  while [ $# -gt 1 ]; do
    if [ -n "$ours" ] && [ "$2" = "$ours" ]; then consider "$1" 1
    elif [ "$2" = 22 ]; then consider "$1" 2
    else consider "$1" 3; fi
    note "$1"
    shift 2
  done
  [ -n "$process" ]
}
