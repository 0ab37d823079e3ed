# Of the sections sockets and stale-processes: which package owns a file. Functions only.

# file_owners FILES: one a line; prints D, tab, "package: file" of each that is owned, by both names of a merged /usr.
file_owners() {
  set -f; IFS=$nl
  set -- $(printf '%s' "$1" | grep -v '[][*?\\]' | sort -u | head -n 1000)
  unset IFS
  [ $# -gt 0 ] || return 0
  case $(package_manager) in
    dpkg)
      command -v dpkg-query >/dev/null || return 0
      names=
      for file; do
        case $file in
          /usr/*) names="$names$file$nl${file#/usr}$nl" ;;
          /bin/*|/sbin/*|/lib*) names="$names$file$nl/usr$file$nl" ;;
          *) names="$names$file$nl" ;;
        esac
      done
      IFS=$nl
      set -- $names
      unset IFS
      within 10 dpkg-query -S -- "$@" | awk '{ print "D\t" $0 }' ;;
    rpm)
      asked=0
      for file; do
        [ -e "$file" ] && [ $asked -lt 200 ] || continue  # a question each, which costs some milliseconds
        asked=$((asked + 1))
        owner=$(within 5 rpm -qf --qf '%{NAME}\n' -- "$file" | head -n 1)
        case $owner in ''|*[!A-Za-z0-9._+-]*) ;; *) printf 'D\t%s: %s\n' "$owner" "$file" ;; esac
      done ;;
    apk)
      database=/lib/apk/db/installed
      [ -s $database ] || database=/usr/lib/apk/db/installed
      files=$(printf '%s\n' "$@") awk '
        BEGIN {
          count = split(ENVIRON["files"], paths, "\n")
          for (i = 1; i <= count; i++) { want[substr(paths[i], 2)] = paths[i]; sub(/^\/usr/, "", paths[i]); want[substr(paths[i], 2)] = paths[i] }
        }
        /^P:/ { name = substr($0, 3) } /^F:/ { folder = substr($0, 3) }
        /^R:/ { path = folder "/" substr($0, 3); if (path in want) print "D\t" name ": /" path }' $database ;;
  esac
}
