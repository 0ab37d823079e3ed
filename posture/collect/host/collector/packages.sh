# The package manager and what it has installed, a line each; dpkg and apk say "complete" at the end, rpm its status and
# what it complained of: of a damaged database it lists what it can and may still return 0. Reads as the account that
# runs the collector.

manager=$(package_manager)
printf 'manager\t%s\n' "$manager"
case $manager in
  dpkg)
    command -v dpkg-query >/dev/null || exit 127
    dpkg-query -W -f='${db:Status-Abbrev}\t${Package}\t${Architecture}\t${Version}\t${source:Package}\t${source:Version}\t${Origin}\t${Maintainer}\n' || exit 1
    echo complete ;;
  rpm)
    command -v rpm >/dev/null || exit 127
    label=
    within 5 rpm --querytags | grep -qx MODULARITYLABEL && label='%{MODULARITYLABEL}' # which EL 7 does not know
    head -qc 65536 /etc/dnf/plugins/versionlock.list /etc/yum/pluginconf.d/versionlock.list |
      sed -n "s/^[[:space:]]*\([^#![:space:]][^[:space:]]*\).*/hold$tab\1/p" | head -n 100
    head -qc 65536 /etc/dnf/versionlock.toml | sed -n "s/^name *= *\"\([^\"]*\)\".*/hold$tab\1/p" | head -n 100
    head -qc 65536 /etc/zypp/locks | sed -n "s/^solvable_name: *//p" | sed "s/^/hold$tab/" | head -n 100
    head -qc 65536 /etc/dnf/dnf.conf /etc/yum.conf |
      sed -n 's/^exclude\(pkgs\)\{0,1\}[[:space:]]*=//p' | tr -s ', \t' '\n' | sed "/^\$/d; s/^/hold$tab/" | head -n 100
    exec 5>&1
    said=$({
      within 25 rpm -qa --qf "p\t%{NAME}\t%{EPOCH}\t%{VERSION}\t%{RELEASE}\t%{ARCH}\t%{SOURCERPM}\t$label\t%{VENDOR}\n" \
        2>&1 >&5 5>&-
      echo "status $?"
    } | head -c 8192)
    printf '\n%s\n' "$said" | grep -E '^(error|rpmdb|status)' | sed "s/^/said$tab/" ;;
  apk)
    database=/lib/apk/db/installed
    [ -s $database ] || database=/usr/lib/apk/db/installed
    head -c 65536 /etc/apk/world | sed "s/^/world$tab/"
    awk '
      function told() {
        if ("P" in of) print "p\t" of["P"] "\t" of["V"] "\t" of["A"] "\t" of["o"] "\t" of["f"] "\t" of["m"]
        split("", of)
      }
      /^[PVAofm]:/ { of[substr($0, 1, 1)] = substr($0, 3) }
      /^$/ { told() }
      END { told(); print "complete" }' $database || exit 1 ;;
esac
exit 0
