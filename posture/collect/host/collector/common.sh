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

# serves_files SHELL: it gives files or repositories, or a notice, and no command
serves_files() {
  case ${1##*/} in git-shell|noshell|rssh|scponly|scponlyc|sftp-server|internal-sftp) ;; *) return 1 ;; esac
}

# can_log_in SHELL: sshd and login start a session with it in which commands can be run
can_log_in() {
  case ${1##*/} in nologin|false|true|sync|halt|shutdown) return 1 ;; esac
  ! serves_files "$1" || return 1
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

# homes: of the accounts that can log in or have files served
homes() {
  logins | cut -f 4
  while IFS=: read -r name secret uid gid gecos home shell; do
    ! serves_files "$shell" || printf "%s\n" "$home"
  done </etc/passwd
}

# no_sssd: it is not set up here, whatever nsswitch.conf says (Red Hat names it everywhere); false where that is not seen
no_sssd() {
  for place in /var/lib/sss /var/lib/sss/pipes /etc/sssd; do [ ! -e $place ] || [ -x $place ] || return 1; done
  [ ! -e /etc/sssd/conf.d ] || [ -r /etc/sssd/conf.d ] || return 1
  for place in /var/lib/sss/pipes/nss /etc/sssd/sssd.conf /etc/sssd/conf.d/*.conf; do [ ! -e "$place" ] || return 1; done
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
