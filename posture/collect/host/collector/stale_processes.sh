# Programs and libraries that run though their file was replaced or deleted: H when /proc hides processes of others; T
# how many processes have memory of their own, R of how many the map could be read, W one that could not; P a process
# with U its user, N its name, G its control group and F such a file; C how many of a container were left out; D which
# package owns a file; Z the end. Reads as the account that runs the collector; only root sees the maps of others.

[ "$(awk '$2 == "/proc" { hides = ($4 ~ /hidepid=([124]|noaccess|invisible|ptraceable)/) } END { print hides + 0 }' /proc/self/mounts)" = 1 ] &&
  [ "$me" != 0 ] && echo "H${tab}hidepid"

# every PATTERN OPTION ... : grep over that file of every process, not waited for: a process may be stuck in the kernel
# with its memory locked, and whoever looks at its map then is stuck, too.
every() {
  (
    what=$1; shift
    printf '%s\0' /proc/[0-9]*/"$what" | xargs -0 grep "$@" &
  ) 2>/dev/null
}
having=$(printf '%s\0' /proc/[0-9]*/status | xargs -0 grep -lE '^VmSize:' | sed 's|^/proc/||; s|/status$||')
looked=$( { every maps -cHm 1 ''; } | within 10 cat | sed -n 's|^/proc/\([0-9]*\)/maps:1$|\1|p')
# Only what is mapped to be run. Not files: shared memory (memfd, SYSV, /dev/zero, what has no folder); in temporary
# folders lies what programs wrote themselves at run time; prelink changes files with no change of what they do.
stale=$( { every maps -HE '^[0-9a-f]+-[0-9a-f]+ ..x. .* \(deleted\)$'; } | within 10 head -c 2000000 | awk '
  { at = index($0, ":"); pid = substr($0, 7, at - 12); line = substr($0, at + 1) }
  !match(line, /^[^ ]+ +[^ ]+ +[^ ]+ +[^ ]+ +[^ ]+ +\//) { next }
  { path = substr(line, RLENGTH, length(line) - RLENGTH - 9) }
  path !~ /^\/[^\/]+\// || path ~ /[\001-\037\177]/ || length(path) > 1000 { next }
  path ~ /^\/(memfd:|anon_hugepage|SYSV|dev\/|proc\/|sys\/|tmp\/|var\/tmp\/|run\/|var\/run\/)/ { next }
  path ~ /\.#prelink#\./ { next }
  !seen[pid, path]++ { print pid "\t" path }' | sort -n)
printf '%s\n' "$having" | grep -c . | sed "s/^/T$tab/"
printf '%s\n/\n%s\n' "$looked" "$having" | awk '
  $0 == "/" { second = 1; next }
  !second { looked[$0] = 1; next }
  $0 == "" { next }
  $0 in looked { read++; next }
  { print "W\t" $0 }
  END { print "R\t" read + 0 }' |
  while IFS=$tab read -r tag pid; do
    if [ $tag = W ]; then # unless it has ended in the meantime
      name=
      if grep -q '^VmSize:' /proc/$pid/status; then IFS= read -r name </proc/$pid/comm; printf 'W\t%s\n' "$name ($pid)"
      else echo "W${tab}"; fi
    else printf '%s\t%s\n' "$tag" "$pid"; fi
  done | awk -F "$tab" '$1 == "W" && $2 == "" { gone++; next } $1 == "W" && ++unread > 5 { next } { print } END { print "V\t" gone + 0 }'

# A container shows its files under the names of a world of its own, where somebody else updates them: another root,
# other mounts, and it does not run as a service of this system or has processes numbered apart. What is locked into a
# folder (chroot), or is a service with mounts of its own, is this system.
root=$(stat -Lc %d:%i /proc/self/root/.)
mounts=$(readlink /proc/self/ns/mnt)
elsewhere() {
  [ "$(within 2 stat -Lc %d:%i /proc/$1/root/.)" != "$root" ] && [ "$(readlink /proc/$1/ns/mnt)" != "$mounts" ] || return 1
  case $2 in *.service) ;; *) return 0 ;; esac
  grep -qE '^NSpid:[[:blank:]]+[0-9]+[[:blank:]]+[0-9]' /proc/$1/status
}
files='' left=0 last='' told=0 skip=no
IFS=$nl
for line in $stale; do
  unset IFS
  pid=${line%%"$tab"*} file=${line#*"$tab"}
  if [ "$pid" != "$last" ]; then
    last=$pid skip=no group='' name='' user=''
    group=$(sed -n 's/^0:://p; s/^[0-9]*:name=systemd://p' /proc/$pid/cgroup | awk 'length($0) > 1' | head -n 1)
    if elsewhere "$pid" "$group"; then left=$((left + 1)) skip=yes; continue; fi
    told=$((told + 1))
    [ $told -le 500 ] || { echo "L${tab}500"; break; }
    IFS= read -r name </proc/$pid/comm
    user=$(awk '$1 == "Uid:" { print $2 }' /proc/$pid/status)
    user=$(awk -F: -v uid="$user" '$3 == uid { print $1; exit }' /etc/passwd)
    printf 'P\t%s\nU\t%s\nN\t%s\nG\t%s\n' "$pid" "$user" "$name" "$group"
  fi
  [ $skip = no ] && [ ! -e "$file (deleted)" ] || continue
  # What rpm and dpkg call a file while they put it in its place.
  case $file in *.dpkg-new|*.dpkg-tmp) file=${file%.dpkg-???} ;; esac
  case $file in *\;[0-9a-f][0-9a-f][0-9a-f][0-9a-f][0-9a-f][0-9a-f][0-9a-f][0-9a-f]) file=${file%;*} ;; esac
  printf 'F\t%s\n' "$file"
  files="$files$file$nl"
done
unset IFS
printf 'C\t%s\n' $left
file_owners "$files"
echo Z
