# How PAM asks who logs in over SSH: F a file that the stack of the service sshd is made of (its name as it was included,
# its path), L its lines of the type auth, MF one that is missing, X one that could not be read, T a limit. EN says
# whether an account is enrolled with a module (the module, the file it was given, yes, no or unknown), D settings of
# modules, KT whether sshd has a key for Kerberos. Z comes last. Reads as the account that runs the collector; what lies
# in a home is looked for with the rights of its account, and never opened.
#
# Of a line leave: type, control, module. Its options leave for modules of PAM's own, which take no secret; for those of
# one-time codes the known words and file names; for all others none, since passwords of databases stand there.

most_files=32 most_bytes=524288
auth_lines=$(cat <<'AWK'
function words(text, kept, n, i, one, w) {
  kept = ""
  n = split(text, one, /[ \t]+/)
  for (i = 1; i <= n; i++) {
    w = one[i]
    if (w ~ /^(nullok|nouserok|use_first_pass|try_first_pass|forward_pass|expand|sshformat|openasuser|pinverification=[01]|userpresence=[01]|userverification=[01]|mode=(client|challenge-response))$/ ||
        w ~ /^(secret|usersfile|authfile|conf|config|chalresp_path)=[-A-Za-z0-9_.\/~${}%]+$/ || w ~ /^user=[-A-Za-z0-9_.]+$/) kept = kept " " w
  }
  return kept
}
function told(text, number, type, control, module, base) {
  sub(/#.*/, "", text); gsub(/[[:cntrl:]]/, " ", text); sub(/^ +/, "", text); sub(/ +$/, "", text)
  if (text == "") return
  type = text; sub(/ .*/, "", type)
  text = substr(text, length(type) + 1); sub(/^ +/, "", text)
  type = tolower(type)
  if (type == "@include") { sub(/ .*/, "", text); print "L\t" number ":@include " text; print "Q\t" text; return }
  sub(/^-/, "", type)
  if (type == "account" || type == "password" || type == "session") return
  if (type != "auth") { print "L\t" number ":?"; return }
  if (substr(text, 1, 1) == "[") {
    if (!index(text, "]")) { print "L\t" number ":?"; return }
    control = substr(text, 1, index(text, "]"))
  } else { control = text; sub(/ .*/, "", control) }
  text = substr(text, length(control) + 1); sub(/^ +/, "", text)
  module = text; sub(/ .*/, "", module)
  text = substr(text, length(module) + 1); sub(/^ +/, "", text)
  if (tolower(control) == "include" || tolower(control) == "substack") {
    print "L\t" number ":auth " control " " module; print "Q\t" module; return
  }
  base = module; sub(/.*\//, "", base); sub(/\.so$/, "", base)
  if (base ~ /^pam_(succeed_if|access|listfile|localuser|usertype|unix|permit|deny|rootok|wheel|faillock|nologin|env|group|shells|securetty|time|debug)$/) ;
  else if (base ~ /^pam_(google_authenticator|oath|u2f|yubico|duo|fido2|sss)$/) text = words(text)
  else text = ""
  print "L\t" number ":auth " control " " module " " text
  if (base == "pam_google_authenticator") asks(base, "secret", text)
  if (base == "pam_oath") asks(base, "usersfile", text)
  if (base == "pam_u2f") asks(base, "authfile", text)
  if (base == "pam_yubico") asks(base, text ~ /challenge-response/ ? "chalresp_path" : "authfile", text)
  if (base == "pam_duo") asks(base, "conf", text)
}
function asks(base, option, text, n, one, i, place) {
  n = split(text, one, " "); place = ""
  for (i = 1; i <= n; i++) if (index(one[i], option "=") == 1) { place = substr(one[i], length(option) + 2); break }
  print "A\t" base "\t" place
}
{ if (whole == "") first = NR; whole = whole $0 }
/\\$/ { sub(/\\$/, " ", whole); if (length(whole) < 8192) next }
{ told(whole, first); whole = "" }
END { if (whole != "") told(whole, first) }
AWK
)

# file_named NAME: where Linux-PAM finds it (pam_handlers.c), in $path; false where nowhere
file_named() {
  case $1 in /*) path=$1; [ -e "$path" ]; return ;; esac
  for path in "/etc/pam.d/$1" "/usr/lib/pam.d/$1" "/usr/etc/pam.d/$1" "/usr/share/pam.d/$1" "/lib/pam.d/$1"; do
    [ -e "$path" ] && return
  done
  return 1
}

[ -d /etc/pam.d ] || [ -d /usr/lib/pam.d ] || { [ -e /etc/pam.conf ] && printf 'X\t%s\n' /etc/pam.conf; }
wanted="sshd${nl}other" seen=$nl files=0 bytes=0 asked=$nl
while [ -n "$wanted" ]; do
  name=${wanted%%"$nl"*}
  case $wanted in *"$nl"*) wanted=${wanted#*"$nl"} ;; *) wanted= ;; esac
  case $seen in *"$nl$name$nl"*) continue ;; esac
  seen="$seen$name$nl"
  case $name in ''|*[!A-Za-z0-9._/@+-]*) echo "T${tab}name"; continue ;; esac
  if [ $files -ge $most_files ]; then echo "T${tab}files"; break; fi
  files=$((files + 1))
  if ! file_named "$name"; then printf 'MF\t%s\n' "$name"; continue; fi
  if [ ! -f "$path" ] || [ ! -r "$path" ]; then printf 'X\t%s\n' "$path"; continue; fi
  text=$(head -c 65537 "$path" | tr '\000\r' '  '; echo .)
  bytes=$((bytes + ${#text}))
  if [ ${#text} -gt 65537 ] || [ $bytes -gt $most_bytes ]; then printf 'X\t%s: it is larger than a file of PAM is\n' "$path"; continue; fi
  printf 'F\t%s\t%s\n' "$name" "$path"
  told=$(printf '%s' "${text%.}" | awk "$auth_lines")
  printf '%s\n' "$told" | grep "^L$tab"
  for more in $(printf '%s\n' "$told" | sed -n "s/^Q$tab//p"); do wanted="$wanted${wanted:+$nl}$more"; done
  asked="$asked$(printf '%s\n' "$told" | sed -n "s/^A$tab//p")$nl"
done

# in_home UID GID PATH: yes, no or unknown, with the rights of that account
in_home() {
  # shellcheck disable=SC2016 # the variables are those of the inner shell
  found=$(as "$1" "$2" 3 sh -c '
    if [ -e "$1" ]; then echo yes; exit; fi
    up=${1%/*}
    while [ -n "$up" ] && [ ! -d "$up" ]; do up=${up%/*}; done
    if [ -x "${up:-/}" ]; then echo no; else echo unknown; fi' look "$3" | within 4 head -c 16)
  case $found in yes|no) ;; *) found=unknown ;; esac
  printf '%s\n' "$found"
}
# placed PATTERN: with ~ ${HOME} ${USER} %u %h %% of the account, in $place; false where more stands there
placed() {
  place=$(printf '%s\n' "$1" | awk -v name="$name" -v home="$home" '{
    out = ""; rest = $0
    if (rest ~ /^~\//) { out = home; rest = substr(rest, 2) }
    while (rest != "") {
      if (substr(rest, 1, 7) == "${HOME}") { out = out home; rest = substr(rest, 8) }
      else if (substr(rest, 1, 7) == "${USER}") { out = out name; rest = substr(rest, 8) }
      else if (substr(rest, 1, 2) == "%u") { out = out name; rest = substr(rest, 3) }
      else if (substr(rest, 1, 2) == "%h") { out = out home; rest = substr(rest, 3) }
      else { out = out substr(rest, 1, 1); rest = substr(rest, 2) }
    }
    print out }')
  case $place in *['$%~']*|*/../*) return 1 ;; /*) ;; *) place=$home/$place ;; esac
}
# names_in MODULE FILE: the accounts that a central file knows, and nothing else of it
names_in() {
  if [ "$1" = pam_oath ]; then head -c 1048576 "$2" | awk '/^[A-Z]/ && NF >= 2 { print $2 }'
  else head -c 1048576 "$2" | awk -F: '!/^#/ && NF >= 2 { print $1 }'; fi
}
# shellcheck disable=SC2016 # patterns, whose tokens are put in for each account
enrolled() {
  module=$1 option=$2
  case $module:$option in
    pam_google_authenticator:) pattern='${HOME}/.google_authenticator' ;;
    pam_u2f:) pattern='${HOME}/.config/Yubico/u2f_keys' ;;
    pam_yubico:) pattern='${HOME}/.yubico/authorized_yubikeys' ;;
    *) pattern=$option ;;
  esac
  case $module:$pattern in
    pam_oath:|pam_duo:*) return ;; # a users file must be named; Duo's list is not on the host
    pam_oath:*['$%~']*|pam_google_authenticator:*|*:*['$%~']*|pam_u2f:[!/]*|pam_yubico:[!/]*) central= ;;
    *) central=$pattern ;;
  esac
  known=
  if [ -n "$central" ] && [ -r "$central" ] && [ -f "$central" ]; then known=$nl$(names_in "$module" "$central")$nl; fi
  logins | head -n 500 | while IFS=$tab read -r name uid gid home; do
    unset IFS
    case $name in *[!A-Za-z0-9._@-]*|'') continue ;; esac
    if [ -z "$central" ]; then
      if placed "$pattern"; then
        # a folder outside the home belongs to the administrator: looked at with our own rights
        case $place in "$home"/*) answer=$(in_home "$uid" "$gid" "$place") ;; *) answer=$(in_home "$me" "$me" "$place") ;; esac
      else answer=unknown; fi
    elif [ -n "$known" ]; then
      case $known in *"$nl$name$nl"*) answer=yes ;; *) answer=no ;; esac
    elif [ -e "$central" ]; then answer=unknown
    elif [ -x "${central%/*}" ]; then answer=no
    else answer=unknown; fi
    printf 'EN\t%s\t%s\t%s\t%s\n' "$name" "$module" "$option" "$answer"
  done
}
printf '%s' "$asked" | sort -u | head -n 8 | while IFS=$tab read -r module option; do
  unset IFS
  [ -z "$module" ] || enrolled "$module" "$option"
  if [ "$module" = pam_duo ]; then
    for conf in "$option" /etc/duo/pam_duo.conf /etc/security/pam_duo.conf; do
      [ -f "$conf" ] || continue
      if [ ! -r "$conf" ]; then printf 'D\tpam_duo.unread\t%s\n' "$conf"; break; fi
      head -c 65536 "$conf" | sed -nE 's/^[[:blank:]]*failmode[[:blank:]]*=[[:blank:]]*([a-z]{1,10})[[:blank:]]*$/D\tpam_duo.failmode\t\1/p' | sed "s/\\\\t/$tab/g"
      if head -c 65536 "$conf" | grep -qE '^[[:blank:]]*groups?[[:blank:]]*='; then printf 'D\tpam_duo.groups\tyes\n'; fi
      break
    done
  fi
done

# Without a key sshd takes no ticket, whatever GSSAPIAuthentication says.
keytab=no
if [ -e /etc/krb5.keytab ]; then keytab=yes
elif grep -rqs default_keytab_name /etc/krb5.conf /etc/krb5.conf.d; then keytab=unknown; fi
printf 'KT\t%s\n' $keytab
echo "Z${tab}end"
