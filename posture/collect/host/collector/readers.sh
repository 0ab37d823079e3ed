# Of the sections private-keys and leaks. Functions only.

# readers_of FILE: the accounts besides its owner and root that its mode and those of the folders above it let in, * for
# all; nothing where an access list says more than the mode
readers_of() {
  case $(stat -c %a -- "$1") in
    *[4-7]?|*[4-7]) ;;
    *) echo "RD$tab"; return ;;
  esac
  case $(ls -ld -- "$1") in ??????????+*) return 0 ;; esac
  step=$1
  {
    while :; do
      stat -L -c 'c:%a:%u:%g:' -- "${step:-/}" || break
      [ -n "$step" ] || break
      step=${step%/*}
    done
    cat /etc/passwd /etc/group
  } | awk -F: '
    function bit(digit, wanted) { return int(digit / wanted) % 2 }
    $1 == "c" && NF == 5 { n++; mode = "000" $2; m = length(mode)
      user_bits[n] = substr(mode, m - 2, 1); group_bits[n] = substr(mode, m - 1, 1); other_bits[n] = substr(mode, m, 1)
      owner[n] = $3; group[n] = $4; next }
    NF >= 7 { if ($3 != 0 && $1 !~ /^[+-]/ && !($1 in uid)) { uid[$1] = $3; member[$1, $4]; names[++count] = $1 } next }
    NF == 4 { many = split($4, one, ","); for (i = 1; i <= many; i++) member[one[i], $3] }
    END {
      all = 1
      for (i = 1; i <= n; i++) if (!bit(other_bits[i], i == 1 ? 4 : 1)) all = 0
      if (all) { print "RD\t*"; exit }
      for (k = 1; k <= count && told < 32; k++) {
        name = names[k]
        if (uid[name] == owner[1]) continue
        opens = 1
        for (i = 1; i <= n && opens; i++) {
          bits = uid[name] == owner[i] ? user_bits[i] : (name, group[i]) in member ? group_bits[i] : other_bits[i]
          if (!bit(bits, i == 1 ? 4 : 1)) opens = 0
        }
        if (opens) { told++; line = line " " name }
      }
      print "RD\t" substr(line, 2)
    }'
}
