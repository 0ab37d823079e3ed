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

# written FILE...: all lines of sshd's configuration, each with its file and number before it; sshd -t has ended circles
written() (
  cd /etc/ssh
  for file in "$@"; do
    [ -f "$file" ] || continue
    awk -v file="$file" '{ print file ":" NR "\t" $0 }' <"$file"
    # As sshd does: several files in a line, each with wildcards.
    # shellcheck disable=SC2046
    written $(sed -n 's/^[[:space:]]*[Ii][Nn][Cc][Ll][Uu][Dd][Ee][[:space:]=]//p' "$file" | tr -d '"')
  done
)

# samples: connections that Match lines tell apart, "addr=A,laddr=B,lport=C,host=D" each: one from the internet, one from
# each network that the audit comes from, and for each Match line one of each of its patterns
samples() {
  {
    printf ':\tMatch Address %s\n' 192.0.2.1 2001:db8::1 @SOURCES@
    written "$config"
  } | awk '
    function patterns(text, kept,   many, i, one, count) {
      many = split(text, one, ",")
      count = 0
      for (i = 1; i <= many; i++) {
        sub(/^!/, "", one[i]); sub(/\/.*/, "", one[i]); sub(/:\*$/, "::1", one[i]); gsub(/[*?]/, "1", one[i])
        if (one[i] ~ /^[0-9A-Za-z.:_-]+$/) kept[++count] = one[i]
      }
      return count
    }
    {
      sub(/^[^\t]*\t/, ""); gsub(/["=]/, " ")
      if (tolower($1) != "match") next
      addr = "192.0.2.1"; laddr = "192.0.2.2"; lport = "22"; host = "localhost"
      for (i = 2; i < NF; i++) {
        word = tolower($i)
        if (word == "address") addr = $(i + 1)
        if (word == "localaddress") laddr = $(i + 1)
        if (word == "localport") lport = $(i + 1)
        if (word == "host") host = $(i + 1)
      }
      as = patterns(addr, a); ls = patterns(laddr, l); ps = patterns(lport, p); hs = patterns(host, h)
      for (w = 1; w <= as; w++) for (x = 1; x <= ls; x++) for (y = 1; y <= ps; y++) for (z = 1; z <= hs; z++)
        print "addr=" a[w] ",laddr=" l[x] ",lport=" p[y] ",host=" h[z]
    }' | sort -u
}

# instead NAME VALUE: the lines that could be why the setting is another, each with its Match line before it
instead() {
  written "$config" | grep -v "^$drop_in:" | awk -v name="$1" -v value="$2" -v begin="$begin" -v end="$end" '
    {
      place = line = $0
      sub(/\t.*/, ":", place); sub(/^[^\t]*\t[ \t]*/, "", line)
      if (line == begin) own = 1
      if (line == end) own = 0
      file = place; sub(/:[0-9]*:$/, "", file)
      low = tolower(line); told = line; sub(/^[^ \t=]*[ \t=]+/, "", told)
      if (own) next
      if (low ~ /^match[ \t=]/) block[file] = "  " place " " line "\n"
      if (low ~ "^" name "[ \t=]" && told != value) print block[file] "  " place " " line
    }' | head -n 20
}

# holds: sshd accepts its configuration, and the account can do nothing but run the collector, wherever it comes from
holds() {
  sshd -t || return 1
  samples >"$kept/samples"
  [ "$(wc -l <"$kept/samples")" -le 512 ] || { echo 'posture: too many Match lines to try them all' >&2; return 1; }
  # The first of the lines is Match itself. sshd -T writes a setting's name small, its value as it stands.
  settings | sed 1d | while read -r name value; do
    printf '%s %s\n' "$(printf '%s\n' "$name" | tr '[:upper:]' '[:lower:]')" "$value"
  done >"$kept/wanted"
  while read -r sample; do
    about="user=$account,$sample"
    # Without rdomain first: OpenSSH before 7.8 does not know the word.
    { sshd -T -C "$about" 2>/dev/null || sshd -T -C "$about,rdomain="; } >"$kept/told" </dev/null || return 1
    while read -r name value; do
      if ! grep -qxF "$name $value" "$kept/told"; then
        echo "posture: for connections with $sample sshd has other settings than: $name $value; see" >&2
        instead "$name" "$value" >&2
        return 1
      fi
    done <"$kept/wanted"
  done <"$kept/samples"
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
    fail "sshd does not accept what it was told, or another block comes first (above); its configuration is as before"
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
