# Where updates come from, how old the lists of them are, and what installs them by itself: key, tab, value, and
# "complete" at the end. Reads as the account that runs the collector, writes nothing, asks no server. Of configuration
# only the lines leave that say this; names, passwords and tokens in addresses are replaced by *** here.

masked() {
  sed -E -e 's#://[^[:space:]]*@#://***@#g' -e 's#[?][^[:space:]]+#?***#g' \
    -e 's#[0-9A-Fa-f]{8}-([0-9A-Fa-f]{4}-){3}[0-9A-Fa-f]{12}#***#g' \
    -e '/\/(lists|cache)\//s#(glpat|gldt|glrt|ghp|gho|ghs|ghu|github_pat)[-_][^/_:[:space:]]+#***#g' \
    -e '/\/(lists|cache)\//!s#(glpat|gldt|glrt|ghp|gho|ghs|ghu|github_pat)[-_][^/[:space:]]+#***#g' \
    -e 's#([/_])[A-Za-z0-9]{24,}([/_[:space:]]|$)#\1***\2#g' -e 's#([/_])[A-Za-z0-9]{24,}([/_[:space:]]|$)#\1***\2#g' |
    awk '
      function secret(text,   digits) {
        digits = gsub(/[0-9]/, "0", text)
        return digits && (length(text) >= 16 && text ~ /[ABCDEFGHIJKLMNOPQRSTUVWXYZ]/ && text ~ /[A-Za-z]/ ||
          length(text) >= 20 && digits >= 4 && text ~ /[A-Za-z]/)
      }
      function mixed(word,   runs) { # a word that changes between letters and digits all the time
        gsub(/x86_64|[^A-Za-z0-9]/, "", word)
        if (length(word) < 20 || word !~ /[ABCDEFGHIJKLMNOPQRSTUVWXYZ]/) return 0
        runs = gsub(/[0-9]+/, "0", word)
        return runs >= 4
      }
      function judged(word,   out, piece) {
        if (!kept && mixed(word)) return "***"
        while (match(word, /[A-Za-z0-9+=~%]+/)) {
          piece = substr(word, RSTART, RLENGTH)
          out = out substr(word, 1, RSTART - 1) (secret(piece) ? "***" : piece)
          word = substr(word, RSTART + RLENGTH)
        }
        return out word
      }
      {
        kept = $0 ~ /\/(lists|cache)\//
        n = split($0, part, "/"); line = part[1]
        for (i = 2; i <= n; i++) {
          word = part[i]; sub(/[ \t].*/, "", word)
          line = line "/" judged(word) substr(part[i], length(word) + 1)
        }
        print line
      }'
}

# show FORM FILE ...: of each file that is there its path, then its lines that are wanted. Of a repository that is
# switched off only that leaves: a registered RHEL has hundreds of them.
show() {
  form=$1; shift
  for file; do
    shift
    [ -f "$file" ] || continue
    if [ -r "$file" ]; then [ $# -lt 400 ] && set -- "$@" "$file"
    else printf 'unreadable\t%s\n' "$file"; fi
  done
  [ $# -gt 0 ] || return
  awk -v form="$form" '
    function flush() {
      if (off) part = head off
      if (part != "") printf "%s", part
      part = head = off = ""
    }
    FNR == 1 { flush(); print "file\t" FILENAME; keep = 0 }
    FNR == 20000 { print "unreadable\t" FILENAME }
    FNR >= 20000 { next }
    { sub(/\r$/, "") }
    form == "list" { if ($0 ~ /^[ \t]*deb[ \t]/) print "line\t" substr($0, 1, 1000); next }
    form == "plain" { if ($0 ~ /^[ \t]*[^# \t]/) print "line\t" substr($0, 1, 1000); next }
    /^[ \t]*[#;]/ { next }
    /^[ \t]*$/ { if (form == "fields") print "line\t"; keep = 0; next }
    /^[ \t]/ && form == "ini" { if (keep) part = part "line\t" substr($0, 1, 1000) "\n"; next }
    /^[ \t]/ && form == "fields" { if (keep) print "line\t" substr($0, 1, 1000); next }
    form == "ini" && /^\[/ { flush(); part = head = "line\t" substr($0, 1, 200) "\n"; keep = 0; next }
    {
      key = tolower($0)
      sub(/[ \t]*[:=].*/, "", key)
      keep = index(" types uris suites components enabled trusted allow-insecure check-valid-until package pin" \
        " pin-priority gpgcheck repo_gpgcheck pkg_gpgcheck baseurl mirrorlist metalink exclude excludepkgs" \
        " apply_updates download_updates upgrade_type update_cmd automaticupdatepolicy aou_enable_cronjob" \
        " aou_patch_categories system_update ", " " key " ") > 0
      line = "line\t" substr($0, 1, 1000)
      if (keep && form == "ini") part = part line "\n"
      else if (keep) print line
      if (form == "ini" && tolower($0) ~ /^enabled[ \t]*=[ \t]*(0|no|false|off)[ \t]*$/) off = line "\n"
    }
    END { flush() }' "$@"
}

# stamps FILE ...: when each was last written by its own word, and by the file system
stamps() {
  for file; do
    shift
    [ -e "$file" ] && [ $# -lt 400 ] && set -- "$@" "$file"
  done
  [ $# -gt 0 ] && stat -c "time$tab%Y$tab%Z$tab%n" -- "$@"
}

# units UNIT ...: loaded, enabled and active, as systemd says; where it does not run, from its files
units() {
  if [ -d /run/systemd/system ] && within 5 systemctl show -p Id -p LoadState -p UnitFileState -p ActiveState -- "$@"; then
    return
  fi
  for unit; do
    state=
    for folder in /etc/systemd/system /run/systemd/system /usr/lib/systemd/system /lib/systemd/system; do
      [ -e $folder/$unit ] || [ -L $folder/$unit ] || continue
      state=disabled
      [ "$(readlink $folder/$unit)" = /dev/null ] && state=masked
      break
    done
    for wanted in /etc/systemd/system/*.wants/$unit; do
      [ -L "$wanted" ] && [ "$state" = disabled ] && state=enabled
    done
    [ -n "$state" ] && printf 'Id=%s\nLoadState=loaded\nUnitFileState=%s\nActiveState=unknown\n\n' $unit $state
  done
}

# started FILE: whether cron, or run-parts for it, takes a file of this name and mode. run-parts(8) of Debian and of
# busybox, and Debian's cron, leave out names with anything but letters, digits, _ and -; the others what an editor or a
# package manager leaves behind. Root may execute what anybody may.
started() {
  strict=yes
  case $manager:$1 in rpm:*|apk:/etc/cron.d/*) strict=no ;; esac
  case $strict:${1##*/} in yes:*[!A-Za-z0-9_-]*|no:*~|no:*,|no:*.rpm*|no:*.swp|no:*.cfsaved) return 1 ;; esac
  case $1 in /etc/cron.d/*) return 0 ;; esac
  [ -x "$1" ] && return
  case $(stat -Lc %a -- "$1") in *[1357]|*[1357]?|*[1357]??) return 0 ;; esac
  return 1
}

command -v awk >/dev/null || exit 127
manager=$(package_manager)
printf 'manager\t%s\n' "$manager"
[ -d /run/systemd/system ] && echo "init${tab}systemd"
head -qc 16384 /etc/os-release /usr/lib/os-release | grep -E '^(ID|VERSION_CODENAME)=' | sed "s/^/os$tab/" | head -n 4
case $manager in
  dpkg)
    {
      show list /etc/apt/sources.list /etc/apt/sources.list.d/*.list
      show fields /etc/apt/sources.list.d/*.sources /etc/apt/preferences /etc/apt/preferences.d/*
    } | masked
    {
      stamps /var/lib/apt/lists/*_InRelease /var/lib/apt/lists/*_Release /var/lib/apt/periodic/* \
        /var/lib/systemd/timers/stamp-apt-daily*.timer
      set --
      for list in /var/lib/apt/lists/*_InRelease /var/lib/apt/lists/*_Release; do
        [ -r "$list" ] && [ $# -lt 400 ] && set -- "$@" "$list"
      done
      [ $# -gt 0 ] && grep -HE '^(Origin|Label|Suite|Codename|Date|Valid-Until): ' -- "$@" | cut -c 1-400 | sed "s/^/head$tab/"
    } | masked
    keys='APT::Periodic::|Unattended-Upgrade::(Origins-Pattern|Allowed-Origins|Package-(Black|White)list)|APT::Get::AllowUnauthenticated'
    keys="$keys|Acquire::(Allow[A-Za-z]*|Check-Valid-Until)"
    settings=$(within 10 apt-config dump) && echo "apt-config${tab}read"
    printf '%s\n' "$settings" | grep -E "^($keys)" | cut -c 1-300 | head -n 200 | sed "s/^/apt$tab/"
    command -v unattended-upgrade >/dev/null && echo "tool${tab}unattended-upgrades"
    [ -f /etc/cron.daily/apt-compat ] && started /etc/cron.daily/apt-compat && echo "tool${tab}apt-compat"
    units apt-daily.timer apt-daily-upgrade.timer | sed "s/^/unit$tab/"
    head -c 262144 /var/lib/ubuntu-advantage/status.json | tr '{}' '\n\n' | head -n 400 |
      sed -n "s/.*\"name\": *\"\([a-z-]\{1,40\}\)\".*\"status\": *\"\([a-z/]\{1,20\}\)\".*/pro$tab\1$tab\2/p" ;;
  rpm)
    {
      show ini /etc/dnf/dnf.conf /etc/yum.conf /usr/share/dnf5/libdnf.conf.d/*.conf /etc/dnf/libdnf5.conf.d/*.conf \
        /etc/yum.repos.d/*.repo /etc/distro.repos.d/*.repo /usr/share/dnf5/repos.d/*.repo /etc/zypp/repos.d/*.repo \
        /etc/dnf/repos.override.d/*.repo /usr/share/dnf5/dnf5-plugins/automatic.conf /etc/dnf/automatic.conf \
        /etc/yum/yum-cron.conf
      show assignments /etc/rpm-ostreed.conf /etc/sysconfig/automatic_online_update /etc/sysconfig/packagekit-background
    } | masked
    {
      stamps /var/cache/dnf/*/repodata/* /var/cache/libdnf5/*/repodata/* /var/cache/yum/*/repomd.xml \
        /var/cache/yum/*/*/*/repomd.xml /var/cache/zypp/raw/*/repodata/repomd.xml \
        /var/lib/systemd/timers/stamp-dnf*.timer /var/lib/systemd/timers/stamp-transactional-update.timer \
        /var/lib/systemd/timers/stamp-os-update.timer
      set --
      for list in /var/cache/dnf/*/repodata/repomd.xml /var/cache/libdnf5/*/repodata/repomd.xml \
        /var/cache/zypp/raw/*/repodata/repomd.xml; do
        [ -r "$list" ] && [ $# -lt 200 ] && set -- "$@" "$list"
      done
      [ $# -gt 0 ] && grep -HoE '<revision>[0-9]{9,11}<' -- "$@" | sed "s/^/head$tab/"
    } | masked
    for tool in dnf-automatic yum-cron transactional-update os-update; do
      command -v $tool >/dev/null && printf 'tool\t%s\n' $tool
    done
    for file in /usr/lib*/dnf5/plugins/automatic_cmd_plugin.so; do [ -e "$file" ] && echo "tool${tab}dnf5-automatic"; done
    [ -e /run/ostree-booted ] && echo "tool${tab}ostree"
    [ -e /etc/rc.d/rc3.d/S*yum-cron ] && echo "tool${tab}yum-cron-service"
    for job in /etc/cron.daily/opensuse.org-online_update /etc/cron.weekly/opensuse.org-online_update; do
      [ -f $job ] && started $job && echo "tool${tab}online-update"
    done
    units dnf-automatic.timer dnf-automatic-install.timer dnf-automatic-download.timer dnf-automatic-notifyonly.timer \
      dnf5-automatic.timer yum-cron.service transactional-update.timer os-update.timer rpm-ostreed-automatic.timer \
      bootc-fetch-apply-updates.timer | sed "s/^/unit$tab/" ;;
  apk)
    show plain /etc/apk/repositories /etc/apk/repositories.d/*.list | masked
    show plain /etc/apk/world
    stamps /var/cache/apk/APKINDEX.*.tar.gz /etc/apk/cache/APKINDEX.*.tar.gz /lib/apk/db/installed
    for level in /etc/runlevels/*/crond /etc/runlevels/*/cronie /etc/runlevels/*/dcron; do
      [ -e "$level" ] && echo "tool${tab}crond"
    done ;;
esac

# Jobs of cron that name a package manager: of their lines only its command, of that only options without their values
# and the words that say what it is to do.
if [ -r /proc/1/comm ]; then
  grep -lxE 'cron|crond|cronie|anacron|fcron|dcron' /proc/[0-9]*/comm | head -n 1 | sed "s/.*/cron-runs${tab}yes/"
else echo "cron-runs${tab}unknown"; fi
set --
for job in /etc/crontab /etc/anacrontab /etc/crontabs/root /var/spool/cron/root /var/spool/cron/crontabs/root \
  /var/spool/cron/tabs/root /etc/cron.d/* /etc/cron.hourly/* /etc/cron.daily/* /etc/cron.weekly/* /etc/periodic/*/*; do
  [ -f "$job" ] || continue
  case $job in /etc/cron.*/*|/etc/periodic/*) started "$job" || continue ;; esac
  if [ ! -r "$job" ]; then printf 'job-unreadable\t%s\n' "$job"
  elif [ $# -lt 400 ]; then set -- "$@" "$job"; fi
done
for folder in /var/spool/cron /var/spool/cron/crontabs /var/spool/cron/tabs /etc/crontabs; do
  [ -d $folder ] && [ ! -x $folder ] && printf 'job-unreadable\t%s\n' $folder
done
programs='(apt-get|apt|aptitude|unattended-upgrades?|cron-apt|dnf|dnf5|microdnf|tdnf|yum|zypper|apk|transactional-update)'
[ $# -gt 0 ] && grep -lsE "$programs" -- "$@" | head -n 100 | {
  set --
  while IFS= read -r job; do set -- "$@" "$job"; done
  [ $# -gt 0 ] && awk -v programs="$programs" '
    # The commands of a line, each on a line of its own: parted at ; & | ( ) { } and ` outside of quotes, and inside of
    # those that a shell is given to run.
    function parted(text,   out, n, c, quote, open) {
      for (n = 1; n <= length(text); n++) {
        c = substr(text, n, 1)
        if (c == "\\" && quote != "\047") { n++; out = out " "; continue }
        if (quote == "" && c == "#" && (n == 1 || substr(text, n - 1, 1) ~ /[ \t]/)) break
        if (quote == "" && (c == "\"" || c == "\047")) { quote = c; open = out ~ /[ \t]-[a-z]*c[ \t]*$/; c = " " }
        else if (c == quote) { quote = ""; c = " " }
        else if (quote == "" || open || quote == "\"" && (c == "`" || c == "(" && substr(text, n - 1, 1) == "$"))
          if (c ~ /[;&|()`]/ || c == "{" && substr(text, n + 1, 1) ~ /[ \t]/ || c == "}" && substr(text, n - 1, 1) ~ /[ \t]/)
            c = "\n"
        out = out c
      }
      return out
    }
    # What the part runs, if it is a package manager: its name and, behind it, its words. Skipped are the times and the
    # account of a crontab, assignments, words of the shell, and programs that run another with their options.
    function ran(part, skip,   words, word, n, name, kept, line, outer, option) {
      words = split(part, word, /[ \t]+/)
      n = word[1] == "" ? 2 : 1
      if (skip && n <= words && word[n] ~ /^[A-Za-z_][A-Za-z0-9_]*=/) return
      if (skip == 3 || skip && word[n] !~ /^@/) n += skip
      else if (skip) n += skip - 4
      for (; n <= words; n++) {
        name = word[n]
        sub(/.*\//, "", name)
        if (name ~ "^" programs "$") break
        if (word[n] ~ /^[A-Za-z_][A-Za-z0-9_]*=/ || name ~ /^(if|then|elif|else|while|until|do|!|time)$/) continue
        if (name ~ /^(exec|nohup|command|sudo|nice|ionice|chrt|env|timeout|chronic|flock|setsid|systemd-cat|sh|bash|dash|ash)$/)
          outer = name
        else if (!outer || word[n] !~ /^(-|[0-9]+[smhd]?$)/ && !option && (outer != "flock" || word[n] !~ /\//)) return
        option = word[n] ~ /^-[a-z]$/ && word[n] != "-c"
      }
      if (n > words) return
      line = name
      for (n++; n <= words && kept < 40; n++) {
        if (word[n] ~ /^-/) sub(/=.*/, "=***", word[n])
        else if (word[n] !~ /^(safe-|full-|dist-)?(upgrade|update|patch|up|dup)(-minimal)?$/) continue
        line = line " " word[n]
        kept++
      }
      print "cron\t" FILENAME "\t" line
    }
    function told(   parts, part, n, skip) {
      skip = whole !~ programs || whole ~ /^[ \t]*#/ ? -1 : FILENAME == "/etc/anacrontab" ? 3 : \
        FILENAME ~ /^\/etc\/(crontab$|cron\.d\/)/ ? 6 : FILENAME ~ /^\/(etc\/crontabs|var\/spool\/cron)\// ? 5 : 0
      parts = skip < 0 ? 0 : split(parted(whole), part, "\n")
      for (n = 1; n <= parts; n++) ran(part[n], n == 1 ? skip : 0)
      whole = ""
    }
    FNR > 20000 { next }
    { sub(/\r$/, ""); whole = whole substr($0, 1, 1000) }
    /\\$/ && length(whole) < 4000 { sub(/\\$/, " ", whole); next }
    { told() }
    END { told() }' "$@" | head -n 100
}
echo "complete$tab"
