# What accounts may do as another: J the rules of sudoers(5) as cvtsudoers prints them (aliases and included files
# resolved), or F and L its files where that program is missing; D and L doas.conf(5); GP the members of the groups named
# there; X a file that could not be read. Asks cvtsudoers, which only reads, as the account that runs the collector: the
# files open to root only.

note() { printf 'H\t%s\t%s\n' "$1" "$2"; }
numbered() { head -c 131072 "$1" | tr '\000\r' '  ' | awk '{ print "L\t" FNR ":" $0 }'; }

note host "$(hostname)"
for program in sudo doas; do
  # found as a customer's own account would find it
  for folder in /usr/bin /bin /usr/local/bin /run/wrappers/bin /usr/lib/cargo/bin; do
    [ ! -e "$folder/$program" ] || { note $program yes; break; }
  done
done
policy=
for file in /etc/sudoers /etc/sudoers-rs /usr/local/etc/sudoers; do
  if [ -e "$file" ]; then
    if [ -r "$file" ]; then policy=$file; break; else printf 'X\t%s\n' "$file"; fi
  fi
done
# sources FILE: it and the files it includes, each once; of a folder those without a dot and no tilde at the end
sources() {
  queue=$1 looked=0 met=$nl
  while [ -n "$queue" ] && [ $looked -lt 200 ]; do
    file=${queue%%"$nl"*} rest=${queue#*"$nl"} looked=$((looked + 1))
    [ "$queue" != "$file" ] || rest=
    queue=$rest
    case $met in *"$nl$file$nl"*) continue ;; esac
    met=$met$file$nl
    if [ ! -r "$file" ]; then printf 'X\t%s\n' "$file"; continue; fi
    printf 'F\t%s\n' "$file"
    numbered "$file"
    for named in $(head -c 131072 "$file" | sed -n 's/^[[:blank:]]*[@#]include[[:blank:]][[:blank:]]*"\{0,1\}\([^"[:blank:]]*\).*/file:\1/p; s/^[[:blank:]]*[@#]includedir[[:blank:]][[:blank:]]*"\{0,1\}\([^"[:blank:]]*\).*/dir:\1/p'); do
      name=${named#*:} name=$(printf '%s' "$name" | sed "s/%h/$(hostname -s | tr -cd 'A-Za-z0-9.-')/g")
      case $name in /*) ;; *) name=${file%/*}/$name ;; esac
      case $named in
        file:*) queue="$name$nl$queue" ;;
        *) for one in "$name"/*; do
            case ${one##*/} in *.*|*~) ;; *) [ ! -f "$one" ] || queue="$one$nl$queue" ;; esac
          done ;;
      esac
    done
  done
  [ -z "$queue" ] || printf 'X\t%s\n' "more included files than 200"
}
text=
if [ -n "$policy" ]; then
  text=$(sources "$policy")
  rules=
  if [ -n "$(command -v cvtsudoers)" ]; then rules=$(within 8 cvtsudoers -e -f json "$policy" </dev/null | head -c 524289); fi
  printf '%s\n' "$text" | grep "^X$tab"
  if [ -n "$rules" ] && [ ${#rules} -le 524288 ]; then printf '%s\n' "$rules" | sed "s/^/J$tab/"
  else printf '%s\n' "$text" | grep -v "^X$tab"; fi
fi
directories='ldap|sss'
! no_sssd || directories=ldap
if sed -n 's/^[[:blank:]]*sudoers[[:blank:]]*:/ /p' /etc/nsswitch.conf | grep -qE "[[:blank:]]($directories)"; then note elsewhere "LDAP or SSSD"; fi
doas=
for file in /etc/doas.conf /etc/doas.d/*.conf /usr/local/etc/doas.conf; do
  [ -e "$file" ] || continue
  if [ -r "$file" ]; then printf 'D\t%s\n' "$file"; numbered "$file"; doas="$doas$nl$(head -c 131072 "$file")"
  else printf 'X\t%s\n' "$file"; fi
done
printf '%s\n%s\n' "$text" "$doas" | grep -oE '[%:][A-Za-z0-9._#-]+' | cut -c 2- | sort -u | head -n 500 | awk '
  FILENAME == "-" { wanted[$0]; next }
  FILENAME == "/etc/passwd" { split($0, field, ":"); primary[field[4]] = primary[field[4]] " " field[1]; next }
  { split($0, field, ":"); if (field[1] in wanted || ("#" field[3]) in wanted) {
      names = field[4]; gsub(/,/, " ", names); print "GP\t" field[1] "\t" field[3] "\t" names primary[field[3]] } }' - /etc/passwd /etc/group
echo Z
