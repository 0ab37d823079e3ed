# Of the section ssh, before its accounts: the server's own keys and the keys of those who sign for accounts. Functions
# only. host_keys() prints HK a host key, HO the public head of its file or HP its public half from the file beside it,
# HX when neither can be read; ca_keys() CF a file of TrustedUserCAKeys, CL its lines, CX when it cannot be read. Reads
# as the account that runs the collector; the names of the files are those of sshd's configuration.

# public_lines FILE: its lines that hold a public key
public_lines() {
  within 3 head -c 262144 "$1" | tr '\000\r' '  ' |
    grep -nE '^[[:blank:]]*[A-Za-z0-9@.-]+[[:blank:]]+AAAA[A-Za-z0-9+/]+' | head -n 500 | cut -c 1-16384
}
host_keys() {
  printf '%s\n' "$1" | sed -n 's/^hostkey //p' | head -n 16 | while IFS= read -r file; do
    case $file in "$folder/key"|*[[:cntrl:]]*) continue ;; esac
    [ -e "$file" ] || [ -e "$file.pub" ] || continue
    printf 'HK\t%s\n' "$file"
    if [ -f "$file" ] && [ -r "$file" ]; then
      line=$(within 3 head -c 65536 "$file" | awk "$public_head"'
        { sub(/\r$/, "") }
        /^-----BEGIN OPENSSH PRIVATE KEY-----/ { inside = 1; next }
        /^-----END/ { if (inside) print "HO\t" public_head(body); exit }
        inside { body = body $0 }')
      # of another format, or a public key itself, as with HostKeyAgent
      [ -n "$line" ] || line=$(within 3 ssh-keygen -y -P '' -f "$file" </dev/null | head -n 1 | sed "s/^/HP$tab/")
      [ -n "$line" ] || line=$(public_lines "$file" | head -n 1 | sed "s/^[0-9]*:/HP$tab/")
      [ -z "$line" ] || { printf '%s\n' "$line"; continue; }
    fi
    if [ -f "$file.pub" ] && [ -r "$file.pub" ]; then public_lines "$file.pub" | head -n 1 | sed "s/^[0-9]*:/HP$tab/"
    else echo "HX$tab"; fi
  done
}
ca_keys() {
  set -f; IFS=$nl
  for file in $ca_files; do
    unset IFS
    case $file in /*) ;; *) file=/$file ;; esac # sshd's own folder
    if [ -f "$file" ] && [ -r "$file" ]; then
      printf 'CF\t%s\n' "$file"
      public_lines "$file" | sed "s/^/CL$tab/"
    elif [ -e "$file" ] || [ ! -x "${file%/*}" ]; then printf 'CX\t%s\n' "$file"
    fi
  done
  unset IFS; set +f
}

if [ -n "$sshd" ]; then
  answer=$(effective root "$@")
  [ "$way" != key ] || [ "$(printf '%s\n' "$answer" | grep -c '^hostkey ')" -gt 1 ] || # -h takes the place of the default
    answer="hostkey /etc/ssh/ssh_host_rsa_key${nl}hostkey /etc/ssh/ssh_host_ecdsa_key${nl}hostkey /etc/ssh/ssh_host_ed25519_key"
  host_keys "$answer"
fi
