# The accounts, who can log in, and whether a password is set, locked or empty (never its hash): word, colon, fields;
# complete: at the end. Reads as the account that runs the collector; /etc/shadow opens to root only.

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
no_sssd && echo no-sssd:
grep -q '^+' /etc/passwd && echo compat-entry:
sed -nE 's/^[[:blank:]]*(group|initgroups)[[:blank:]]*:/nsswitch-group:/p' /etc/nsswitch.conf | head -n 8 | cut -c 1-1000
grep -q '^+' /etc/group && echo compat-group:
awk -F: 'NF >= 4 && $1 !~ /^[+-]/ { print "member:" $1 ":" $3 ":" $4 }' /etc/group && echo groups-read:
awk -F: '$1 == "sudo" || $1 == "wheel" || $1 == "admin" { print "group:" $3 ":" $4 }' /etc/group
if [ -r /etc/shadow ]; then
  echo shadow-read:
  awk -F: "$states"' NF >= 2 { print "shadow:" $1 ":" state($2); if ($2 ~ /^!/) print "disabled:" $1 }' /etc/shadow
  echo disabled-told:
fi
echo complete:
