"""What upstream's data call the products that are found on disk, or that tell their name to the network."""

from __future__ import annotations

import re
from dataclasses import dataclass

BITNAMI, PACKAGIST = "Bitnami", "Packagist"


@dataclass(frozen=True, slots=True)
class Product:
    """A product's names in ecosystems of OSV, and at endoflife.date; empty where it has none there."""

    names: tuple[tuple[str, str], ...]  # (ecosystem, name): the first with data counts
    cycles: str = ""


def _bitnami(name: str, cycles: str = "", packagist: str = "") -> Product:
    also = ((PACKAGIST, packagist),) if packagist else ()
    return Product(((BITNAMI, name), *also), cycles or name)


PRODUCTS = {
    "airflow": _bitnami("airflow", "apache-airflow"),
    "alertmanager": _bitnami("alertmanager"),
    "apache": _bitnami("apache", "apache-http-server"),
    "cassandra": _bitnami("cassandra", "apache-cassandra"),
    "clickhouse": _bitnami("clickhouse"),
    "consul": _bitnami("consul"),
    "couchdb": _bitnami("couchdb", "apache-couchdb"),
    "discourse": _bitnami("discourse"),
    "drupal": _bitnami("drupal", packagist="drupal/core"),
    "elasticsearch": _bitnami("elasticsearch"),
    "etcd": _bitnami("etcd"),
    "ghost": _bitnami("ghost"),
    "gitea": _bitnami("gitea"),
    "gitlab": _bitnami("gitlab"),
    "grafana": _bitnami("grafana"),
    "haproxy": _bitnami("haproxy"),
    "influxdb": _bitnami("influxdb"),
    "jenkins": _bitnami("jenkins"),
    "joomla": _bitnami("joomla", packagist="joomla/joomla-cms"),
    "jupyter": Product(((BITNAMI, "jupyter-notebook"),)),
    "kibana": _bitnami("kibana"),
    "magento": _bitnami("magento", packagist="magento/community-edition"),
    "mariadb": _bitnami("mariadb"),
    "mastodon": _bitnami("mastodon"),
    "matomo": Product(((PACKAGIST, "matomo/matomo"),), "matomo"),
    "mediawiki": Product(((PACKAGIST, "mediawiki/core"),), "mediawiki"),
    "memcached": _bitnami("memcached"),
    "minio": _bitnami("minio"),
    "mongodb": _bitnami("mongodb"),
    "moodle": _bitnami("moodle", packagist="moodle/moodle"),
    "mysql": _bitnami("mysql"),
    "nextcloud": _bitnami("nextcloud"),
    "nginx": _bitnami("nginx"),
    "openssl": _bitnami("openssl"),
    "php": _bitnami("php"),
    "phpmyadmin": _bitnami("phpmyadmin", packagist="phpmyadmin/phpmyadmin"),
    "postgresql": _bitnami("postgresql"),
    "prometheus": _bitnami("prometheus"),
    "rabbitmq": _bitnami("rabbitmq"),
    "redis": _bitnami("redis"),
    "redmine": _bitnami("redmine"),
    "roundcube": Product(((PACKAGIST, "roundcube/roundcubemail"),), "roundcube"),
    "solr": _bitnami("solr", "solr"),
    "tomcat": _bitnami("tomcat"),
    "typo3": Product(((PACKAGIST, "typo3/cms-core"),), "typo3"),
    "valkey": _bitnami("valkey"),
    "varnish": _bitnami("varnish"),
    "vault": _bitnami("vault", "hashicorp-vault"),
    "wordpress": _bitnami("wordpress", packagist="roots/wordpress"),
    "zookeeper": _bitnami("zookeeper", "zookeeper"),
}

# A server's product in the words of nmap's version detection, lower case -> the product above.
_SERVERS = tuple(
    (re.compile(pattern), product)
    for pattern, product in (
        (r"apache httpd|apache", "apache"),
        (r"apache couchdb|couchdb httpd|couchdb", "couchdb"),
        (r"apache cassandra|cassandra", "cassandra"),
        (
            r"apache tomcat",
            "tomcat",
        ),  # "Apache Tomcat/Coyote JSP engine" tells the version of its connector: not judged
        (r"apache zookeeper|zookeeper", "zookeeper"),
        (r"clickhouse.*", "clickhouse"),
        (r"elasticsearch(?: rest api)?", "elasticsearch"),
        (r"etcd", "etcd"),
        (r"grafana(?: http)?", "grafana"),
        (r"haproxy(?: http proxy)?", "haproxy"),
        (r"influxdb(?: http admin)?", "influxdb"),
        (r"jenkins(?: httpd)?", "jenkins"),
        (r"mariadb(?: server)?", "mariadb"),
        (r"memcached", "memcached"),
        (r"mongodb", "mongodb"),
        (r"mysql", "mysql"),
        (r"nginx", "nginx"),
        (r"php cli server", "php"),
        (r"postgresql(?: db)?", "postgresql"),
        (r"prometheus(?: time series database)?", "prometheus"),
        (r"rabbitmq(?: management listener)?", "rabbitmq"),
        (r"redis(?: key-value store)?", "redis"),
        (r"valkey(?: key-value store)?", "valkey"),
        (r"varnish(?: http accelerator)?", "varnish"),
    )
)


def server_product(product: str) -> str:
    """The product that a server's name stands for, empty when no data is known by that name."""
    name = product.lower()
    return next((known for pattern, known in _SERVERS if pattern.fullmatch(name)), "")


# Words in the names of packages that bring a product, where its own name is not among them.
_PACKAGED = {
    "apache": ("apache2", "httpd"),
    "mariadb": ("mariadb", "mysql"),
    "mongodb": ("mongo",),
    "mysql": ("mysql", "mariadb", "percona"),
    "postgresql": ("postgres",),
}


def is_packaged_in(product: str, package: str) -> bool:
    """Whether a package's name says that it brings the product.

    The package of a process that listens need not: docker-proxy, haproxy or sshd pass on what another server says.
    """
    return any(word in package.lower() for word in _PACKAGED.get(product, (product,)))
