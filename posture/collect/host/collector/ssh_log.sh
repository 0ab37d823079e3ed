# The logins over SSH that the log tells, counted here: K one account's logins with one key and P with a password or such
# (times, latest, account, method or fingerprint, key id), I an address behind the last of these with its latest time,
# R failed attempts and the addresses they came from, G a guard that runs, H what was read
# and whether all guards could be seen. Times are "@seconds", RFC 3339,
# or local without an offset. Names that a stranger typed stay here. Reads as the account that runs the collector.
#
# Lines are those of auth.c (auth_log) at LogLevel INFO. In the journal only what root's sshd wrote counts; into the files
# of syslog any local account can write what looks like it.

note() { printf 'H\t%s\t%s\n' "$1" "$2"; }

# journal: seconds, message
journal() {
  within 25 journalctl -q --no-pager -r -o short-unix --since=-90d _UID=0 _COMM=sshd _COMM=sshd-session _COMM=sshd-auth |
    head -c 268435456
  echo "//end"
}
# files: of syslog, the newest first; a line //file with the day of each one's last change before it
files() {
  ls -t /var/log/auth.log* /var/log/secure* /var/log/messages | head -n 30 | {
    seconds=25
    while IFS= read -r file; do
      [ -f "$file" ] && [ ! -L "$file" ] || continue
      case $file in /var/log/messages) [ "$kind" = messages ] || continue ;; *) [ "$kind" != messages ] || continue ;; esac
      [ $seconds -gt 0 ] || break
      [ -n "$(find "$file" -mtime -90)" ] || break
      began=$(date +%s)
      [ -r "$file" ] || { echo "//closed $file"; continue; }
      echo "//file $(date -r "$file" "+%Y %m %d") $file"
      # the first line of all, for the time the file begins at, then sshd's
      within $seconds sh -c "$reader; lines_of \"\$1\"" sh "$file" | head -c 134217728 | awk 'NR == 1 { print "//first " $0 } / sshd(-session|-auth)?\[[0-9]+\]: /'
      seconds=$((seconds - $(date +%s) + began))
      [ $seconds -gt 0 ] || echo //cut
    done
  }
  echo "//end"
}
reader='lines_of() {
  case $1 in
    *.gz) gzip -dc "$1" ;; *.xz) xz -dc "$1" ;; *.bz2) bzip2 -dc "$1" ;; *.zst) zstd -dcq "$1" ;; *) cat "$1" ;;
  esac
}'

counted=$(cat <<'COUNTED'
function stamp(   month, day) {
  if ($1 ~ /^[0-9]+\.[0-9]+$/) return "@" substr($1, 1, index($1, ".") - 1)
  if ($1 ~ /^[0-9][0-9][0-9][0-9]-[0-9][0-9]-[0-9][0-9]T[0-9:.]+([+-][0-9][0-9]:?[0-9][0-9]|Z)$/) return $1
  if ($3 !~ /^[0-9][0-9]:[0-9][0-9]:[0-9][0-9]$/ || $2 !~ /^[0-9]+$/ || length($1) != 3) return ""
  month = index("JanFebMarAprMayJunJulAugSepOctNovDec", $1); if (month % 3 != 1) return ""
  month = (month + 2) / 3; day = $2 + 0
  return sprintf("%04d-%02d-%02dT%s", year - (month > last_month || (month == last_month && day > last_day)), month, day, $3)
}
function body_of(   from) {
  # busybox names facility and level before the program
  if (!match($0, /^([0-9.]+|[0-9T:.+Z-]+|[A-Z][a-z][a-z] +[0-9]+ [0-9:]+) [^ ]+ ([a-z0-9]+\.[a-z]+ )?sshd(-session|-auth)?\[[0-9]+\]: /)) return ""
  from = RLENGTH; body = substr($0, from + 1)
  pid = substr($0, 1, from - 3); sub(/.*\[/, "", pid)
  return body
}
# the address before the last " port NUMBER" of the line; what a stranger typed stands before it
function address_of(text) {
  if (!match(text, / port [0-9]+( ssh2(: .*)?| \[preauth\])?$/)) return ""
  text = substr(text, 1, RSTART - 1); sub(/.* /, "", text)
  return text ~ /^[0-9a-fA-F:.%a-z]+$/ && length(text) < 60 ? text : ""
}
function failed(text, times,   address) {
  address = address_of(text)
  if (address != "" && !(address in strangers) && count_strangers < 10000) { strangers[address]; count_strangers++ }
  failures += times
}
function accepted(   word, method, account, address, place, key, id, tail) {
  split(body, word, " "); method = word[2]; account = word[4]; address = word[6]
  if (word[3] != "for" || word[5] != "from" || word[7] != "port" || address !~ /^[0-9a-fA-F:.%a-z]+$/) return
  key = method; id = ""
  if (method == "publickey") {
    if (word[9] != "ssh2:" || word[11] !~ /^(SHA256|MD5):/) return
    if (word[11] ~ /^MD5:/) md5 = 1
    key = word[11]
    if (word[12] == "ID") {
      id = body; sub(/^.* ssh2: [^ ]+ [^ ]+ ID /, "", id); tail = id
      if (!match(id, /\(serial [0-9]+\) CA [^ ]+ [^ ]+/)) return
      id = substr(id, 1, RSTART - 2)
    }
    gsub(/\t/, " ", id)
  } else if (word[1] == "Partial") return
  place = (method == "publickey" ? "K" : "P") "\t" account "\t" key "\t" id
  if (!(place in times)) { if (++places > 3000) { over = 1; places = 3000; return } }
  times[place]++; if (at > latest[place]) latest[place] = at
  if ((place, address) in seen_at) { if (at > seen_at[place, address]) seen_at[place, address] = at }
  else if (many[place]++ < 200 && ++all_addresses <= 6000) { seen_at[place, address] = at; address_list[place] = address_list[place] " " address }
  else more[place] = 1
}
/^\/\/file / { year = $2; last_month = $3 + 0; last_day = $4 + 0; read_files++; next }
/^\/\/first / { sub(/^\/\/first /, ""); at = stamp(); if (at != "") oldest = at; next }
/^\/\/(cut|closed)/ { cut = 1; next }
/^\/\/end$/ { next }
{ at = stamp(); if (at == "" || body_of() == "") next
  lines++; reached = at
  repeated = 1
  if (match(body, /^message repeated [0-9]+ times: \[ /)) {
    repeated = body; sub(/^message repeated /, "", repeated); repeated += 0
    body = substr(body, RLENGTH + 1); sub(/\]$/, "", body)
  }
  if (body ~ /^(Accepted|Partial) /) accepted()
  else if (body ~ /^Failed / && body !~ /^Failed none /) { failed(body, repeated); told[pid] }
  else if (body ~ /^(Connection (closed|reset) by|Disconnected from) (authenticating|invalid) user .* \[preauth\]$/) {
    if (!(pid in told)) failed(body, 1)
    if (++pids > 200000) { split("", told); pids = 0 }
  } else if (body ~ /^(error: )?maximum authentication attempts exceeded /) failed(body, 0) }
END {
  for (place in times) {
    split(place, part, "\t")
    printf "%s\t%d\t%s\t%s\t%s\t%s\t%s\n", part[1], times[place], latest[place], part[2], part[3], more[place] ? "more" : "", part[4]
    count = split(address_list[place], address, " ")
    for (i = 1; i <= count; i++) print "I\t" seen_at[place, address[i]] "\t" address[i]
  }
  print "R\t" failures + 0 "\t" count_strangers + 0
  print "H\tlines\t" lines + 0
  print "H\toldest\t" (oldest != "" ? oldest : "")
  print "H\treached\t" reached
  if (md5) print "H\tmd5\tyes"
  if (cut || over) print "H\tcut\tyes"
}
COUNTED
)

fresh= closed=
kind=files
for file in /var/log/auth.log /var/log/secure; do
  [ -f "$file" ] && [ -s "$file" ] || continue
  if [ ! -r "$file" ]; then closed=$file; elif [ -n "$(find "$file" -mtime -7)" ]; then fresh=$file; fi
done
[ "$me" = 0 ] || note without-root yes
[ -z "$closed" ] || note closed "$closed"
first=
if [ -z "$fresh" ] && [ -n "$(command -v journalctl)" ]; then
  if [ "$me" = 0 ] || id -Gn | tr ' ' '\n' | grep -qxE 'adm|systemd-journal|wheel'; then
    first=$(within 5 journalctl -q --no-pager -o short-unix --since=-90d | head -n 1 | sed -n 's/^\([0-9]*\)\.[0-9]* .*/@\1/p')
  fi
fi
if [ -z "$fresh$first" ] && [ -s /var/log/messages ] && [ -r /var/log/messages ]; then kind=messages fresh=/var/log/messages; fi
if [ -n "$fresh" ]; then note source "$fresh"; files | awk "$counted"
elif [ -n "$first" ]; then
  note source journal
  note first "$first"
  began=$(date +%s)
  journal | awk "$counted"
  [ $(($(date +%s) - began)) -lt 24 ] || note slow yes
fi
note now "@$(date +%s)"

# guards that run, with the jail or the part that shuts out
running=$(cat /proc/[0-9]*/comm | sort -u)
runs() { printf '%s\n' "$running" | grep -qx "$1"; }
guards=seen
[ -r /proc/1/comm ] || guards=hidden
if runs fail2ban-server; then
  jails=$(within 5 fail2ban-client status) || guards=hidden
  if printf '%s\n' "$jails" | grep -i 'jail list' | grep -qi ssh; then echo "G${tab}fail2ban"; fi
fi
if runs sshguard; then echo "G${tab}sshguard"; fi
# the kernel keeps 15 characters of a name
if runs crowdsec && runs 'crowdsec-.*ounce.*\|crowdsec-firewa.*\|cs-firewall-bou.*'; then echo "G${tab}crowdsec"; fi
if runs 'lfd\( - .*\)\{0,1\}'; then # ConfigServer's, which leaves SSH alone with LF_SSHD 0
  if [ ! -r /etc/csf/csf.conf ]; then guards=hidden
  elif ! grep -qE '^[[:blank:]]*LF_SSHD[[:blank:]]*=[[:blank:]]*"?0"?[[:blank:]]*$' /etc/csf/csf.conf; then echo "G${tab}lfd"; fi
fi
if runs 'c[Pp][Hh]ulkd.*'; then echo "G${tab}cphulkd"; fi
note guards $guards
echo Z
