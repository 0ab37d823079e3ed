# Start it as root, on the host that is to be audited: sh posture-collect.sh [FILE]
#
# It writes one file, a bundle, and sends nothing anywhere: look at it (posture collect --check FILE shows what is inside),
# then send it in. The bundle is signed with the host's own SSH keys, so that it is known which host made it. Found secrets
# are in it as fingerprints only, made with a key that is yours alone; keep this script to yourselves for that key's sake.
posture_bundle() {
umask 077
bundle=${1:-posture-$(uname -n)-$(date -u +%Y%m%d-%H%M%S).bundle}
work=$(mktemp -d) || exit 1
trap 'rm -rf "$work"' EXIT
trap 'exit 1' HUP INT TERM
PATH=$PATH:/usr/sbin:/sbin
[ "$(id -u)" = 0 ] || echo 'Not root: what only root can see stays unknown, and the bundle cannot be signed.' >&2
if command -v sha256sum >/dev/null && [ -f "$0" ]; then digest=$(sha256sum "$0" | cut -c 1-64); else digest=unknown; fi
nonce=$(od -A n -N 16 -t x1 /dev/urandom | tr -d ' \n')
echo 'Looking at this host; it takes up to some minutes.' >&2
{
  printf 'customer %s\nhost %s\nmade %s\nnonce %s\ncollector %s\n\n' @CUSTOMER@ "$(uname -n)" \
    "$(date -u +%Y-%m-%dT%H:%M:%SZ)" "$nonce" "$digest"
  ( posture_main )
} | gzip -9 >"$work/said" || exit 1

for key in $(sshd -T 2>/dev/null | sed -n 's/^hostkey //p') /etc/ssh/ssh_host_ed25519_key /etc/ssh/ssh_host_ecdsa_key \
  /etc/ssh/ssh_host_rsa_key; do
  case " $used " in *" $key "*) continue ;; esac
  used="$used $key"
  if [ -r "$key" ] && ssh-keygen -Y sign -q -f "$key" -n posture-collect "$work/said" </dev/null >/dev/null 2>&1; then
    cat "$work/said.sig" >>"$work/signatures"
    rm "$work/said.sig"
  fi
done
[ -s "$work/signatures" ] || {
  : >"$work/signatures"
  echo 'No signature: that needs root, ssh-keygen of OpenSSH 8.1 or newer and SSH host keys. Such a bundle proves nothing.' >&2
}

set -C # whoever owns this folder may not choose another file by a link
{
  printf 'posture-bundle 1 %s\n' "$(wc -c <"$work/said" | tr -d ' ')"
  cat "$work/said" "$work/signatures"
} >"$bundle" || exit 1
printf 'Written: %s\n' "$bundle"
}
used=
posture_bundle "$@"
