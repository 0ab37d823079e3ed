# The package manager; of dpkg each package with its state, version and source, a line each, and complete at the end.
# Reads as the account that runs the collector.

for manager in dpkg rpm apk; do
  case $manager in
    dpkg) [ -s /var/lib/dpkg/status ] ;;
    rpm) [ -d /var/lib/rpm ] || [ -d /usr/lib/sysimage/rpm ] ;;
    apk) [ -s /lib/apk/db/installed ] ;;
  esac || continue
  printf 'manager\t%s\n' $manager
  [ $manager = dpkg ] || exit 0
  command -v dpkg-query >/dev/null || exit 127
  dpkg-query -W -f='${db:Status-Abbrev}\t${Package}\t${Architecture}\t${Version}\t${source:Package}\t${source:Version}\n' || exit 1
  echo complete
  exit 0
done
printf 'manager\tnone\n'
