# Of the section ssh, before its accounts: the keys and names that open an account. Functions only; keys_of() prints F a
# file, L its line with a public key, X a file not read or only in part, Y one behind a closed folder, S the file and
# every folder above it with mode, owner and group; principals_of() the same with PF, PL. Root reads with the rights of
# that account.

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
  # the file itself, then the folders above it to the home, or to the root (misc.c, safe_path)
  step=$(readlink -f -- "$1") steps=0 top=$(readlink -f -- "$3")
  while [ -n "$step" ] && [ $steps -lt 40 ]; do
    stat -c "S%a:%u:%U:%g:%G:%n" -- "$step"
    [ "$step" != / ] && { [ "$step" != "$top" ] || [ $steps = 0 ]; } || { echo S; break; }
    step=${step%/*} step=${step:-/} steps=$((steps + 1))
  done
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
# opened FILE: its text, or why not, in $content; false where there is nothing to read
opened() {
  case $1 in *[[:cntrl:]]*) printf 'X\t%s\n' "$home: a name with control characters"; return 1 ;; esac
  if [ $stuck = yes ]; then printf 'X\t%s\n' "$1"; return 1; fi
  whose=other
  if [ "$me" = 0 ] && [ "$uid" != 0 ]; then
    if [ "$apart" = yes ]; then whose=own
    elif { [ -e "$1" ] || [ -L "$1" ]; } && ! strict "$1"; then
      printf 'X\t%s\n' "$1: a link or not the account's own, left alone because setpriv is missing"; return 1
    fi
  fi
  content=$(as "$uid" "$gid" $patience sh -c "$look" look "$1" $whose "$home" | within $((patience + 1)) head -c 400000 |
    tr -d '\000')
  case $content in
    F"$nl"*"$nl"E) ;;
    N"$nl"E) return 1 ;;
    Y"$nl"E) printf 'Y\t%s\n' "$1"; return 1 ;;
    X"$nl"E) printf 'X\t%s\n' "$1"; return 1 ;;
    *) stuck=yes; printf 'X\t%s\n' "$1"; return 1 ;;
  esac
}
# lines_of: those of the file in $content
lines_of() { printf '%s\n' "$content" | sed -n 's/^L//p'; }
# members_of GID ...: GM, the group and the user ids of its members, once a run
members_told=' '
members_of() {
  for group; do
    case $members_told in *" $group "*) continue ;; esac
    members_told="$members_told$group "
    awk -F: -v gid="$group" '
      FNR == NR { uid[$1] = $3; if ($4 == gid) found[$3]; next }
      $3 == gid { count = split($4, name, ","); for (i = 1; i <= count; i++) if (name[i] in uid) found[uid[name[i]]]; else found["?"] }
      END { printf "GM\t%s\t", gid; for (one in found) printf "%s ", one; print "" }' /etc/passwd /etc/group
  done
}
# keys_in FILE: its lines that hold a public key
keys_in() {
  opened "$1" || return 0
  printf 'F\t%s\n' "$1"
  chain=$(printf '%s\n' "$content" | sed -n "s/^S/S$tab/p" | head -n 41)
  printf '%s\n' "$chain"
  members_of $(printf '%s\n' "$chain" | sed -n "s/^S$tab[0-7]*[2367][0-7]:[0-9]*:[^:]*:\([0-9]*\):.*/\1/p" | sort -u)
  content=$(lines_of)
  [ ${#content} -gt 131072 ] && printf 'X\t%s\n' "$1"
  # Only lines that hold a public key leave: a link to another file gives nothing away.
  content=$(printf '%s\n' "$content" | head -c 131072 |
    grep -nE '(^|[[:blank:]])[A-Za-z0-9@.-]+[[:blank:]]+AAAA[A-Za-z0-9+/]+' | head -n 1001)
  [ "$(printf '%s\n' "$content" | wc -l)" -gt 1000 ] && printf 'X\t%s: only its first 1000 keys were read\n' "$1"
  [ -n "$content" ] && printf '%s\n' "$content" | head -n 1000 | cut -c 1-65536 | sed "s/^/L$tab/"
}
# principals_in FILE: whose certificates count
principals_in() {
  opened "$1" || return 0
  printf 'PF\t%s\n' "$1"
  # lines of a name, behind options where the line begins with one: no other file's text
  lines_of | head -n 2000 | grep -vE '^[[:blank:]]*#' |
    grep -E '^[[:blank:]]*(([Rr]estrict|[Nn]o-|pty|user-rc|(port|agent|x11|verify|touch)-|(command|from|expiry-time|environment|principals|tunnel|permitopen|permitlisten)=")[^[:cntrl:]]*[[:blank:]]+)?[A-Za-z0-9._@:+/*-]+[[:blank:]]*$' |
    head -n 1000 | cut -c 1-4096 | sed "s/^/PL$tab/"
}
# every COMMAND PATTERN: runs it for each file that sshd takes the pattern for, wildcards in it where this sshd knows them
every() {
  pattern=$(with_tokens "$2") || return 0
  case $wildcards:$pattern in
    no:*) "$1" "$pattern"; return ;;
    unknown:*[*?[]*) printf 'X\t%s: whether this sshd expands wildcards is not known\n' "$pattern"; return ;;
    *[*?[]*) ;;
    *) "$1" "$pattern"; return ;;
  esac
  names=$(as "$uid" "$gid" $patience sh -c "$list" list "$pattern" | within $((patience + 1)) head -c 65536)
  case $nl$names in *"$nl//end") ;; *) stuck=yes; printf 'X\t%s\n' "$pattern"; return ;; esac
  IFS=$nl
  for file in $names; do
    unset IFS
    case $file in
      //end) ;;
      //control) printf 'X\t%s\n' "$home: a name with control characters" ;;
      //more|*/../*|*/..) printf 'X\t%s\n' "$pattern" ;;
      $pattern) "$1" "$file" ;;
    esac
  done
  unset IFS
}
# principals_of PATTERNS, one a line
principals_of() {
  set -f; IFS=$nl
  for one in $1; do unset IFS; every principals_in "$one"; done
  unset IFS; set +f
}
keys_of() {
  set -f
  for one in $1; do [ "$one" = none ] || every keys_in "$one"; done
  set +f
}
