# Functions that tell the public half of a private key file, and nothing beyond it.

# public_head: an awk function for a program that gathers the base64 text of an OpenSSH container in a string. It gives
# the characters that hold cipher, KDF, rounds and the public key (PROTOCOL.key); what follows is the length of the
# private part, of which two bytes may share the last four characters. Where the file is no sound container of one key,
# the first 45 bytes: no public key ends before them, and the private part begins at 94 at the earliest.
public_head='
  function sextet(at) { return index("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/", substr(text64, at, 1)) - 1 }
  function octet(at,   first, part) {
    first = int(at / 3) * 4 + 1; part = at % 3
    if (part == 0) return sextet(first) * 4 + int(sextet(first + 1) / 16)
    if (part == 1) return sextet(first + 1) % 16 * 16 + int(sextet(first + 2) / 4)
    return sextet(first + 2) % 4 * 64 + sextet(first + 3)
  }
  function long(at) { return ((octet(at) * 256 + octet(at + 1)) * 256 + octet(at + 2)) * 256 + octet(at + 3) }
  function public_head(text,   at, i, size, all, count) {
    text64 = text; sub(/=+$/, "", text64); all = int(length(text64) * 3 / 4); at = 15
    for (i = 0; i < 3; i++) { size = at + 4 <= all ? long(at) : 9999; if (size > 64) return substr(text64, 1, 60); at += 4 + size }
    count = at + 8 <= all ? long(at) : 0; size = count == 1 ? long(at + 4) : 0
    at += 8 + size
    if (size < 16 || size > 9000 || at + 4 > all || long(at) < 32 || long(at) % 8 || at + 4 + long(at) > all) return substr(text64, 1, 60)
    return substr(text64, 1, int((at + 2) / 3) * 4)
  }'
