#!/bin/sh
# The account that posture audits this host with, for @CUSTOMER@: read it, then start it as root.
#
#   sh setup.sh               install, or bring up to date: starting it again changes nothing more
#   sh setup.sh --uninstall   take all of it away again
#
# What it installs:
#   posture-audit                         a system account without a password, in a home of root's
#   /usr/local/sbin/posture-collect       the collector: it reads, and changes nothing; the only thing the account can run
#                                         SHA-256 @DIGEST@
@WHAT@
#
# sshd's new configuration is tried out (sshd -t) before it counts, and taken back where it does not hold.
set -eu
export LC_ALL=C PATH=/usr/sbin:/usr/bin:/sbin:/bin
umask 022

account=posture-audit
collector=/usr/local/sbin/posture-collect
wrapper=/usr/local/sbin/posture-collect-root
home=/var/lib/posture-audit
config=/etc/ssh/sshd_config
drop_in=/etc/ssh/sshd_config.d/00-posture-audit.conf
sudoers=/etc/sudoers.d/posture-audit
trusted=/etc/ssh/posture-audit.ca
principals=/etc/ssh/posture-audit.principals
keys=/etc/ssh/posture-audit.keys
begin='# posture-audit: begin' end='# posture-audit: end'

fail() { printf 'posture: %s\n' "$*" >&2; exit 1; }

# put FILE MODE: standard input becomes the file, whole or not at all
put() {
  draft=$(mktemp "${1%/*}/.posture.XXXXXX")
  cat >"$draft"
  chmod "$2" "$draft"
  mv -f "$draft" "$1"
  if command -v restorecon >/dev/null; then restorecon "$1" || :; fi
}

included() { grep -Eqi '^[[:space:]]*Include[[:space:]].*/etc/ssh/sshd_config\.d/\*\.conf' "$config"; }

without_block() { sed "/^$begin\$/,/^$end\$/d" "$1"; }

# settings: what sshd is told about the account
settings() {
  cat <<'SETTINGS'
@SETTINGS@
SETTINGS
}

# configure: the settings take their place, beside the configuration where it includes drop-ins, else at its end
configure() {
  if included; then
    settings | put "$drop_in" 644
  else
    { without_block "$config"; printf '%s\n' "$begin"; settings; printf '%s\n' "$end"; } | put "$config" "$mode"
  fi
}

# samples: an address of the internet, and one of each pattern that a Match line names
samples() {
  printf '192.0.2.1\n2001:db8::1\n'
  cat "$config" /etc/ssh/sshd_config.d/*.conf 2>/dev/null | tr -d '"' |
    sed -n 's/^[[:space:]]*[Mm][Aa][Tt][Cc][Hh][[:space:]]\(.*\)$/ \1 /p' |
    sed -n 's/.*[[:space:]][Aa][Dd][Dd][Rr][Ee][Ss][Ss][[:space:]=]*\([^[:space:]]*\).*/\1/p' |
    tr ',' '\n' | sed 's/^!//; s#/.*##; s/[*?]/1/g' | grep -E '^[0-9A-Fa-f.:]+$' | sort -u | head -n 64
}

# holds: sshd accepts its configuration, and the account can do nothing but run the collector, wherever it comes from
holds() {
  sshd -t || return 1
  for sample in $(samples); do
    about="user=$account,host=localhost,addr=$sample,laddr=192.0.2.2,lport=22"
    # Without rdomain first: OpenSSH before 7.8 does not know the word.
    told=$(sshd -T -C "$about" 2>/dev/null || sshd -T -C "$about,rdomain=") || return 1
    for wanted in "forcecommand $collector" 'authenticationmethods publickey' 'disableforwarding yes' 'permittty no'; do
      if ! printf '%s\n' "$told" | grep -qx "$wanted"; then
        echo "posture: for connections from $sample sshd has other settings than: $wanted" >&2
        return 1
      fi
    done
  done
}

reload() {
  if [ -d /run/systemd/system ]; then systemctl reload ssh 2>/dev/null || systemctl reload sshd
  elif command -v rc-service >/dev/null; then rc-service sshd reload
  elif [ -s /run/sshd.pid ]; then kill -HUP "$(cat /run/sshd.pid)"
  else echo 'posture: sshd reads its configuration at its next start' >&2; fi
}

# take_back: sshd's configuration as it was before
take_back() {
  if [ -e "$kept/config" ]; then put "$config" "$mode" <"$kept/config"; fi
  if [ -e "$kept/drop_in" ]; then put "$drop_in" 644 <"$kept/drop_in"; else rm -f "$drop_in"; fi
}

keep() {
  [ -f "$config" ] || fail "there is no $config: this host has no OpenSSH server"
  kept=$(mktemp -d)
  trap 'rm -rf "$kept"' EXIT
  mode=$(stat -c %a "$config")
  cat "$config" >"$kept/config"
  if [ -e "$drop_in" ]; then cat "$drop_in" >"$kept/drop_in"; fi
}

add_account() {
  if id "$account" >/dev/null 2>&1; then
    grep -q "^$account:[^:]*:[^:]*:[^:]*:[^:]*:$home:" /etc/passwd || fail "there is another account $account already"
  elif command -v useradd >/dev/null; then
    useradd -r -U -M -d "$home" -s /bin/sh "$account"
  else
    addgroup -S "$account"
    adduser -S -D -H -h "$home" -s /bin/sh -G "$account" "$account"
  fi
  # No password at all: a locked one ("!") would keep keys out, too, where sshd does not use PAM.
  printf '%s:*\n' "$account" | chpasswd -e
  mkdir -p "$home" /usr/local/sbin
  chown root:root "$home"
  chmod 755 "$home"
}

add_collector() {
  put "$collector" 755 <<'POSTURE_COLLECTOR'
@COLLECTOR@
POSTURE_COLLECTOR
  [ "$(sha256sum "$collector" | cut -c 1-64)" = @DIGEST@ ] || fail "$collector is damaged: fetch this script again"
}

install_all() {
  keep
  add_account
  add_collector
@ADD@
  configure
  if ! holds; then
    take_back
    fail "sshd does not accept what it was told, or another Match block comes first; its configuration is as before"
  fi
  reload
  if sshd -T 2>/dev/null | grep -Eq '^(allow|deny)(users|groups) '; then
    echo "posture: sshd names who may log in (AllowUsers, AllowGroups, ...): see that $account may" >&2
  fi
  echo 'Installed. The host is known by one of these keys (host_key of the inventory):'
  for key in /etc/ssh/ssh_host_*_key.pub; do if [ -e "$key" ]; then ssh-keygen -lf "$key"; fi; done
}

uninstall() {
  keep
  before=broken
  if sshd -t 2>/dev/null; then before=sound; fi
  # First what lets anybody in, whatever state sshd's configuration is in.
  rm -f "$sudoers" "$wrapper" "$trusted" "$principals" "$keys"
  rm -f "$drop_in"
  if grep -qx "$begin" "$config"; then without_block "$config" | put "$config" "$mode"; fi
  if ! sshd -t && [ $before = sound ]; then
    take_back
    fail "sshd would not accept its configuration without these lines, which stay; nobody is let in any more"
  fi
  if [ $before = sound ]; then reload
  else echo 'posture: sshd does not accept its configuration for another reason: mend it, then reload sshd' >&2; fi
  rm -f "$collector"
  if id "$account" >/dev/null 2>&1; then
    if command -v userdel >/dev/null; then userdel -f "$account" 2>/dev/null; else deluser "$account"; fi
  fi
  if [ -d "$home" ]; then rmdir "$home"; fi
  echo 'All of it is gone.'
}

[ "$(id -u)" = 0 ] || fail 'start it as root'
command -v sshd >/dev/null || fail 'there is no sshd here'
case ${1-} in
  '') install_all ;;
  --uninstall) uninstall ;;
  *) fail "only --uninstall is understood, not $1" ;;
esac
