# Where private keys lie and whether they are encrypted: B a place looked at, K a file with its mode, owner and group, J
# its kind and public head, RD who besides owner and root can open it, U folders and V files that could not be read, T a
# limit that ended a search, Z the end. Root searches a folder with the rights of its owner.

# What runs as the owner of a folder. Left out: what package managers of languages unpack (published test keys by the
# dozen), git's own objects, and what websites consist of by the thousand, by its name. E comes last.
seek=$(cat <<'SEEK'
public_head=$1 depth=$2; shift 2
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
  -o -type f -size -128 ! -name '*.php' ! -name '*.js' ! -name '*.css' ! -name '*.png' ! -name '*.jpg' ! -name '*.html' \
  ! -name '*.svg' ! -name '*.mo' ! -name '*.po' ! -name '*.scss' ! -name '*.ts' ! -name '*.map' -print 2>&1 |
  awk '/^\/\/unread / { denied += $2; next }
       /^\// { if (seen[$0]++) next; if (++files > 200000) { print "T\tfiles" > "/dev/stderr"; exit } print; next }
       /[Pp]ermission denied/ { denied++ }
       END { print "U\t" denied + 0 > "/dev/stderr" }' 2>&5 |
  tr '\n' '\0' |
  xargs -0 -r grep -lE $skip '^(-----BEGIN [A-Z0-9 ]*PRIVATE KEY-----|PuTTY-User-Key-File-[0-9]+:)' 2>&1 |
  awk '/^\// { if (++keys > 1000) { print "T\tkeys" > "/dev/stderr"; exit } print; next }
       /[Pp]ermission denied/ { denied++ }
       END { print "V\t" denied + 0 > "/dev/stderr" }' 2>&5 |
  while IFS= read -r file; do
    printf 'K\t%s\n' "$file"
    # One line a file: words known beforehand and the public half. Of an OpenSSH container only its public head leaves;
    # of a file without a passphrase that has none, what ssh-keygen tells of its public key.
    line=$(head_of "$file" | awk "$public_head"'
      { sub(/\r$/, "") }
      !kind && /^-----BEGIN OPENSSH PRIVATE KEY-----/ { kind = "openssh"; next }
      !kind && /^-----BEGIN ENCRYPTED PRIVATE KEY-----/ { print "J\tpkcs8\tencrypted"; exit }
      !kind && /^-----BEGIN PRIVATE KEY-----/ { print "J\tpkcs8\tplain\t"; exit }
      !kind && /^-----BEGIN [A-Z0-9]+ PRIVATE KEY-----/ { kind = "pem"; type = $2; next }
      !kind && /^PuTTY-User-Key-File-[0-9]+:/ { kind = "putty"; type = $2; version = substr($1, 21, 1); next }
      kind == "openssh" { if (/^-----END/) exit; body = body $0 }
      kind == "pem" && /^Proc-Type: 4,ENCRYPTED/ { locked = 1; next }
      kind == "pem" && /^DEK-Info: [A-Z0-9-]+,/ && locked { sub(/,.*/, "", $2); print "J\tpem\tencrypted\t" type "\t" $2; exit }
      kind == "pem" && !/: / { if (!locked) print "J\tpem\tplain\t" type; else print "J\tpem\tencrypted\t" type; exit }
      kind == "putty" && /^Encryption: / { cipher = $2 }
      kind == "putty" && /^Public-Lines: [0-9]+$/ { take = $2 + 0; next }
      kind == "putty" && take > 0 { take--; public = public $0; next }
      kind == "putty" && /^Key-Derivation: [A-Za-z0-9]+$/ { kdf = $2 }
      kind == "putty" && /^Argon2-Passes: [0-9]+$/ { rounds = $2 }
      kind == "putty" && /^Private-Lines:/ { exit }
      END {
        if (kind == "openssh" && substr(body, 1, 20) == "b3BlbnNzaC1rZXktdjEA") print "J\topenssh\t" public_head(body)
        if (kind == "putty" && cipher) print "J\tputty\t" (cipher == "none" ? "plain" : "encrypted") "\t" type "\t" cipher "\t" kdf "\t" rounds "\t" version "\t" public
      }
    ')
    case $line in
      J*plain*) case $line in
          *putty*) ;;
          # through a pipe: the file as it was opened above, and no complaint about its mode
          *) line=$(printf '%s\t%s' "$line" "$(head_of "$file" | ssh-keygen -y -P '' -f /dev/stdin | head -n 1 | cut -c 1-8192)") ;;
        esac ;;
    esac
    [ -z "$line" ] || printf '%s\n' "$line"
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
  as "$searcher" "$its_group" "$its_time" sh -c "$seek" seek "$public_head" "$@" | within $((its_time + 1)) head -c 1000000 | {
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
          [ -n "$file" ] && [ ${#text} -le 13000 ] && stat -c "K$tab%a$tab%U$tab%G$tab%n" -- "$file" &&
            readers_of "$file" && printf 'J\t%s\n' "$text"
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
homes=$(homes | sort -u | head -n 500)
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
