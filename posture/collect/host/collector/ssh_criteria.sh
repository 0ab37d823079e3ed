# Of the section ssh, after the server: what Match lines of its configuration tell apart. Functions only. They choose
# samples to ask sshd about; what holds for those only sshd says. Reads as the account that runs the collector.

# configuration FILE: "file" and each file of the configuration, "hidden" and a folder named by an Include that we may
# not look into (nothing in it is found then, and sshd says nothing of that, glob(3)), "more" beyond 64 files.
configuration() {
  queue=${1:-/etc/ssh/sshd_config} looked=0
  while [ -n "$queue" ]; do
    [ $looked -lt 64 ] || { echo more; return; }
    file=${queue%%"$nl"*} queue=${queue#*"$nl"} looked=$((looked + 1))
    [ "$queue" != "$file" ] || queue=
    printf 'file %s\n' "$file"
    set -f
    for pattern in $(head -c 262144 "$file" | awk '
        { sub(/^[ \t]+/, "") }
        tolower($0) ~ /^"?include[ \t="]/ { gsub(/["\047\r]/, ""); sub(/^.......[ \t]*=?/, ""); sub(/[ \t]#.*/, ""); print }'); do
      case $pattern in /*) ;; *) pattern=/etc/ssh/$pattern ;; esac
      holder=${pattern%/*} names=no
      case $pattern in *[*?[]*) names=yes holder=${pattern%%[*?[]*} holder=${holder%/*} ;; esac
      while [ -n "$holder" ] && [ ! -d "$holder" ]; do holder=${holder%/*} names=no; done
      if [ ! -x "${holder:-/}" ] || { [ $names = yes ] && [ ! -r "${holder:-/}" ]; }; then
        printf 'hidden %s\n' "${holder:-/}"
        continue
      fi
      set +f
      for file in $pattern; do [ ! -f "$file" ] || queue="$file$nl$queue"; done
      set -f
    done
    set +f
  done
}

# criteria, files on standard input: criterion, tab, pattern of every Match line, each once. Negation only says that the
# pattern matters, too.
criteria() {
  while IFS= read -r file; do head -c 262144 "$file"; echo; done | awk -v OFS="\t" '
    { gsub(/[\r"\047]/, ""); sub(/^[ \t]+/, "") }
    tolower($0) !~ /^match[ \t=]/ { next }
    { gsub(/=/, " "); count = split($0, word)
      for (i = 2; i <= count && word[i] !~ /^#/; i++) {
        kind = tolower(word[i])
        if (kind == "all" || kind == "invalid-user") continue
        many = split(word[++i], pattern, ",")
        for (j = 1; j <= many; j++) { sub(/^!/, "", pattern[j]); if (pattern[j] != "" && !seen[kind, pattern[j]]++) print kind, pattern[j] }
      } }' | head -n 2000
}

# samples, criteria on standard input: pattern, tab, an address that stands for those it matches and no narrower pattern
# does; "unasked" and the pattern where there is none. A Match on host names gets the address when UseDNS is off.
samples() {
  awk -F "\t" -v OFS="\t" '
    function bits(number, width,   text) { while (width-- > 0) { text = (number % 2) text; number = int(number / 2) } return text }
    function hex(text,   i, value) {
      for (i = 1; i <= length(text); i++) value = value * 16 + index("0123456789abcdef", substr(text, i, 1)) - 1
      return value + 0
    }
    function four(text,   part, i, out) {
      if (split(text, part, ".") != 4) return ""
      for (i = 1; i <= 4; i++) { if (part[i] !~ /^[0-9]+$/ || part[i] > 255) return ""; out = out bits(part[i] + 0, 8) }
      return out
    }
    function six(text,   part, count, i, out, filled, given) {
      if (text !~ /^[0-9a-f:]+$/ || text ~ /:::/) return ""
      given = text ~ /::/
      sub(/^::/, ":", text); sub(/::$/, ":", text); sub(/^:/, "@:", text); sub(/:$/, ":@", text); sub(/::/, ":@:", text)
      if (text == ":@") text = "@"
      count = split(text, part, ":")
      for (i = 1; i <= count; i++) {
        if (part[i] == "@") { if (filled++) continue; filled = 1; out = out "@"; continue }
        if (part[i] == "" || length(part[i]) > 4) return ""
        out = out bits(hex(part[i]), 16)
      }
      i = index(out, "@")
      if (!i) return length(out) == 128 ? out : ""
      if (!given || length(out) > 129) return ""
      count = 129 - length(out)
      return substr(out, 1, i - 1) zeros(count) substr(out, i + 1)
    }
    function zeros(count,   out) { while (count-- > 0) out = out "0"; return out }
    function number(text,   i, value) { for (i = 1; i <= length(text); i++) value = value * 2 + substr(text, i, 1); return value + 0 }
    function shown(text,   i, out) {
      if (length(text) == 32) { for (i = 1; i < 32; i += 8) out = out (i > 1 ? "." : "") number(substr(text, i, 8)); return out }
      for (i = 1; i < 128; i += 16) out = out (i > 1 ? ":" : "") sprintf("%x", number(substr(text, i, 16)))
      return short(out)
    }
    # as inet_ntop(3) has it, which sshd compares wildcards with: the first longest run of zeros gets short
    function short(text,   run) {
      text = ":" text ":"
      for (run = ":0:0:0:0:0:0:0:0:"; length(run) > 3; run = substr(run, 3)) if (index(text, run)) {
        text = substr(text, 1, index(text, run) - 1) "::" substr(text, index(text, run) + length(run)); break
      }
      if (text !~ /^::/) sub(/^:/, "", text)
      if (text !~ /::$/) sub(/:$/, "", text)
      return text
    }
    $1 == "address" || $1 == "host" { if (!seen[$2]++) { kind[++n] = $1; name[n] = $2 } }
    END {
      for (k = 1; k <= n; k++) {
        text = tolower(name[k]); slash = index(text, "/"); plain = slash ? substr(text, 1, slash - 1) : text
        binary = text ~ /:/ ? six(plain) : four(plain); size = slash ? substr(text, slash + 1) : length(binary)
        if (binary == "" || size !~ /^[0-9]+$/ || size + 0 > length(binary)) continue
        whole[k] = length(binary); prefix[k] = substr(binary, 1, size + 0); known[k] = 1
      }
      for (k = 1; k <= n; k++) {
        text = tolower(name[k])
        if (!known[k]) {
          if (text ~ /^\*+$/) continue
          if (text ~ /^[0-9?]+(\.[0-9?]+)*\.\*$/) { sub(/\*$/, "1", text); while (split(text, part, ".") < 4) text = text ".1" }
          else if (text ~ /^[0-9a-f?]+(:[0-9a-f?]+)*:\*$/) { sub(/:\*$/, "::1", text); if (split(text, part, ":") > 8) text = "" }
          else if (text !~ /^[0-9?]+\.[0-9?]+\.[0-9?]+\.[0-9?]+$/) text = ""
          gsub(/\?/, "1", text)
          if (text == "") print "unasked", kind[k], name[k]; else print name[k], text
          continue
        }
        rest = whole[k] - length(prefix[k]); best = ""
        if (rest == whole[k]) continue  # everybody: the internet, that is asked anyway
        for (try = 1; try <= 4; try++) {
          if (rest == 0) { best = prefix[k]; break }
          tail = try == 1 ? zeros(rest - 1) "1" : try == 2 ? "1" zeros(rest - 1) : try == 3 ? "01" zeros(rest - 2) : "11" zeros(rest - 2)
          candidate = prefix[k] substr(tail, 1, rest); taken = 0
          for (j = 1; j <= n; j++)
            if (known[j] && whole[j] == whole[k] && length(prefix[j]) > length(prefix[k]) && index(candidate, prefix[j]) == 1) taken = 1
          if (!taken) { best = candidate; break }
        }
        if (best == "") print "unasked", kind[k], name[k]; else print name[k], shown(best)
      }
    }'
}

# classed, criteria in $criteria, accounts (name first, tab) on standard input: the same lines behind a word that is
# equal for accounts that no pattern of a Match User tells apart
classed() {
  { printf '%s\n' "$criteria" | sed -n "s/^user$tab/=/p"; cat; } | awk -F "\t" '
    function matches(text, pattern,   p) {
      if (pattern == "") return text == ""
      p = substr(pattern, 1, 1)
      if (p == "*") { while (substr(pattern, 1, 1) == "*") pattern = substr(pattern, 2)
        if (pattern == "") return 1
        for (; text != ""; text = substr(text, 2)) if (matches(text, pattern)) return 1
        return 0 }
      if (text == "" || (p != "?" && p != substr(text, 1, 1))) return 0
      return matches(substr(text, 2), substr(pattern, 2))
    }
    /^=/ { if (count < 300) pattern[++count] = substr($0, 2); next }
    { word = "u"; for (i = 1; i <= count; i++) word = word (matches($1, pattern[i]) ? 1 : 0); print word "\t" $0 }'
}
