# Secrets in files, judged where they lie; only what may be shown of them leaves. One record a line, tabs between fields,
# which hold printable ASCII, all else as % and two hexadecimal digits:
#   R digest of the rules, B a place searched, N how many files were read, G what was not looked at, in words, Z the end
#   S path owner mode readers rule line start fingerprint severity expired proof note
#   L path owner mode readers kind: a file made for credentials that others can read
# Python has it all in one text on its standard input and writes nothing, no compiled copies of its library either; it
# hears of no folder, variable or site packages of anybody, and the key comes to it in the environment. As root it reads
# what belongs to an account with the rights of that account alone.
# Without Python only names and permissions are looked at, by root itself: no file is opened, no other file system
# entered.

reason='python3 is not on the host'
for python in python3 /usr/libexec/platform-python; do
  command -v $python >/dev/null || continue
  printf '%s' "$packed" | $python -I -S -B -
  case $? in
    0) exit 0 ;;
    3) reason='python3 on the host lacks modules of its standard library' ;;
    2|4) reason='python3 on the host is older than 3.6' ;;
    *) exit 1 ;;
  esac
done
unset POSTURE_KEY
gap() { printf 'G\t%s\n' "$*"; }
gap "$reason: contents were not looked at; install python3, or look at them with posture secrets scan"

# kind_of FILE: sets kind to what a file made for credentials is for, empty for another
kind_of() {
  case $1 in
    */.my.cnf|*/.mylogin.cnf) kind="login of MySQL's clients" ;;
    */etc/mysql/debian.cnf) kind="login of MySQL's maintenance" ;;
    */.pgpass) kind="passwords of PostgreSQL's clients" ;;
    */.netrc|*/_netrc) kind='logins of curl, ftp and git' ;;
    */.git-credentials) kind='logins of git' ;;
    */.pypirc) kind='login of a Python package index' ;;
    */.aws/credentials) kind='keys of AWS' ;;
    */.s3cfg) kind='keys of S3 storage' ;;
    */.boto) kind='keys of cloud storage' ;;
    */.docker/config.json) kind='logins of container registries' ;;
    */.kube/config) kind='login of a Kubernetes cluster' ;;
    */rclone/rclone.conf) kind='logins of rclone' ;;
    */hcloud/cli.toml) kind='tokens of Hetzner Cloud' ;;
    */gcloud/application_default_credentials.json) kind='login of Google Cloud' ;;
    */.vault-token) kind='token of Vault' ;;
    */.terraform.d/credentials.tfrc.json) kind='tokens of Terraform' ;;
    */.config/gh/hosts.yml) kind='tokens of GitHub' ;;
    */.gem/credentials) kind='keys of RubyGems' ;;
    */.cargo/credentials|*/.cargo/credentials.toml) kind='tokens of crates.io' ;;
    */.smbcredentials|*/.cifscredentials) kind='login of a file share' ;;
    */davfs2/secrets|*/.davfs2/secrets) kind='logins of WebDAV' ;;
    */.msmtprc) kind='login of a mail server' ;;
    */etc/postfix/sasl_passwd) kind='logins of mail servers' ;;
    */etc/ppp/chap-secrets|*/etc/ppp/pap-secrets) kind='logins of PPP' ;;
    */etc/wireguard/*.conf) kind='keys of WireGuard' ;;
    */etc/shadow|*/etc/shadow-|*/etc/gshadow|*/etc/gshadow-) kind='password hashes of the system' ;;
    *) kind= ;;
  esac
}

# loose: the files named on standard input that others can read, and last what find(1) said of itself
loose() {
  while IFS= read -r file; do
    case $file in
      /*[!\ -~]*|/*%*) strange=$((strange + 1)); continue ;;
      /*) ;;
      *ermission\ denied*) denied=$((denied + 1)); continue ;;
      strange\ *) strange=$((strange + ${file#* })); continue ;;
      end) ended=yes; continue ;;
      *) continue ;;
    esac
    kind_of "$file"
    [ -n "$kind" ] && [ -f "$file" ] && [ ! -L "$file" ] || continue
    who=$(readers_of "$file" | tr ' ' ',')
    who=${who#RD}
    who=${who#"$tab"}
    [ -z "$who" ] || stat -c "L$tab%n$tab%U$tab%a$tab$who$tab$kind" -- "$file"
  done
  [ $strange = 0 ] || gap "$strange files or folders whose names hold other characters than ASCII were left out"
  [ $denied = 0 ] || gap "$denied folders could not be opened, which root could"
  [ -n "$ended" ] || gap "the search for files made for credentials did not come to its end"
}

homes=$(cut -d : -f 6 /etc/passwd | sort -u | head -n 500)
set -- /root /etc /home /srv /var/www /opt
IFS=$nl
set -f
for home in $homes; do
  case $home in
    /root*|/etc*|/home*|/srv*|/var/www*|/opt*|/proc*|/sys*|/dev*|/usr*|/bin*|/sbin*|/run*|/var/run*|*[!-A-Za-z0-9._/@]*) ;;
    /*/*) set -- "$@" "$home" ;;
  esac
done
unset IFS
set +f
for folder; do
  shift
  if [ -d "$folder" ]; then printf 'B\t%s\n' "$folder"; set -- "$@" "$folder"; fi
done
strange=0 denied=0 ended=
{
  within 40 find -H "$@" -xdev -maxdepth 8 -name '*[[:cntrl:]]*' -prune -exec sh -c 'echo "strange $#"' sh {} + -o \
    -type d \( -name node_modules -o -name vendor -o -name site-packages -o -name .cache -o -path '*/.git/objects' -o \
    -name proc \) -prune -o \
    -type f \( -perm -040 -o -perm -004 \) \( -name .my.cnf -o -name .mylogin.cnf -o -name debian.cnf -o \
    -name .pgpass -o -name '[._]netrc' -o -name .git-credentials -o -name .pypirc -o -name credentials -o \
    -name .s3cfg -o -name .boto -o -name config.json -o -name config -o -name rclone.conf -o -name cli.toml -o \
    -name application_default_credentials.json -o -name .vault-token -o -name credentials.tfrc.json -o \
    -name hosts.yml -o -name credentials.toml -o -name .smbcredentials -o -name .cifscredentials -o -name secrets -o \
    -name .msmtprc -o -name sasl_passwd -o -name '*-secrets' -o -path '/etc/wireguard/*.conf' -o \
    -path '/etc/shadow*' -o -path '/etc/gshadow*' \) -print 2>&1
  case $? in 0|1) echo end ;; esac
} | head -n 5000 | loose
printf 'N\t0\nZ\n'
