from __future__ import annotations

from checks.exposure.access import capped, details, side, turned_away, unreachable, untried
from checks.exposure.kinds import as_served, served
from checks.exposure.websites import rest_of_applications
from posture.sdk import Iterator, Login, Reach, Service, Services, Severity, Verdict, WebSites, check, fail, passed

# Protocol in nmap's words (nmap-service-probes) -> (engine, its name for people).
ENGINES = {
    "postgresql": ("postgresql", "PostgreSQL"),
    "mysql": ("mysql", "MySQL or MariaDB"),
    "mysqlx": ("mysql", "MySQL"),
    "mariadb": ("mysql", "MariaDB"),
    "mongodb": ("mongodb", "MongoDB"),
    "mongod": ("mongodb", "MongoDB"),
    "elasticsearch": ("elasticsearch", "Elasticsearch"),
    "opensearch": ("opensearch", "OpenSearch"),
    "couchdb": ("couchdb", "CouchDB"),
    "ms-sql-s": ("mssql", "Microsoft SQL Server"),
    "oracle": ("other", "Oracle Database"),
    "oracle-tns": ("other", "Oracle Database"),
    "cassandra": ("cassandra", "Cassandra"),
    "cassandra-native": ("cassandra", "Cassandra"),
    "clickhouse": ("clickhouse", "ClickHouse"),
    "couchbase-tap": ("other", "Couchbase"),
    "firebird": ("other", "Firebird"),
    "ibm-db2": ("other", "IBM Db2"),
    "drda": ("other", "Db2 or Derby"),
    "informix": ("other", "Informix"),
    "sybase-adaptive": ("other", "Sybase ASE"),
    "sybaseanywhere": ("other", "SQL Anywhere"),
    "influxdb": ("influxdb", "InfluxDB"),
    "neo4j": ("other", "Neo4j"),
    "rethinkdb-client": ("other", "RethinkDB"),
    "rethinkdb-intracluster": ("other", "RethinkDB"),
    "riak-pbc": ("other", "Riak"),
    "hbase": ("other", "HBase"),
    "monetdb": ("other", "MonetDB"),
    "maxdb": ("other", "MaxDB"),
    "tarantool": ("other", "Tarantool"),
}

# nmap calls databases that speak HTTP "http" and names them in the product: what that starts with -> name above.
PRODUCTS = {
    "elasticsearch rest": "elasticsearch",
    "opensearch": "opensearch",
    "couchdb": "couchdb",
    "influxdb": "influxdb",
    "clickhouse": "clickhouse",
    "neo4j": "neo4j",
}

# Those among what web servers serve; their names are names above.
APPLICATIONS = ("elasticsearch", "opensearch", "couchdb", "influxdb", "clickhouse")


@check(
    "exposure.database-open",
    title="A database can be reached from the internet",
    clause="4.4",
    severity=Severity.HIGH,
    controls=(
        "cis@8.1:4.4", "cis@8.1:4.8", "cis@8.1:12.2",
        "iso27001@2022:A.8.20", "iso27001@2022:A.8.22",
        "nist-csf@2.0:PR.IR-01",
        "nist-800-53@5:CM-7", "nist-800-53@5:SC-7",
        "nis2@2022:21(2)(e)",
        "nis2-annex@2024:6.7.2.c",
        "pci-dss@4.0.1:1.4.4", "pci-dss@4.0.1:2.2.4",
        "soc2@2017:CC6.6",
        "bsi-c5@2020:OPS-23",
        "bsi-grundschutz@2023:APP.4.3.A3", "bsi-grundschutz@2023:SYS.1.1.A19",
    ),
)  # fmt: skip
def database_open(services: Services, web: WebSites) -> Iterator[Verdict]:
    """A database server can be reached.

    A database that strangers can connect to is one guessed password or one unpatched flaw away from being read. So it
    fails whatever login it asks for, and is critical when it answers a stranger's queries without any. It passes when
    it turned our address away before a login (MySQL's "host is not allowed"): then the rules that let chosen addresses
    in are at work. PostgreSQL's "no pg_hba.conf entry" proves no such thing, as it is about one user of one database.
    A database that listens for others and could not be tried from outside is not assessed. Redis and Memcached have
    checks of their own.

    What is sent is told by `posture audit --dry-run`: one read-only question each, such as MongoDB's list of databases,
    the start of a Cassandra session, or a page of a database that speaks HTTP. No password is tried; PostgreSQL and
    ClickHouse are asked as the user that is there from the start, without one.

    It can be wrong when the database was seen from its own machine only: a firewall in front may stop everybody else.
    The finding then says so. A database behind a web address that does not name itself is not recognised.
    """
    said = [
        _judged(service, *ENGINES[name]) if service.reach.exposed else unreachable(service, ENGINES[name][1])
        for service, name in _databases(services)
    ]
    yield from said
    yield from rest_of_applications(services, web, "a database", said, ENGINES)


def _databases(services: Services) -> Iterator[tuple[Service, str]]:
    """Each port that is a database, once, with its name above; behind a web server its login is the application's."""
    for service in services.services:
        application = served(service, *APPLICATIONS)
        if application is not None:
            yield as_served(service, application), application.name
        elif name := _engine_of(service):
            yield service, name


def _engine_of(service: Service) -> str:
    if service.name in ENGINES:
        return service.name
    product = service.product.lower()
    return next((name for start, name in PRODUCTS.items() if product.startswith(start)), "")


def _judged(service: Service, engine: str, label: str) -> Verdict:
    if service.reach is Reach.LISTENS:
        return untried(service, label)
    where = f"{label} on port {service.port}"
    if turned_away(service):
        return passed(f"{where} turned our address away", subject=service.subject, evidence=service.evidence)
    open_to_all = service.login is Login.NOT_NEEDED and service.reach is Reach.OUTSIDE
    what = "answers queries without a login" if open_to_all else "accepts connections from strangers"
    return fail(
        f"{where} {what} ({side(service)})",
        subject=service.subject,
        severity=capped(service, Severity.CRITICAL) if service.login is Login.NOT_NEEDED else None,
        evidence=service.evidence,
        engine=engine,
        label=label,
        no_login=open_to_all,
        **details(service),
    )
