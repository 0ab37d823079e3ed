"""Mail servers: a login offered without TLS, the same servers where TLS must come first, and one that takes all."""

from __future__ import annotations

from collections.abc import Mapping

from lab_certificates import Authority
from lab_host import Entry, Host, service_host
from lab_keys import KeyPair
from truth import ADDRESSES

POSTFIX = """compatibility_level = 3.6
queue_directory = /run/postfix
data_directory = /run/postfix-data
mail_owner = postfix
setgid_group = postdrop
command_directory = /usr/sbin
daemon_directory = /usr/lib/postfix/sbin
myhostname = mail.lab.test
mydestination = mail.lab.test
local_recipient_maps = inline:{postmaster=x}
mynetworks = 127.0.0.0/8
smtpd_relay_restrictions = permit_mynetworks, permit_sasl_authenticated, reject_unauth_destination
smtpd_sasl_type = dovecot
smtpd_sasl_path = /run/dovecot/auth-smtp
smtpd_tls_cert_file = /srv/own.pem
smtpd_tls_key_file = /srv/own.key
smtpd_tls_security_level = may
smtpd_tls_protocols = >=TLSv1.2
smtpd_tls_mandatory_protocols = >=TLSv1.2
smtpd_tls_exclude_ciphers = aNULL, MD5, 3DES
inet_interfaces = all
inet_protocols = ipv4
default_transport = discard:
relay_transport = discard:
local_transport = discard:
maillog_file = /var/log/postfix.log
"""
MASTER = """25 inet n - n - - smtpd
587 inet n - n - - smtpd -o smtpd_sasl_auth_enable=yes -o smtpd_tls_auth_only=no
465 inet n - n - - smtpd -o smtpd_sasl_auth_enable=yes -o smtpd_tls_wrappermode=yes
2587 inet n - n - - smtpd -o smtpd_sasl_auth_enable=yes -o smtpd_tls_security_level=encrypt
2526 inet n - n - - smtpd -o mynetworks=0.0.0.0/0 -o local_recipient_maps= -o smtpd_tls_security_level=none
postlog unix-dgram n - n - 1 postlogd
cleanup unix n - n - 0 cleanup
qmgr unix n - n 300 1 qmgr
rewrite unix - - n - - trivial-rewrite
bounce unix - - n - 0 bounce
defer unix - - n - 0 bounce
discard unix - - n - - discard
anvil unix - - n - 1 anvil
proxymap unix - - n - - proxymap
tlsmgr unix - - n 1000? 1 tlsmgr
error unix - - n - - error
"""
DOVECOT = """base_dir = /run/{name}
state_dir = /run/{name}-state
log_path = /var/log/{name}.log
protocols = imap pop3
ssl = {ssl}
ssl_cert = </srv/own.pem
ssl_key = </srv/own.key
disable_plaintext_auth = {only_with_tls}
auth_mechanisms = plain login
mail_location = maildir:/run/{name}-mail
passdb {{
  driver = static
  args = nopassword=n password={{SHA512-CRYPT}}!
}}
userdb {{
  driver = static
  args = uid=nobody gid=nogroup home=/nonexistent
}}
service imap-login {{
  inet_listener imap {{
    port = {imap}
  }}
  inet_listener imaps {{
    port = {imaps}
  }}
}}
service pop3-login {{
  inet_listener pop3 {{
    port = {pop3}
  }}
  inet_listener pop3s {{
    port = 0
  }}
}}
service auth {{
  unix_listener auth-smtp {{
    mode = 0666
  }}
}}
"""


def mail(_keys: Mapping[str, KeyPair], authority: Authority) -> Host:
    own = authority.issue("mail.lab.test", ADDRESSES["mail"])
    plain = DOVECOT.format(name="dovecot", ssl="yes", only_with_tls="no", imap=143, imaps=993, pop3=110)
    strict = DOVECOT.format(name="dovecot-strict", ssl="required", only_with_tls="yes", imap=1143, imaps=0, pop3=1110)
    servers = """install -d -o postfix /run/postfix-data
mkdir -p /run/postfix /run/dovecot /run/dovecot-strict
cp -r /srv/postfix /run/postfix-conf
postfix -c /run/postfix-conf start-fg &
dovecot -F -c /srv/dovecot.conf &
dovecot -F -c /srv/dovecot-strict.conf &
"""
    entries = (
        Entry("/srv/postfix/main.cf", POSTFIX),
        Entry("/srv/postfix/master.cf", MASTER),
        Entry("/srv/dovecot.conf", plain),
        Entry("/srv/dovecot-strict.conf", strict),
        Entry("/srv/own.pem", own.certificate),
        Entry("/srv/own.key", own.key, 0o600),
    )
    return service_host("mail", servers=servers, entries=entries)
