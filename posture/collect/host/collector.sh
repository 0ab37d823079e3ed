# The posture host collector: POSIX sh, read on standard input (sh -s), one round trip.
#
# It only reads. The one thing it ever writes is a folder of its own below TMPDIR with a throw-away SSH host key, removed
# at the end: "sshd -T" of OpenSSH before 9.3 prints nothing for a user who cannot read the host's own keys. What stays on
# the host: password hashes (reduced to set/locked/empty), private key material (only the public head of a file leaves),
# command lines (only arguments that are existing files), and lines of authorized_keys that hold no public key.
#
# People with accounts on the host may be hostile. As root, whatever lies in an account's home is looked at and opened
# with that account's rights and nothing else of ours, for a few seconds, and not waited for: it can only hinder itself.
# What such a program says is taken for the account's own word, about its own home. Without setpriv(1) root opens only
# regular files of the account or its own, no links. That, and root's search through /srv and /var/www, leaves one race:
# whoever owns a folder there may put a link in a file's place between the look and the opening. Only the heads of key
# files and lines with public keys could leave by it, and a pipe or device holds the search up until its time is over.
# A FUSE file system that lets root in (user_allow_other) can hold up root's own look at a home, and with it a section.
#
# Everything stands in a function called by the last line: a script cut off on its way runs nothing. Each section is framed
# with a number nobody on the host can know beforehand, so that no file content can pose as a section.
#
#   NONCE begin NAME / the section / NONCE end NAME STATUS ... NONCE done SECTIONS

posture_main() {
nonce=@NONCE@
PATH=/usr/sbin:/usr/bin:/sbin:/bin:/usr/local/sbin:/usr/local/bin
LC_ALL=C LANG=C LANGUAGE=C
export PATH LC_ALL LANG LANGUAGE
unset ENV BASH_ENV CDPATH GREP_OPTIONS POSIXLY_CORRECT DPKG_ROOT DPKG_ADMINDIR
umask 077
cd / || exit 1
renice -n 10 -p $$ >/dev/null 2>&1
limited=no
timeout -k 1 5 true >/dev/null 2>&1 && limited=yes
apart=no
[ "$(id -u)" = 0 ] && setpriv --reuid=65534 --regid=65534 --clear-groups --no-new-privs true >/dev/null 2>&1 && apart=yes
count=0
exec 4>&1

# section NAME SECONDS BYTES, the program on standard input
section() {
  program="limited=$limited apart=$apart
$common$(cat)"
  printf '\n%s begin %s\n' "$nonce" "$1"
  status=$({ {
    if [ $limited = yes ]; then timeout -k 2 "$2" sh -c "$program" posture; else sh -c "$program" posture; fi \
      </dev/null 2>/dev/null 3>&- 4>&-
    echo $? >&3
  } | head -c "$3" >&4 3>&-; } 3>&1)
  printf '\n%s end %s %s\n' "$nonce" "$1" "${status:-1}"
  count=$((count + 1))
}

common='
tab=$(printf "\t")
nl="
"
me=$(id -u)

# within SECONDS PROGRAM ...
within() {
  if [ "$limited" = yes ]; then timeout -k 1 "$@"; else shift; "$@"; fi
}

# as UID GID SECONDS PROGRAM ...: with the rights of that account where we are root, without our environment. Nobody
# waits for it: what reads from a file system of the account itself (FUSE) may not end at any signal.
as() {
  as_uid=$1 as_gid=$2 as_seconds=$3; shift 3
  if [ "$me" = 0 ] && [ "$as_uid" != 0 ] && [ "$apart" = yes ]; then
    set -- setpriv --reuid="$as_uid" --regid="$as_gid" --clear-groups --no-new-privs "$@"
  fi
  (
    ulimit -v 1048576
    within "$as_seconds" env -i PATH="$PATH" LC_ALL=C "$@" </dev/null &
  ) 2>/dev/null
}

# can_log_in SHELL: sshd and login start a session with it
can_log_in() {
  case ${1##*/} in nologin|false|true|sync|halt|shutdown) return 1 ;; esac
  [ -x "${1:-/bin/sh}" ]
}

# logins: name, uid, gid and home of the accounts that can log in, tab between them
logins() {
  while IFS=: read -r name secret uid gid gecos home shell; do
    case $name$uid in ""|[+-]*|\#*) continue ;; esac
    case $uid:$gid in :*|*:|*[!0-9:]*) continue ;; esac
    can_log_in "$shell" && printf "%s\t%s\t%s\t%s\n" "$name" "$uid" "$gid" "$home"
  done </etc/passwd
}
'

section system 10 65536 <<'EOF'
printf 'hostname\t%s\n' "$(uname -n)"
printf 'running\t%s\n' "$(uname -r)"
printf 'uid\t%s\n' "$(id -u)"
printf 'timezone\t%s\n' "$(date +%z)"
if [ -d /run/systemd/system ]; then echo "init${tab}systemd"; else printf 'init\t%s\n' "$(head -n 1 /proc/1/comm)"; fi
kind=$(systemd-detect-virt -c) || kind=
[ -n "$kind" ] && [ "$kind" != none ] || kind=$(head -n 1 /run/systemd/container)
if [ -z "$kind" ]; then
  if [ -e /.dockerenv ]; then kind=docker
  elif [ -e /run/.containerenv ]; then kind=podman
  elif [ -d /proc/vz ] && [ ! -d /proc/bc ]; then kind=openvz
  else kind=$(tr '\0' '\n' </proc/1/environ | sed -n 's/^container=//p' | head -n 1); fi
fi
printf 'container\t%s\n' "$kind"
if [ -r /boot ]; then
  for image in /boot/vmlinuz-*; do
    [ -f "$image" ] && [ ! -L "$image" ] && printf 'image\t%s\n' "${image#/boot/vmlinuz-}"
  done
else echo "boot${tab}unreadable"; fi
for flag in /run/reboot-required /var/run/reboot-required; do
  [ -e "$flag" ] || continue
  echo "reboot${tab}required"
  sort -u "$flag.pkgs" | head -n 200 | sed "s/^/reboot-package$tab/"
  break
done
for release in /etc/os-release /usr/lib/os-release; do
  [ -r "$release" ] && head -c 16384 "$release" | sed "s/^/os$tab/" && break
done
exit 0
EOF

section accounts 10 1048576 <<'EOF'
# What a password field tells: crypt(5) forms can be matched, an empty one needs no password, all else never matches.
states='function state(field) {
  if (field == "") return "empty"
  if (field ~ /^[$_]/ || field ~ /^[.\/0-9A-Za-z][.\/0-9A-Za-z][.\/0-9A-Za-z][.\/0-9A-Za-z][.\/0-9A-Za-z][.\/0-9A-Za-z][.\/0-9A-Za-z][.\/0-9A-Za-z][.\/0-9A-Za-z][.\/0-9A-Za-z][.\/0-9A-Za-z][.\/0-9A-Za-z][.\/0-9A-Za-z]$/) return "set"
  return "locked"
}'
[ -r /etc/passwd ] || exit 1
logins | while IFS=$tab read -r name rest; do printf 'login:%s\n' "$name"; done
awk -F: "$states"' NF >= 7 && $1 !~ /^[+-]/ { print "passwd:" $1 ":" $3 ":" $4 ":" ($2 == "x" ? "x" : state($2)) ":" $7 ":" $6 }' /etc/passwd || exit 1
sed -n 's/^[[:blank:]]*passwd[[:blank:]]*:/nsswitch:/p' /etc/nsswitch.conf | head -n 8 | cut -c 1-1000
grep -q '^+' /etc/passwd && echo compat-entry:
awk -F: '$1 == "sudo" || $1 == "wheel" || $1 == "admin" { print "group:" $3 ":" $4 }' /etc/group
if [ -r /etc/shadow ]; then
  echo shadow-read:
  awk -F: "$states"' NF >= 2 { print "shadow:" $1 ":" state($2) }' /etc/shadow
fi
echo complete:
EOF

section sockets 30 2097152 <<'EOF'
command -v ss >/dev/null || exit 127
listening=$(ss -Hltunpe) || exit 1
printf '%s\n' "$listening" | awk '{ print "S\t" $0 }'
holders=$(printf '%s\n' "$listening" | grep -o 'pid=[0-9]*,fd=[0-9]*' | sort -u | head -n 2000)
set --
for holder in $holders; do pid=${holder#pid=}; set -- "$@" "/proc/${pid%%,*}/fd/${holder##*=}"; done
[ $# -gt 0 ] && stat -c "F$tab%N" "$@"
files=
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
  files="$files$(printf '%s\n' "$candidates" | cut -f 2- | grep -v '[][*?\\]')$nl"
done
# /usr/sbin/x may be owned as /sbin/x (merged /usr), so both names are asked for.
if [ -n "$files" ] && command -v dpkg-query >/dev/null; then
  set --; set -f; IFS=$nl
  for file in $(printf '%s' "$files" | sort -u); do
    case $file in
      /usr/*) set -- "$@" "$file" "${file#/usr}" ;;
      /bin/*|/sbin/*|/lib*) set -- "$@" "$file" "/usr$file" ;;
      *) set -- "$@" "$file" ;;
    esac
  done
  dpkg-query -S -- "$@" | awk '{ print "D\t" $0 }'
fi
echo Z
EOF

section ssh 120 3145728 <<'EOF'
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
  printf 'H\tversion\t%s\n' "$("$sshd" -V 2>&1 | grep -o 'OpenSSH_[^ ,]*' | head -n 1)"
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
here= way= folder= ports= hidden=
trap '[ -z "$folder" ] || rm -rf "$folder"' EXIT
trap 'exit 124' HUP INT TERM
if [ -n "$SSH_CONNECTION" ]; then
  rest=${SSH_CONNECTION% *} port=${SSH_CONNECTION##* } here=${rest##* }
fi
[ -n "$here" ] || here=$(hostname -I | cut -d ' ' -f 1)
[ -n "$here" ] || here=192.0.2.2

# effective ACCOUNT, further options: what sshd does for it when it comes from the internet. All six keys of -C, always: a
# Match on a missing one is fatal.
effective() {
  account=$1; shift
  case $way in
    print) "$sshd" -G "$@" -C "user=$account,host=192.0.2.1,addr=192.0.2.1,laddr=$here,lport=$port,rdomain=" ;;
    apart) # a root without /run/sshd (sshd never ran): made in a private view of the file system, gone with it
      unshare -m sh -c 'mount -t tmpfs none /run && mkdir -m 755 /run/sshd && exec "$@"' sh "$sshd" -T "$@" \
        -C "user=$account,host=192.0.2.1,addr=192.0.2.1,laddr=$here,lport=$port,rdomain=" ;;
    key) "$sshd" -T "$@" -h "$folder/key" -C "user=$account,host=192.0.2.1,addr=192.0.2.1,laddr=$here,lport=$port,rdomain=" ;;
    *) "$sshd" -T "$@" -C "user=$account,host=192.0.2.1,addr=192.0.2.1,laddr=$here,lport=$port,rdomain=" ;;
  esac
}
# hidden_include FILE: the first folder named by an Include that we may not look into. Nothing in it is found then, and
# sshd says nothing of that (glob(3)).
hidden_include() {
  queue=${1:-/etc/ssh/sshd_config} looked=0
  while [ -n "$queue" ] && [ $looked -lt 64 ]; do
    file=${queue%%"$nl"*} queue=${queue#*"$nl"} looked=$((looked + 1))
    [ "$queue" != "$file" ] || queue=
    set -f
    for pattern in $(head -c 262144 "$file" | awk '
        { sub(/^[ \t]+/, "") }
        tolower($0) ~ /^include[ \t="]/ { $0 = substr($0, 8); gsub(/["\r]/, ""); sub(/^[ \t]*=/, ""); print }'); do
      case $pattern in /*) ;; *) pattern=/etc/ssh/$pattern ;; esac
      holder=${pattern%/*} names=no
      case $pattern in *[*?[]*) names=yes holder=${pattern%%[*?[]*} holder=${holder%/*} ;; esac
      while [ -n "$holder" ] && [ ! -d "$holder" ]; do holder=${holder%/*} names=no; done
      if [ ! -x "${holder:-/}" ] || { [ $names = yes ] && [ ! -r "${holder:-/}" ]; }; then
        set +f; printf '%s\n' "$holder"; return
      fi
      set +f
      for file in $pattern; do [ ! -f "$file" ] || queue="$file$nl$queue"; done
      set -f
    done
    set +f
  done
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
  hidden=$([ "$(id -u)" = 0 ] || hidden_include "$(named "$@")")
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

# deciding ANSWER: those of its settings that decide who may log in, and how
deciding() {
  printf '%s\n' "$1" | sort | grep -E '^((password|kbdinteractive|challengeresponse|pubkey)authentication|authenticationmethods|usepam|permitrootlogin|permitemptypasswords|authorizedkeys(file|command)|(allow|deny)(users|groups)) '
}
keys_files() { printf '%s\n' "$1" | sed -n 's/^authorizedkeysfile //p' | head -n 1; }

# with_tokens PATTERN: AuthorizedKeysFile's %h %u %U %% (sshd_config(5), TOKENS), relative to the home
with_tokens() {
  rest=$1 whole=
  while :; do
    case $rest in *%*) ;; *) whole=$whole$rest; break ;; esac
    whole=$whole${rest%%%*} rest=${rest#*%}
    case $rest in
      h*) whole=$whole$home ;; u*) whole=$whole$name ;; U*) whole=$whole$uid ;; %*) whole=$whole% ;; *) return 1 ;;
    esac
    rest=${rest#?}
  done
  case $whole in /*) printf '%s' "$whole" ;; *) printf '%s' "$home/$whole" ;; esac
}
# What runs as the account. Every line of the file with a letter before it, then E: nothing in a file can pose as its end.
look=$(cat <<'LOOK'
if [ -f "$1" ] && [ -r "$1" ]; then
  echo F
  head -c 131073 "$1" | tr '\000\r' '  ' | sed 's/^/L/'
  echo
elif [ -e "$1" ]; then echo X
elif [ "$2" = other ] && [ -L "$1" ]; then echo X
else
  # a folder on its way cannot be entered, so that nobody knows whether it is there
  way_up=${1%/*}
  while [ -n "$way_up" ] && [ ! -d "$way_up" ]; do way_up=${way_up%/*}; done
  if [ -n "$way_up" ] && [ ! -x "$way_up" ]; then echo Y; else echo N; fi
fi
echo E
LOOK
)
list=$(cat <<'LIST'
IFS= count=0
for file in $1; do
  count=$((count + 1))
  [ $count -le 100 ] || { echo //more; break; }
  case $file in *[[:cntrl:]]*) echo //control ;; *) printf '%s\n' "$file" ;; esac
done
echo //end
LIST
)

# strict FILE: as sshd's StrictModes has it, and no link
strict() {
  [ ! -L "$1" ] && [ ! -L "${1%/*}" ] || return 1
  case $(stat -c %u -- "$1") in 0|"$uid") ;; *) return 1 ;; esac
}
# keys_in FILE: its lines that hold a public key
keys_in() {
  case $1 in *[[:cntrl:]]*) printf 'X\t%s\n' "$home: a name with control characters"; return ;; esac
  if [ $stuck = yes ]; then printf 'X\t%s\n' "$1"; return; fi
  whose=other
  if [ "$me" = 0 ] && [ "$uid" != 0 ]; then
    if [ "$apart" = yes ]; then whose=own
    elif { [ -e "$1" ] || [ -L "$1" ]; } && ! strict "$1"; then
      printf 'X\t%s\n' "$1: a link or not the account's own, left alone because setpriv is missing"; return
    fi
  fi
  content=$(as "$uid" "$gid" $patience sh -c "$look" look "$1" $whose | within $((patience + 1)) head -c 400000 |
    tr -d '\000')
  case $content in
    F"$nl"*"$nl"E) ;;
    N"$nl"E) return ;;
    Y"$nl"E) printf 'Y\t%s\n' "$1"; return ;;
    X"$nl"E) printf 'X\t%s\n' "$1"; return ;;
    *) stuck=yes; printf 'X\t%s\n' "$1"; return ;;
  esac
  printf 'F\t%s\n' "$1"
  content=$(printf '%s\n' "$content" | sed -n 's/^L//p')
  [ ${#content} -gt 131072 ] && printf 'X\t%s\n' "$1"
  # Only lines that hold a public key leave: a link to another file gives nothing away.
  content=$(printf '%s\n' "$content" | head -c 131072 |
    grep -nE '(^|[[:blank:]])[A-Za-z0-9@.-]+[[:blank:]]+AAAA[A-Za-z0-9+/]+' | head -n 1001)
  [ "$(printf '%s\n' "$content" | wc -l)" -gt 1000 ] && printf 'X\t%s: only its first 1000 keys were read\n' "$1"
  [ -n "$content" ] && printf '%s\n' "$content" | head -n 1000 | cut -c 1-65536 | sed "s/^/L$tab/"
}
keys_of() {
  set -f
  for pattern in $1; do
    [ "$pattern" = none ] && continue
    pattern=$(with_tokens "$pattern") || continue
    case $pattern in
      *[*?[]*) ;;
      *) keys_in "$pattern"; continue ;;
    esac
    names=$(as "$uid" "$gid" $patience sh -c "$list" list "$pattern" | within $((patience + 1)) head -c 65536)
    case $nl$names in *"$nl//end") ;; *) stuck=yes; printf 'X\t%s\n' "$pattern"; continue ;; esac
    IFS=$nl
    for file in $names; do
      unset IFS
      case $file in
        //end) ;;
        //control) printf 'X\t%s\n' "$home: a name with control characters" ;;
        //more|*/../*|*/..) printf 'X\t%s\n' "$pattern" ;;
        $pattern) keys_in "$file" ;;
      esac
    done
    unset IFS
  done
  set +f
}

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
EOF

section private-keys 150 1048576 <<'EOF'
# What runs as the owner of a folder. Left out: what package managers of languages unpack (published test keys by the
# dozen), and git's own objects. E comes last.
seek=$(cat <<'SEEK'
depth=$1; shift
skip=
grep -D skip -q . /dev/null
[ $? -lt 2 ] && skip='-D skip'
# No link is followed, no pipe waited for, where dd can tell.
if dd if=/dev/null iflag=nofollow,nonblock count=0; then
  head_of() { dd if="$1" iflag=nofollow,nonblock bs=65536 count=1; }
else
  head_of() { head -c 65536 "$1"; }
fi
exec 5>&1
find "$@" -xdev -maxdepth "$depth" -name '*[[:cntrl:]]*' -prune -exec sh -c 'echo "//unread $#"' sh {} + -o \
  -type d \( -name node_modules -o -name site-packages -o -name dist-packages -o \
  -path '*/lib/python[0-9]*/test' -o -path '*/vendor/bundle' -o -path '*/go/pkg/mod' -o -path '*/.cargo/registry' -o \
  -path '*/.git/objects' -o -name proc \) -prune \
  -o -type f -size -128 -print 2>&1 |
  awk '/^\/\/unread / { denied += $2; next }
       /^\// { if (seen[$0]++) next; if (++files > 20000) { print "T\tfiles" > "/dev/stderr"; exit } print; next }
       /[Pp]ermission denied/ { denied++ }
       END { print "U\t" denied + 0 > "/dev/stderr" }' 2>&5 |
  tr '\n' '\0' |
  xargs -0 -r grep -lE $skip '^(-----BEGIN [A-Z0-9 ]*PRIVATE KEY-----|PuTTY-User-Key-File-[0-9]+:)' 2>&1 |
  awk '/^\// { if (++keys > 1000) { print "T\tkeys" > "/dev/stderr"; exit } print; next }
       /[Pp]ermission denied/ { denied++ }
       END { print "V\t" denied + 0 > "/dev/stderr" }' 2>&5 |
  while IFS= read -r file; do
    printf 'K\t%s\n' "$file"
    # One line a file, made of words known beforehand. Of an OpenSSH container the first 90 bytes leave: cipher, KDF and
    # the beginning of the public key; the private part of the smallest key there is begins at byte 98 (PROTOCOL.key).
    head_of "$file" | awk '
      { sub(/\r$/, "") }
      !kind && /^-----BEGIN OPENSSH PRIVATE KEY-----/ { kind = "openssh"; next }
      !kind && /^-----BEGIN ENCRYPTED PRIVATE KEY-----/ { print "J\tpkcs8\tencrypted"; exit }
      !kind && /^-----BEGIN PRIVATE KEY-----/ { print "J\tpkcs8\tplain"; exit }
      !kind && /^-----BEGIN [A-Z0-9]+ PRIVATE KEY-----/ { kind = "pem"; type = $2; next }
      !kind && /^PuTTY-User-Key-File-[0-9]+:/ { kind = "putty"; type = $2; next }
      kind == "openssh" { if (!/^-----END/) body = body $0; if (/^-----END/ || length(body) >= 120) { found = 1; exit } }
      kind == "pem" { print "J\tpem\t" (/^Proc-Type: 4,ENCRYPTED/ ? "encrypted" : "plain") "\t" type; exit }
      kind == "putty" && /^Encryption: / { print "J\tputty\t" ($2 == "none" ? "plain" : "encrypted") "\t" type; exit }
      END { if (found && substr(body, 1, 20) == "b3BlbnNzaC1rZXktdjEA") print "J\topenssh\t" substr(body, 1, 120) }
    '
  done
echo E
SEEK
)

# search UID GID SECONDS DEPTH FOLDER ...: the keys below the last folder; the others lie in it and come first
search() {
  for base; do :; done
  true_base=$(readlink -f -- "$base")
  searcher=$1 its_group=$2 its_time=$3
  shift 3
  as "$searcher" "$its_group" "$its_time" sh -c "$seek" seek "$@" | within $((its_time + 1)) head -c 400000 | {
    file='' ended=''
    while IFS=$tab read -r tag text; do
      case $tag in
        K) # believed for a regular file below that folder, with no link on the way
          file=''
          case $text in
            *[[:cntrl:]]*) ;;
            "$base"/*) [ -f "$text" ] && [ "$(readlink -f -- "$text")" = "$true_base${text#"$base"}" ] && file=$text ;;
          esac
          [ -n "$file" ] || not_read ;;
        J)
          [ -n "$file" ] && [ ${#text} -le 200 ] && stat -c "K$tab%a$tab%U$tab%n" -- "$file" && printf 'J\t%s\n' "$text"
          file='' ;;
        U|V) case $text in ''|*[!0-9]*) ;; *) printf '%s\t%s\n' "$tag" "$text" ;; esac ;;
        T) echo "T${tab}limit" ;;
        E) ended=yes ;;
      esac
    done
    [ -n "$ended" ] || echo "T${tab}time"
  }
}
not_read() { echo "V${tab}1"; }

# visit whole|ssh DEPTH SECONDS FOLDER: that folder or its .ssh, as its owner. A link is followed where only root can
# have made it.
visit() {
  folder=$4
  if [ -L "$folder" ]; then
    above=${folder%/*} above=${above:-/}
    if [ "$(stat -c %u -- "$above")" != 0 ] || [ -k "$above" ]; then not_read; return; fi
    folder=$(readlink -f -- "$folder")
  fi
  [ -d "$folder" ] && [ ! -L "$folder" ] || return 0
  owner=$(stat -c '%u %g' -- "$folder") || return 0
  [ ! -L "$folder/.ssh" ] || not_read
  if [ ! -L "$folder/.ssh" ] && [ -d "$folder/.ssh" ]; then # first, so that a folder full of other files leaves time
    if [ "$1" = ssh ]; then
      printf 'B\t%s\n' "$folder/.ssh"
      search "${owner% *}" "${owner#* }" "$3" "$2" "$folder/.ssh"
    else search "${owner% *}" "${owner#* }" "$3" "$2" "$folder/.ssh" "$folder"; fi
  elif [ "$1" = whole ]; then search "${owner% *}" "${owner#* }" "$3" "$2" "$folder"
  elif [ ! -x "$folder" ]; then not_read
  fi
}
# beyond FOLDER: the home, where it lies below that folder but on a file system that the search from there did not enter
beyond() {
  [ -d "$home" ] && [ "$(stat -c %d -- "$home")" != "$(stat -c %d -- "$1")" ] || return 0
  place whole 7 $seconds "$home"
}
place() { if [ -d "$4" ]; then printf 'B\t%s\n' "$4"; visit "$@"; fi; }

for folder in /root /etc/ssh; do place whole 7 15 "$folder"; done
for home in /var/lib/*; do visit ssh 6 3 "$home"; done
set --
for home in /home/*; do set -- "$@" "$home"; done
seconds=$((60 / ($# + 1)))
[ $seconds -le 15 ] || seconds=15
[ $seconds -ge 3 ] || seconds=3
[ -d /home ] && { echo "B${tab}/home"; search 0 0 5 1 /home; }
for home; do visit whole 6 $seconds "$home"; done
for folder in /srv /var/www; do place whole 7 15 "$folder"; done
homes=$(logins | cut -f 4 | sort -u | head -n 500)
IFS=$nl
set -f
for home in $homes; do
  unset IFS
  top=${home#/}
  case $home in
    /proc*|/sys*|/dev*|*[!-A-Za-z0-9._/@]*) ;;
    /root/*|/srv/*) beyond "/${top%%/*}" ;;
    /var/www/*) beyond /var/www ;;
    /home/*/*) top=${top#home/}; beyond "/home/${top%%/*}" ;;
    /root|/home/*|/srv|/var/www) ;;
    /*/*) case $home in
        /usr/*|/bin/*|/sbin/*|/var/lib|/var/run|/var/spool*|/run/*) visit ssh 6 $seconds "$home" ;;
        *) place whole 7 $seconds "$home" ;;
      esac ;;
    *) visit ssh 6 $seconds "${home%/}" ;;
  esac
done
echo Z
EOF

section packages 30 4194304 <<'EOF'
for manager in dpkg rpm apk; do
  case $manager in
    dpkg) [ -s /var/lib/dpkg/status ] ;;
    rpm) [ -d /var/lib/rpm ] || [ -d /usr/lib/sysimage/rpm ] ;;
    apk) [ -s /lib/apk/db/installed ] ;;
  esac || continue
  printf 'manager\t%s\n' $manager
  [ $manager = dpkg ] || exit 0
  command -v dpkg-query >/dev/null || exit 127
  dpkg-query -W -f='${db:Status-Abbrev}\t${Package}\t${Architecture}\t${Version}\t${source:Package}\t${source:Version}\n' || exit 1
  echo complete
  exit 0
done
printf 'manager\tnone\n'
EOF

printf '\n%s done %s\n' "$nonce" "$count"
}
posture_main
