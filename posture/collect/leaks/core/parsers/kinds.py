"""Which files are read by which parser: the end of a path, or a file's name, in lower case."""

from __future__ import annotations

from typing import TYPE_CHECKING

from posture.collect.leaks.core.parsers import assignments, code, commands, hashes, indented, ini, logins, markup, tree

if TYPE_CHECKING:
    from posture.collect.leaks.core.parser import Parser

PATHS: tuple[tuple[str, Parser], ...] = (
    (r"/\.aws/(?:credentials|config)", ini.aws),
    (r"/\.docker/config\.json|/\.dockercfg|/containers/auth\.json|/\.dockerconfigjson", tree.docker),
    (
        (
            r"/\.kube/config|/(?:[\w-]*kubeconfig[\w.-]*|admin\.conf|kubelet\.conf|scheduler\.conf|"
            r"controller-manager\.conf|k3s\.yaml)"
        ),
        indented.kubeconfig,
    ),
    (
        (
            r"/\.git/config|/\.gitmodules|/pip\.conf|/pip/pip\.ini|/uv\.toml|/sources\.list|"
            r"/requirements[\w-]*\.txt"
        ),
        logins.in_addresses,
    ),
    (r"/\.config/gcloud/.*\.json|/application_default_credentials\.json", tree.google),
    (r"/\.azure/[\w.-]+\.json", tree.azure),
    (r"/rclone/rclone\.conf|/\.?rclone\.conf", ini.rclone),
    (r"/hcloud/cli\.toml", ini.hetzner),
    (
        (
            r"/\.?ovh\.conf|/\.?cloudflare[\w.-]*\.ini|/\.secrets/[^/]+\.ini|/\.?(?:certbot|digitalocean|linode|"
            r"hetzner|ovh|route53|dns)[\w.-]*\.ini|/directadmin\.conf"
        ),
        ini.provider,
    ),
    (r"/linode-cli(?:/config)?", ini.linode),
    (r"/\.?vultr-cli\.ya?ml", indented.vultr),
    (r"/doctl/config\.ya?ml", indented.digitalocean),
    (r"/\.acme\.sh/.*\.conf|/acme\.sh/account\.conf", assignments.variables),
    (r"/\.?accesshash|/psa/\.psa\.shadow", logins.one_token),
    (r"/wireguard/[^/]+\.conf|/wg[0-9]+\.conf", ini.wireguard),
    (r"/systemd/.*\.(?:service|conf|timer|socket)|/[^/]+\.service", commands.unit),
    (r"/cron[^/]*/[^/]+(?:/[^/]+)?|/crontab", commands.script),
    (r"/etc/(?:default|sysconfig|conf\.d)/[^/]+|/etc/environment", assignments.variables),
    (
        (
            r"/(?:debian|[\w.-]*my|client|mysqld?|mariadb|mysqldump|\.mylogin)\.cnf|/mysql/.*\.cnf|"
            r"/my\.cnf\.d/.*\.cnf"
        ),
        ini.mysql,
    ),
    (r"/postfix/(?:[\w-]*sasl[\w-]*|[\w-]*password[\w-]*)", logins.mail_relay),
    (
        (r"/postfix/(?:sql/)?(?:mysql|pgsql|ldap)[\w.-]*\.cf|/dovecot-(?:sql|ldap|dict)[\w.-]*\.conf(?:\.ext)?"),
        ini.passwords,
    ),
    (r"/exim4?/passwd\.client", logins.mail_relay),
    (r"/config/(?:master|credentials/[\w-]+)\.key", code.rails_key),
    (r"/config/database\.ya?ml", indented.database),
)
"""Expressions for the end of a path from a slash on; the first that fits is taken."""

NAMES: tuple[tuple[str, Parser], ...] = (
    (r"wp-config[\w.-]*\.(?:php|txt|inc|html)|wp-config", code.php),
    (
        (
            r"(?:configuration|settings[\w.-]*|parameters|env|localconfiguration|additionalconfiguration|"
            r"additional|config|config[\w.-]*|[\w.-]*config|database|databases|db|dbconfig|db_?connect[\w-]*|"
            r"connect(?:ion)?|conn|local|mail|services|app|defines|init|secrets?)(?:\.inc)?\.php[0-9]?|"
            r"[\w-]*\.inc|(?:settings|config|configuration|database|parameters)(?:\.inc)?\.php\.txt"
        ),
        code.php,
    ),
    (r"(?:settings|local_settings|settings_local|production|prod|base|config|local|secrets|conf)\.py", code.python),
    (
        (
            r"(?:config|configuration|knexfile|ecosystem\.config|database|secrets?|settings|credentials)\.(?:js|"
            r"ts|cjs|mjs)"
        ),
        code.javascript,
    ),
    (
        (r"\.env(?:[.\-_][\w.-]+)?|[\w.-]*\.env|env\.(?:prod|production|local|list)|\.envrc|\.flaskenv"),
        assignments.variables,
    ),
    (r"\.(?:bashrc|bash_profile|bash_login|profile|zshrc|zshenv|zprofile|kshrc|bash_aliases)", commands.script),
    (r"[\w.-]+\.(?:sh|bash|zsh|ksh)", commands.script),
    (
        (
            r"\.(?:bash|zsh|sh|ash|ksh|mysql|mariadb|psql|python|sqlite|node_repl|mongo|redis|irb)_?(?:history|"
            r"hist|histfile)|\.?history|\.histfile|\.rediscli_history|fish_history|\.dbshell"
        ),
        commands.history,
    ),
    (r"\.?pgpass(?:\.conf)?", logins.pgpass),
    (r"\.?pg_service\.conf|\.?odbc\.ini", ini.passwords),
    (r"[._]netrc|netrc", logins.netrc),
    (r"\.git-credentials|git-credentials|credential-store", logins.addresses),
    (r"\.(?:npmrc|yarnrc)|npmrc", logins.npmrc),
    (r"\.?pypirc", ini.pypirc),
    (r"\.?s3cfg|\.boto|\.passwd-s3fs", ini.aws),
    (
        (r"\.ht(?:passwd|digest)[\w.-]*|htpasswd[\w.-]*|[\w.-]+\.htpasswd|g?shadow-?|[\w.-]*passwd\.users"),
        hashes.colon_separated,
    ),
    (r"\.?smb(?:credentials|pass|cred|\.cred)[\w.-]*|\.?cifs[\w.-]*|\.credentials", ini.logins),
    (
        (
            r"\.?msmtprc|ssmtp\.conf|revaliases|redis[\w.-]*\.conf|pam_ldap\.conf|slapd\.conf|ldap\.conf|"
            r"proftpd[\w.-]*\.conf|sql\.conf|\.?fetchmailrc|\.muttrc|esmtprc"
        ),
        logins.keywords,
    ),
    (r"passwd\.client|sasl_passwd[\w.-]*", logins.mail_relay),
    (r"(?:sitemanager|recentservers|filezilla)\.xml", markup.filezilla),
    (
        (
            r"(?:web|app|machine)(?:\.\w+)?\.config|settings\.xml|tomcat-users\.xml|local\.xml|context\.xml|"
            r"server\.xml|standalone\.xml|hibernate\.cfg\.xml"
        ),
        markup.general,
    ),
    (
        (
            r"\.?sftp(?:-config)?\.json|\.ftpconfig|\.remote-sync\.json|\.?ftp-?(?:sync|simple|"
            r"config)[\w-]*\.json|auth\.json|deployment\.json"
        ),
        tree.logins,
    ),
    (r"[\w.-]*\.tfstate(?:\.backup)?", tree.terraform),
    (r"[\w.-]*\.tfvars|\.terraformrc|[\w.-]*\.properties|gradle\.properties", assignments.variables),
    (r"[\w.-]*(?:service[-_]?account|credentials|gcp|gcloud|firebase|google)[\w.-]*\.json", tree.google),
    (
        (
            r"(?:appsettings|secrets|settings|config|configuration|local|production|default|parameters|database|"
            r"local\.settings)(?:[.-][\w-]+)?\.json"
        ),
        tree.general,
    ),
    (r"(?:docker-)?compose[\w.-]*\.ya?ml|[\w-]*stack\.ya?ml", indented.general),
    (r"database[\w.-]*\.ya?ml|databases\.ya?ml", indented.database),
    (
        (
            r"(?:secrets|parameters|application|bootstrap|config|settings|values|credentials|services|security|"
            r"hosts|secret)[\w.-]*\.ya?ml"
        ),
        indented.secrets,
    ),
    (
        (
            r"(?:config|settings|database|db|app|parameters|secrets?|credentials|uwsgi|alembic|supervisord|odbc|"
            r"freshclam|local)\.(?:ini|conf|cfg|toml)"
        ),
        ini.general,
    ),
    (r"[\w.@+-]*\.sql(?:\.txt)?|[\w.-]*dump[\w.-]*\.txt", hashes.dump),
)
"""Expressions for a whole name, asked after those for paths."""
