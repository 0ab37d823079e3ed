"""What of an update takes effect only with a reboot."""

from __future__ import annotations

_KERNELS = frozenset({
    "kernel", "kernel-core", "kernel-rt", "kernel-rt-core", "kernel-uek", "kernel-uek-core", "kernel-default",
    "kernel-default-base", "kernel-azure", "linux-lts", "linux-virt", "linux-stable",
})  # fmt: skip
# What needs-restarting(1) of dnf-plugins-core asks a reboot for, and the same under dpkg's, SUSE's and Alpine's names.
_EVERYWHERE = frozenset({
    "glibc", "libc6", "musl", "systemd", "dbus", "dbus-broker", "dbus-daemon", "dbus-1",
    "linux-firmware", "microcode_ctl", "intel-microcode", "amd64-microcode", "ucode-intel", "ucode-amd",
})  # fmt: skip


def is_kernel(package: str) -> bool:
    """Whether the package is a kernel that boots, not headers or tools of the same source."""
    return package in _KERNELS or package.startswith("linux-image-")


def used_everywhere(package: str) -> bool:
    """Whether so much runs on it (the C library, systemd, D-Bus, microcode) that a reboot is what renews it."""
    return package.lower() in _EVERYWHERE
