"""Where secrets are looked for on a host."""

from __future__ import annotations

from typing import NamedTuple

_SYSTEM = (
    "/root", "/etc", "/home", "/srv", "/var/www", "/opt", "/var/spool/cron", "/usr/local/etc", "/var/backups",
    "/backup", "/backups", "/usr/share/nginx/html", "/usr/local/directadmin/conf", "/usr/local/ispconfig",
)  # fmt: skip
_NO_HOMES = ("/proc", "/sys", "/dev", "/usr/bin", "/usr/sbin", "/usr/games", "/bin", "/sbin", "/nonexistent")
_OF_SERVICES = (
    "/usr/",
    "/bin/",
    "/sbin/",
    "/var/lib/",
    "/var/spool/",
    "/var/cache/",
    "/var/log/",
    "/run/",
    "/var/run/",
)
_MOST = 500


class Place(NamedTuple):
    """A folder to search; `dots`: only what begins with a dot, as in the home of a service among its data."""

    path: str
    dots: bool


def places_of(passwd: str) -> list[Place]:
    """The system's folders, those of web servers and backups, and the homes of these accounts (passwd(5))."""
    places = dict.fromkeys(_SYSTEM, False)
    for line in passwd.split("\n"):
        fields = line.split(":")
        home = fields[5].rstrip("/") if len(fields) == 7 else ""
        if not home.startswith("/") or home.startswith(_NO_HOMES) or ".." in home.split("/"):
            continue
        if home in places or home.startswith(tuple(path + "/" for path in _SYSTEM)):
            continue
        of_service = (home + "/").startswith(_OF_SERVICES) or home.count("/") == 1
        if len(places) < _MOST:
            places[home] = of_service
    return [Place(path, dots) for path, dots in places.items()]
