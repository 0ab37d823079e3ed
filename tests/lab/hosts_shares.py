"""Files and screens for everybody, and the same behind a password. It can be logged in to, as root."""

from __future__ import annotations

from collections.abc import Mapping

from lab_certificates import Authority
from lab_host import Entry, Host, with_ssh
from lab_keys import KeyPair
from truth import ADDRESSES

RSYNCD = """use chroot = no
port = {port}
log file = /dev/null
pid file = /run/rsyncd-{port}.pid
uid = nobody
gid = nogroup
[backup]
 path = /srv/files
 comment = every night
{rule}"""
SAMBA = """[global]
 server role = standalone server
 map to guest = {guests}
 guest account = nobody
 smb ports = {ports}
 private dir = /run/samba-{name}
 lock directory = /run/samba-{name}
 state directory = /run/samba-{name}
 cache directory = /run/samba-{name}
 pid directory = /run/samba-{name}
 ncalrpc dir = /run/samba-{name}/rpc
 log file = /run/samba-{name}/log
 disable spoolss = yes
 load printers = no
[public]
 path = /srv/files
 guest ok = {guest_ok}
 read only = yes
"""
GANESHA = """NFS_CORE_PARAM {
  Protocols = 3, 4; mount_path_pseudo = true; Enable_NLM = false; Enable_RQUOTA = false;
  NFS_Port = 2049; MNT_Port = 20048;
}
NFSV4 { Grace_Period = 1; Lease_Lifetime = 1; RecoveryBackend = fs; RecoveryRoot = /run/ganesha; }
EXPORT {
  Export_Id = 1; Path = /srv/files; Pseudo = /files; Access_Type = RO; SecType = sys;
  CLIENT { Clients = *; Access_Type = RO; }
  FSAL { Name = VFS; }
}
"""
VSFTPD = """listen=YES
background=NO
anonymous_enable=NO
local_enable=YES
ssl_enable=YES
force_local_logins_ssl=YES
force_local_data_ssl=YES
ssl_ciphers=ECDHE+AESGCM
rsa_cert_file=/srv/own.pem
rsa_private_key_file=/srv/own.key
seccomp_sandbox=NO
"""
XRDP = """[Globals]
port=3389
security_layer={layer}
crypt_level=high
certificate=/srv/own.pem
key_file=/srv/own.key
ssl_protocols=TLSv1.2, TLSv1.3
tls_ciphers=HIGH:!aNULL
autorun=
[Xorg]
name=Xorg
lib=libxup.so
username=ask
password=ask
ip=127.0.0.1
port=-1
code=20
"""


def shares(keys: Mapping[str, KeyPair], authority: Authority) -> Host:
    own = authority.issue("shares.lab.test", ADDRESSES["shares"])
    screen = "-nolock -nolisten unix -geometry 320x200"
    servers = f"""mkdir -p /run/rpcbind /run/ganesha /run/vsftpd/empty /run/samba-guests /run/samba-members /run/xrdp
rsync --daemon --no-detach --config=/srv/rsyncd-873.conf &
rsync --daemon --no-detach --config=/srv/rsyncd-8873.conf &
smbd -F -s /srv/smb-guests.conf --no-process-group </dev/null &
smbd -F -s /srv/smb-members.conf --no-process-group </dev/null &
rpcbind -f &
( until rpcinfo -p >/dev/null 2>&1; do sleep 0.1; done
  exec ganesha.nfsd -F -f /srv/ganesha.conf -L /run/ganesha.log -p /run/ganesha.pid ) &
vsftpd /srv/vsftpd.conf &
Xtigervnc :10 {screen} -rfbport 5900 -SecurityTypes None &
( echo 7d20c4 | vncpasswd -f >/run/vnc.passwd
  exec Xtigervnc :11 {screen} -rfbport 5901 -SecurityTypes TLSVnc -PasswordFile /run/vnc.passwd ) &
Xvfb :0 -ac -listen tcp -nolock -nolisten unix -screen 0 320x200x8 &
( : >/run/xauthority; xauth -q -f /run/xauthority add :1 . 5c0b7d1e93a24f68b0c1d2e3f4a59687
  exec Xvfb :1 -auth /run/xauthority -listen tcp -nolock -nolisten unix -screen 0 320x200x8 ) &
xrdp --nodaemon --config /srv/xrdp.ini &
"""
    everybody = {"guests": "Bad User", "guest_ok": "yes", "ports": "445 139", "name": "guests"}
    members = {"guests": "Never", "guest_ok": "no", "ports": "1445", "name": "members"}
    secret = "auth users = shop\n secrets file = /srv/rsyncd.secrets\n"
    return with_ssh(
        "shares",
        keys,
        "PasswordAuthentication no",
        "PermitRootLogin no",
        servers=servers,
        entries=(
            Entry("/srv/files/payroll.csv", "name,euro\n"),
            Entry("/srv/rsyncd-873.conf", RSYNCD.format(port=873, rule="read only = yes\n")),
            Entry("/srv/rsyncd-8873.conf", RSYNCD.format(port=8873, rule=secret)),
            Entry("/srv/rsyncd.secrets", "shop:f70b61c2d9\n", 0o600),
            Entry("/srv/smb-guests.conf", SAMBA.format(**everybody)),
            Entry("/srv/smb-members.conf", SAMBA.format(**members)),
            Entry("/srv/ganesha.conf", GANESHA),
            Entry("/srv/vsftpd.conf", VSFTPD),
            Entry("/srv/xrdp.ini", XRDP.format(layer="negotiate")),
            Entry("/srv/own.pem", own.certificate),
            Entry("/srv/own.key", own.key, 0o600),
        ),
    )
