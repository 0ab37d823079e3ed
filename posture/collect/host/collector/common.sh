# What every section begins with. It prints nothing; as() runs a program with the rights of another account, all else
# reads as the account that runs the collector. It stands between single quotes in main.sh, so it may hold none.

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

# package_manager: what the system is made of by its os-release, else the first that has a database: dpkg, rpm, apk, none
package_manager() {
  family=" $(head -qc 16384 /etc/os-release /usr/lib/os-release | sed -n "s/^ID=//p; s/^ID_LIKE=//p" | tr -d "\"\047" | tr "\n" " ")"
  case $family in
    *" debian "*|*" ubuntu "*) set -- dpkg rpm apk ;;
    *" alpine "*|*" wolfi "*|*" postmarketos "*) set -- apk dpkg rpm ;;
    *" fedora "*|*" rhel "*|*" centos "*|*suse*|*" amzn "*|*" mageia "*|*" azurelinux "*|*" mariner "*|*" photon "*)
      set -- rpm dpkg apk ;;
    *) set -- dpkg rpm apk ;;
  esac
  for manager; do
    case $manager in
      dpkg) [ -s /var/lib/dpkg/status ] ;;
      rpm) rpm_database ;;
      apk) [ -s /lib/apk/db/installed ] || [ -s /usr/lib/apk/db/installed ] ;;
    esac && echo $manager && return
  done
  echo none
}

# rpm_database: there is one, of any of the formats that rpm has had, in any of the places
rpm_database() {
  for database in /var/lib/rpm /usr/lib/sysimage/rpm /usr/share/rpm; do
    for database in $database/rpmdb.sqlite $database/Packages $database/Packages.db; do [ -s $database ] && return; done
  done
  return 1
}
