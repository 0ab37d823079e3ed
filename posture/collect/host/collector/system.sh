# The kernel that runs and those installed, a wanted reboot, the distribution, the container: key, tab, value.
# Reads as the account that runs the collector.

printf 'collector\t%s\n' "$collector"
printf 'hostname\t%s\n' "$(uname -n)"
printf 'running\t%s\n' "$(uname -r)"
printf 'uid\t%s\n' "$(id -u)"
# The same for two looks at one machine as it runs, another for a copy of it. Containers of a host share the id of its
# boot, and copied ones that of the machine: their processes are apart. Only a hash leaves.
if boot=$(cat /proc/sys/kernel/random/boot_id); then
  printf 'machine\t%s\n' "$({ echo "$boot"; cat /etc/machine-id; readlink /proc/self/ns/pid; } | sha256sum | cut -c 1-32)"
fi
printf 'timezone\t%s\n' "$(date +%z)"
sed -n "s/^btime /booted$tab/p" /proc/stat
if [ -d /run/systemd/system ]; then echo "init${tab}systemd"; else printf 'init\t%s\n' "$(head -n 1 /proc/1/comm)"; fi
kind=$(systemd-detect-virt -c) || kind=
[ -n "$kind" ] && [ "$kind" != none ] || kind=$(head -n 1 /run/systemd/container)
if [ -z "$kind" ]; then
  if [ -e /.dockerenv ]; then kind=docker
  elif [ -e /run/.containerenv ]; then kind=podman
  elif [ -d /proc/vz ] && [ ! -d /proc/bc ]; then kind=openvz
  else kind=$(tr '\0' '\n' </proc/1/environ | sed -n 's/^container=//p' | head -n 1); fi
fi
printf 'container\t%s\n' "$kind"
if [ -r /boot ]; then
  for image in /boot/vmlinuz-*; do
    [ -f "$image" ] || continue
    # A link is another name of an image, or of one that lies beside its modules (SUSE).
    case $([ ! -L "$image" ] || readlink "$image") in
      ''|*"/modules/${image#/boot/vmlinuz-}/vmlinuz") printf 'image\t%s\n' "${image#/boot/vmlinuz-}" ;;
    esac
  done | head -n 200
else echo "boot${tab}unreadable"; fi
# modules.builtin is the kernel package's own file: it goes with it, the folder may stay.
for modules in /lib/modules/*/modules.builtin; do
  [ -f "$modules" ] || continue
  modules=${modules#/lib/modules/}
  printf 'modules\t%s\n' "${modules%/*}"
done | head -n 200
for flag in /run/reboot-required /var/run/reboot-required /run/reboot-needed /var/run/reboot-needed; do # the last: SUSE
  [ -e "$flag" ] || continue
  echo "reboot${tab}required"
  printf 'reboot-flag\t%s\n' "$flag"
  sort -u "$flag.pkgs" | head -n 200 | sed "s/^/reboot-package$tab/"
  break
done
for patch in /sys/kernel/livepatch/*/enabled; do
  [ "$(head -n 1 "$patch")" = 1 ] || continue
  patch=${patch%/enabled}
  printf 'livepatch\t%s\n' "${patch##*/}"
done | head -n 20
for release in /etc/os-release /usr/lib/os-release; do
  [ -r "$release" ] && head -c 16384 "$release" | sed "s/^/os$tab/" && break
done
# dnf and yum leave no flag: they compare the installation of what only a reboot renews with the boot (needs-restarting).
if rpm_database && [ "$(package_manager)" = rpm ]; then
  within 5 rpm -q --qf "core\t%{INSTALLTIME}\t%{NAME}\n" glibc systemd dbus dbus-daemon dbus-broker linux-firmware \
    microcode_ctl | grep "^core" | head -n 40
fi
exit 0
