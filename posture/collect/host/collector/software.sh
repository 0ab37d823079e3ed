# Of the section software, second: what was installed beside the distribution's packages. B a place looked at; y Python's
# metadata and g a gem's, whose paths tell name and version; n a package of Node and c one of Composer, with file, name
# and version; a an application with its file, folder, version, product and, for what extends it, a name; O once the package
# manager was asked, D a path that it owns; U folders and files that could not be read, T a limit that ended a search, Z
# the end; o a path with the id and name of its owner, where that is not root (-1: root's, and others may write), R a
# folder below which all else is root's. Root searches a folder with the rights of its owner. Only names, versions and
# paths leave.

# What runs as the owner of a folder. Left out: copies that nothing runs (caches, git's objects), what lies inside of a
# package, and what people upload. E comes last.
seek=$(cat <<'SEEK'
depth=$1 applications=$2 base=$3 top=$5 form=$6 loose=$7
# Half of the time is for finding files, so that what was found until then is still read.
stop=
timeout 1 true && stop="timeout $4"
tab=$(printf '\t')
if dd if=/dev/null iflag=nofollow,nonblock count=0; then
  head_of() { dd if="$1" iflag=nofollow,nonblock bs=65536 count=1; }
else
  head_of() { head -c 65536 "$1"; }
fi
lines='grep -H' # of files that may hold anything
grep -a . /dev/null; [ $? -lt 2 ] && lines="$lines -a"
grep -D skip . /dev/null; [ $? -lt 2 ] && lines="$lines -D skip"
exec 5>&1
set -f
set --
for file in $(printf '%s\n' "$applications" | cut -d ' ' -f 5 | sort -u); do set -- "$@" -o -path "*/$file"; done
set +f
list=$({ $stop find "$base" -xdev -maxdepth "$depth" -name '*[[:cntrl:]]*' -prune -exec sh -c 'echo "//unread $#"' sh {} + -o \
  -type d -path '*/node_modules/.pnpm/?*@*' -prune -print -o \
  -type d \( -name .git -o -name .cache -o -name .npm -o -name .cargo -o -name .rustup -o -name .vscode-server -o \
  -name .cursor-server -o -name Maildir -o -name __pycache__ -o -name Trash -o -name proc -o -path '*/go/pkg/mod' -o \
  -path '*/share/containers' -o -path '*/share/docker' -o -path '*/share/virtualenv' -o -path '*/share/pnpm/store' -o \
  -path '*onda*/pkgs' -o -path '*forge*/pkgs' -o -path '*mamba*/pkgs' -o -path '*/.yarn/cache' -o \
  -path '*/node_modules/[!@]*/*' -o -path '*/node_modules/@*/*/*' -o \
  -path '*/wp-content/uploads' -o -path '*/wp-content/cache' -o -path '*/wp-content/upgrade' -o \
  -path '*/wp-content/plugins/*/*' -o -path '*/wp-content/themes/*/*' -o -path '*/gems/[A-Za-z_]*-[0-9]*' -o \
  -path '*/vendor/*/*/src' -o -path '*/vendor/*/*/lib' -o -path '*/vendor/*/*/[Tt]ests' -o -path '*/vendor/*/*/test' -o \
  -path '*/vendor/*/*/Resources' -o -path '*/lib/python*/test' -o \
  -path '*-packages/*' ! -path '*-packages/*.dist-info' ! -path '*-packages/*.egg-info' ! -path '*-packages/*.egg' \
    ! -path '*.egg/EGG-INFO' -path '*/lib*/python*/*-packages/*' \) -prune -o \
  -type f -size -8192 \( -path '*.dist-info/METADATA' -o -path '*.egg-info/PKG-INFO' -o -path '*.egg/EGG-INFO/PKG-INFO' -o \
  -path '*-packages/*.egg-info' -o -path '*/specifications/*.gemspec' -o -path '*/node_modules/*/package.json' -o \
  -path '*/vendor/composer/installed.json' -o -path '*/wp-content/plugins/*.php' -o -path '*/wp-content/themes/*/style.css' \
  "$@" \) -print 2>&1; [ $? -le 123 ] || echo //late; } |
  awk '/^\/\/unread / { denied += $2; next }
       /^\/\/late/ { print "T\ttime" > "/dev/stderr"; next }
       /^\// { if (seen[$0]++) next; if (++files > 20000) { print "T\tfiles" > "/dev/stderr"; exit } print; next }
       /[Pp]ermission denied/ { denied++ }
       END { print "U\t" denied + 0 > "/dev/stderr" }' 2>&5)
chosen() { printf '%s\n' "$list" | grep -E "$1"; }

# version_in FILE WORD EXPRESSION: the version by the first line that matches
version_in() {
  text=$(head_of "$1" | tr -d '\000\r')
  case $2 in
    -) ;;
    !*) printf '%s\n' "$text" | grep -q -- "${2#!}" && return 1 ;;
    *) printf '%s\n' "$text" | grep -q -- "$2" || return 1 ;;
  esac
  version=$(printf '%s\n' "$text" | sed -nE "s|$3.*|\\1|p" | head -n 1)
  case $version in *[!0-9A-Za-z.+-]*) version='' ;; esac
  [ ${#version} -le 40 ] || version=''
}
others=$(printf '%s\n' "$list" |
  grep -vE '/node_modules/|\.(dist|egg)-info|/EGG-INFO/|\.gemspec$|/installed\.json$|/wp-content/(plugins|themes)/')
[ -z "$others" ] || printf '%s\n' "$applications" | while read -r product brings certain steps place word expression; do
  printf '%s\n' "$others" | while IFS= read -r file; do
    case $file in */$place) ;; *) continue ;; esac
    version=''
    version_in "$file" "$word" "$expression" || [ "$certain" = sure ] || continue
    [ -n "$version" ] || [ "$certain" = sure ] || continue
    folder=$file up=$steps
    while [ "$up" -gt 0 ]; do folder=${folder%/*} up=$((up - 1)); done
    printf 'a\t%s\t%s\t%s\t%s\n' "$file" "$folder" "$version" "$product"
  done
done
# headers plugin|theme NAME ENDING: what extends WordPress, by the head of its file (get_file_data of its functions.php)
headers() {
  tr '\n' '\0' | xargs -0 -r $lines -m 20 -E "$2 Name:|^[[:blank:]/*#@]*[Vv]ersion:" |
    awk -v kind="$1" -v name="$2 Name:" -v ending="$3:" '
    function give(   from, folder) {
      from = index(file, "/wp-content/" kind "s/")
      if (!named || !from) return
      folder = substr(file, from + length(kind) + 14); sub(/\/.*/, "", folder)
      print "a\t" file "\t" substr(file, 1, from - 1) "\t" version "\twordpress\t" kind "/" folder
    }
    {
      at = index($0, ending); now = substr($0, 1, at + length(ending) - 2); line = substr($0, at + length(ending))
      if (now != file) { give(); file = now; named = 0; version = "" }
      if (index(line, name)) named = 1
      else if (version == "" && match(line, /^[ \t\/*#@]*[Vv]ersion:[ \t]*[0-9][0-9A-Za-z.+-]*/)) {
        version = substr(line, RSTART, RLENGTH); sub(/.*:[ \t]*/, "", version)
        if (length(version) > 40) version = ""
      }
    }
    END { give() }'
}
chosen '/wp-content/plugins/([^/]+/)?[^/]+\.php$' | headers plugin Plugin .php
chosen '/wp-content/themes/[^/]+/style\.css$' | headers theme Theme .css
chosen '\.dist-info/METADATA$|\.egg-info(/PKG-INFO)?$|/EGG-INFO/PKG-INFO$' | sed "s/^/y$tab/"
chosen '/specifications/[^/]+\.gemspec$' | sed "s/^/g$tab/"

# The lines of JSON files that count, depth by depth: at each line begins at most one thing, as npm and Composer write
# them. A file on one line has what lies deeper cut out of it.
packages() {
  awk -v kind="$1" '
  function told(line, key,   text) {
    if (!match(line, "\"" key "\"[ \t]*:[ \t]*\"[^\"]*\"")) return ""
    text = substr(line, RSTART, RLENGTH)
    sub(/^"[a-z]*"[ \t]*:[ \t]*"/, "", text); sub(/"$/, "", text)
    return length(text) <= 214 && text !~ /[^0-9A-Za-z.+~^_@:\/-]/ ? text : ""
  }
  function flat(line,   out, text) {
    if (length(line) > 20000) return ""
    while (match(line, /"([^"\\]|\\.)*"/)) {
      text = substr(line, RSTART, RLENGTH); gsub(/[][{}]/, "", text)
      out = out substr(line, 1, RSTART - 1) text; line = substr(line, RSTART + RLENGTH)
    }
    out = out line; sub(/^[ \t]*[{]/, "", out); sub(/[}][ \t]*$/, "", out)
    while (gsub(/[[{][^][{}]*[]}]/, "", out)) ;
    return out
  }
  function give() {
    if (version != "") print kind "\t" file "\t" name "\t" version
    name = version = ""
  }
  /^grep: / { if (/[Pp]ermission denied/) denied++; next }
  {
    at = index($0, ".json:"); now = substr($0, 1, at + 4); line = substr($0, at + 6)
    if (now != file) {
      if (kind == "n") give()
      file = now; depth = 0; name = version = ""
      wanted = kind == "n" ? 1 : line ~ /^[ \t]*\[/ ? 2 : 3
    }
    if (depth == 0 && line ~ /"version"[ \t]*:/) { # all in one
      if (kind == "c") { print "U\t1"; next }
      if (flat(line) == "") { print "U\t1"; next }
      line = flat(line); name = told(line, "name"); version = told(line, "version"); next
    }
    if (depth == wanted && line ~ /^[ \t]*"name"[ \t]*:/) name = told(line, "name")
    if (depth == wanted && line ~ /^[ \t]*"version"[ \t]*:/) version = told(line, "version")
    gsub(/"([^"\\]|\\.)*"/, "", line)
    opened = gsub(/[[{]/, "", line); closed = gsub(/[]}]/, "", line)
    depth += opened - closed
    if (kind == "c" && depth < wanted) give()
  }
  END { if (kind == "n") give(); print "U\t" denied + 0 }'
}
json() { tr '\n' '\0' | xargs -0 -r $lines -E '[][{}]|"(name|version)"' 2>&1; }
# pnpm keeps packages in folders of their names, to which all others are links: @scope+name@version(of what it needs)
chosen '/node_modules/\.pnpm/[^/]+$' | awk '{
  folder = $0; sub(/.*\//, "", folder)
  at = index(substr(folder, 2), "@") + 1
  name = substr(folder, 1, at - 1); version = substr(folder, at + 1)
  if (name ~ /^@/) sub(/[+]/, "/", name)
  sub(/[(_].*/, "", version)
  if (version ~ /^[0-9][0-9A-Za-z.+-]*$/ && name !~ /[^0-9A-Za-z@.\/_~-]/) print "n\t" $0 "/package.json\t" name "\t" version
}'
chosen '/vendor/composer/installed\.json$' | json | packages c
chosen '/node_modules/(@[^/]+/)?[^/@]+/package\.json$' | json | packages n
# Whose the files are and the folders that lead to them; below what is not root's nobody's word on that counts.
if [ "$top" = root ]; then
  owners=$(printf '%s\n' "$list" | base=$base awk '
    /^\// { for (path = $0; length(path) > length(ENVIRON["base"]) && !seen[path]++; sub(/\/[^\/]*$/, "", path)) print path }' |
    tr '\n' '\0' | xargs -0 -r stat -c "$form") && {
    printf '%s\n' "$owners" | awk -F "$tab" '
      NF == 5 { of[$5] = $1 ? $1 : loose($3, $4); name[$5] = $2 }
      END { for (path in of) { above = path; sub(/\/[^\/]*$/, "", above)
        if (of[path] && of[path] != of[above]) print "o\t" path "\t" of[path] "\t" name[path] } }
      '"$loose"
    printf 'R\t%s/\n' "$base"
  }
fi
echo E
SEEK
)

# Owner, mode and group of a path; whether what is root's may be changed by others. Debian's staff stands for root.
form="%u$tab%U$tab%a$tab%G$tab%n"
loose='function loose(mode, group,   others, some) {
  others = substr(mode, length(mode)) ~ /[2367]/
  some = substr(mode, length(mode) - 1, 1) ~ /[2367]/ && group != "root" && group != "staff"
  return (others || some) && !(length(mode) > 3 && substr(mode, length(mode) - 3, 1) ~ /[1357]/) ? -1 : 0
}'
# way FOLDER: itself and what lies above it
way() {
  set -- "$1" "$1"
  while [ -n "$2" ]; do
    stat -c "$form" -- "$2" || echo "-1$tab$tab$tab$tab$2"
    set -- "$1" "${2%/*}"
  done | awk -F "$tab" '{ owner = $1 ? $1 : loose($3, $4); if (owner) print "o\t" $5 "\t" owner "\t" $2 }
    '"$loose"
}

# search UID GID SECONDS FOLDER TOP: believed for what lies below that folder, of owners where TOP is root
search() {
  as "$1" "$2" "$3" sh -c "$seek" seek 11 "$applications" "$4" $((($3 + 1) / 2)) "$5" "$form" "$loose" |
    within $(($3 + 1)) head -c 2500000 | base=$4 top=$5 awk -F "$tab" '
    $0 == "E" { ended = 1; next }
    $1 == "U" && $2 ~ /^[0-9]+$/ && NF == 2 { print; next }
    $1 == "T" { print "T\tlimit"; next }
    $1 !~ (ENVIRON["top"] == "root" ? "^[yncgaoR]$" : "^[yncga]$") || NF > 6 || length($0) > 2000 || $0 ~ /\/\.\.?\// { next }
    $1 == "a" && $3 != ENVIRON["base"] && index($3, ENVIRON["base"] "/") != 1 && $3 != "" { next }
    index($2, ENVIRON["base"] "/") == 1 { print }
    END { if (!ended) print "T\ttime" }'
}

# visit SECONDS FOLDER: as its owner. A link is followed where only root can have made it.
visit() {
  folder=$2
  if [ -L "$folder" ]; then
    above=${folder%/*} above=${above:-/}
    if [ "$(stat -c %u -- "$above")" != 0 ] || [ -k "$above" ]; then echo "U${tab}1"; return; fi
    folder=$(readlink -f -- "$folder")
  fi
  [ -d "$folder" ] && [ ! -L "$folder" ] || return 0
  owner=$(stat -c '%u %g' -- "$folder") || return 0
  way=$(way "$folder") top=root
  [ -z "$way" ] || printf '%s\n' "$way"
  [ "${owner% *}" = 0 ] || [ "$me" != 0 ] || top=other
  printf '%s\n' "$way" | grep -q "^o$tab[^$tab]*$tab[1-9]" && top=other
  search "${owner% *}" "${owner#* }" "$1" "$folder" "$top"
}
place() { if [ -d "$2" ]; then printf 'B\t%s\n' "$2"; visit "$@"; fi; }
# with_mounts SECONDS FOLDER: and the file systems mounted right in it
with_mounts() {
  place "$@"
  for inner in "$2"/*; do
    [ -d "$inner" ] && [ ! -L "$inner" ] && [ "$(stat -c %d -- "$inner")" != "$(stat -c %d -- "$2")" ] && visit "$1" "$inner"
  done
}
# What a package manager installed is its own to update: all paths of its packages, of which those asked for are told.
owned() {
  asked=$(cut -f 2)
  {
    printf '%s\n' "$asked"
    echo //
    if [ -s /var/lib/dpkg/status ]; then cat /var/lib/dpkg/info/*.list
    elif [ -s /lib/apk/db/installed ]; then
      awk '/^F:/ { folder = "/" substr($0, 3) } /^R:/ { print folder "/" substr($0, 3) }' /lib/apk/db/installed
    elif [ -d /var/lib/rpm ] || [ -d /usr/lib/sysimage/rpm ]; then within 30 rpm -qal
    fi
  } | awk '$0 == "//" { known = 1; next } !known { asked[$0] = 1; next } $0 in asked { print "D\t" $0 }'
}
system() {
  with_mounts 12 /opt
  for folder in /usr/local /var/lib/gems /usr/share/nginx /usr/lib/node_modules /usr/lib/python[0-9]*/site-packages \
    /usr/lib64/python[0-9]*/site-packages; do place 6 "$folder"; done
}
found=$(system)
printf '%s\n' "$found"
printf '%s\n' "$found" | grep "^[yncga]$tab" | owned
echo O

with_mounts 15 /var/www
with_mounts 15 /srv
place 10 /root
set --
for home in /home/*; do set -- "$@" "$home"; done
seconds=$((45 / ($# + 1)))
[ $seconds -le 12 ] || seconds=12
[ $seconds -ge 2 ] || seconds=2
if [ -d /home ]; then
  echo "B${tab}/home"
  [ -r /home ] || echo "U${tab}1"
  for home; do visit $seconds "$home"; done
fi
# Homes and the roots of web sites elsewhere.
elsewhere=$(
  homes
  for file in /etc/nginx/conf.d/* /etc/nginx/sites-enabled/* /etc/apache2/sites-enabled/* /etc/httpd/conf.d/* \
    /etc/apache2/vhosts.d/*; do
    [ -f "$file" ] && head -c 262144 "$file"
  done | sed -nE 's/^[[:blank:]]*(root|DocumentRoot)[[:blank:]]+"?(\/[^"; ]*)"?[[:blank:]]*;?.*$/\2/p' |
    sed -E 's#/+$##; s#/(public|public_html|htdocs|httpdocs|web|www|html|pub)$##' | head -n 200
)
IFS=$nl
set -f
for folder in $(printf '%s\n' "$elsewhere" | sort -u | head -n 500); do
  unset IFS
  case $folder/ in
    /proc/*|/sys/*|/dev/*|/run/*|/tmp/*|*[!-A-Za-z0-9._/@]*|*/../*|/|//) ;;
    /root/*|/home/*|/srv/*|/opt/*|/var/www/*|/usr/*|/bin/*|/sbin/*|/etc/*|/boot/*|/lib*|/var/lib/*|/var/|/var/run/*) ;;
    /var/spool/*|/var/cache/*|/var/mail/*|/nonexistent/*) ;;
    *) place $seconds "$folder" ;;
  esac
done
echo Z
