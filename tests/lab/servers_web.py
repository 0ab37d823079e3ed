"""Web applications that Debian has no package of, as far as an auditor asks them: each answers what its program does.

Runs as a program: ``python -I servers_web.py NAME PORT [--login] [ADDRESS]``; with --login the twin that asks strangers
for a login. Answers follow the documents named beside each; all data is made up.
"""

from __future__ import annotations

import argparse
import asyncio
import json
from dataclasses import dataclass
from typing import Any

JSON, TEXT, HTML = "application/json", "text/plain; charset=utf-8", "text/html; charset=utf-8"


@dataclass(frozen=True)
class Page:
    """One answer."""

    body: Any = ""
    status: int = 200
    kind: str = JSON
    headers: tuple[tuple[str, str], ...] = ()

    def encoded(self) -> bytes:
        text = self.body if isinstance(self.body, str) else json.dumps(self.body, separators=(",", ":"))
        return text.encode()


@dataclass(frozen=True)
class Application:
    """Answers by path, without a login and with one; `headers` are on every answer, `other` is for all other paths."""

    pages: dict[str, Page]
    locked: dict[str, Page]
    headers: tuple[tuple[str, str], ...] = ()
    other: Page = Page("404 page not found\n", 404, TEXT)
    locked_other: Page | None = None


def go_error(words: str, status: int) -> Page:
    return Page(words + "\n", status, TEXT)


def basic(realm: str, body: Any = "Unauthorized", kind: str = TEXT) -> Page:
    return Page(body, 401, kind, (("WWW-Authenticate", f'Basic realm="{realm}"'),))


def moved(where: str) -> Page:
    return Page("", 302, TEXT, (("Location", where),))


def titled(title: str, more: str = "") -> Page:
    return Page(f"<!DOCTYPE html><html><head><title>{title}</title></head><body>{more}</body></html>", kind=HTML)


FORM = '<form action="/login" method="post"><input name="user"><input type="password" name="password"></form>'
DOCKER_VERSION = {
    "Platform": {"Name": "Docker Engine - Community"}, "Version": "20.10.24", "ApiVersion": "1.41",
    "MinAPIVersion": "1.12", "Os": "linux", "Arch": "amd64",
}  # fmt: skip
DENIED = Page({"message": "authorization denied by plugin: no rule for strangers"}, 403)
KUBE_VERSION = Page({"major": "1", "minor": "27", "gitVersion": "v1.27.3", "platform": "linux/amd64"})
KUBELET_NO = go_error("Forbidden (user=system:anonymous, verb=get, resource=nodes, subresource=proxy)", 403)
SECURITY = {"type": "security_exception", "reason": "missing authentication credentials for REST request [/]"}
ELASTIC_NO = basic("security", {"error": {"root_cause": [SECURITY], **SECURITY}, "status": 401}, JSON)
OPENSEARCH_NO = basic("OpenSearch Security")
COUCH_WELCOME = Page({"couchdb": "Welcome", "version": "3.3.2", "vendor": {"name": "The Apache Software Foundation"}})
COUCH_NO = Page({"error": "unauthorized", "reason": "You are not a server admin."}, 401)
INFLUX_SERIES = {"name": "databases", "columns": ["name"], "values": [["_internal"]]}
CLICKHOUSE_ID = (("X-ClickHouse-Query-Id", "3a4b"), ("X-ClickHouse-Server-Display-Name", "ch1"))
CLICKHOUSE_NO = Page(
    "Code: 516. DB::Exception: default: Authentication failed: password is incorrect. (AUTHENTICATION_FAILED) "
    "(version 23.3.1.1)\n",
    403, TEXT, (("X-ClickHouse-Exception-Code", "516"),),
)  # fmt: skip
CONSUL_SELF = {"Config": {"Datacenter": "dc1", "NodeName": "n1", "Server": True, "Version": "1.15.2"}, "Member": {}}
CONSUL_NO = go_error("Permission denied: anonymous token lacks permission 'agent:read' on \"n1\"", 403)
VAULT = {"initialized": True, "sealed": False, "standby": False, "version": "1.13.1", "cluster_name": "vault"}
KIBANA = (("kbn-name", "kibana"), ("kbn-license-sig", "0a1b2c"))
KIBANA_NO = Page({"statusCode": 401, "error": "Unauthorized", "message": "Unauthorized"}, 401)
JENKINS_NO = Page(
    "<html><body>Authentication required</body></html>", 403, HTML, (("X-You-Are-Authenticated-As", "anonymous"),)
)
AIRFLOW_NO = Page({"detail": None, "status": 401, "title": "Unauthorized", "type": "about:blank"}, 401)
AIRFLOW_HEALTH = Page({"metadatabase": {"status": "healthy"}, "scheduler": {"status": "healthy"}})
NEGOTIATE = Page("<html>Authentication required</html>", 401, HTML, (("WWW-Authenticate", "Negotiate"),))
SOLR_NO = basic("solr", "<html>Error 401 require authentication</html>", HTML)
PMA_LOGIN = titled(
    "phpMyAdmin",
    '<form method="post" action="index.php?route=/"><input name="pma_username">'
    '<input type="password" name="pma_password"></form>',
)
PMA_OPEN = titled(
    "localhost | phpMyAdmin 5.2.1", '<a href="index.php?route=/server/databases">Databases</a> phpMyAdmin 5.2.1'
)
ADMINER = (
    '<form method="post"><select name="auth[driver]"></select><input type="password" name="auth[password]"></form>'
)
ACTUATOR = Page({"_links": {"self": {"href": "http://localhost/actuator", "templated": False}, "env": {}}})
MINIO_NO = Page('<?xml version="1.0"?><Error><Code>AccessDenied</Code></Error>', 403, "application/xml")
MINIO_LIST = Page(
    '<?xml version="1.0"?><ListAllMyBucketsResult><Buckets/></ListAllMyBucketsResult>', 200, "application/xml"
)
HAPROXY = titled("Statistics Report for HAProxy", "HAProxy version 2.6.12")
SPARK = Page({"url": "spark://spark-master:7077", "workers": [], "aliveworkers": 0, "status": "ALIVE"})
CUPS_HEAD = (("Server", "CUPS/2.4 IPP/2.1"),)
TORNADO = (("Server", "TornadoServer/6.3.2"),)

# fmt: off
APPLICATIONS = {
    # Docker Engine API v1.41; with an authorization plugin (docs.docker.com, "Access authorization plugin")
    "docker": Application(
        {
            "/_ping": Page("OK", kind=TEXT),
            "/version": Page(DOCKER_VERSION),
            "/containers/json": Page([{"Id": "8dfafdbc3a40", "Names": ["/db"], "Command": "mysqld --password=secret"}]),
        },
        {"/_ping": Page("OK", kind=TEXT), "/version": DENIED, "/containers/json": DENIED},
        (("Api-Version", "1.41"), ("Server", "Docker/20.10.24 (linux)")),
        Page({"message": "page not found"}, 404),
    ),
    # kubernetes.io, "Kubelet authentication/authorization"
    "kubelet": Application(
        {"/pods": Page({"kind": "PodList", "apiVersion": "v1", "metadata": {}, "items": []})},
        {},
        locked_other=KUBELET_NO,
    ),
    # kubernetes.io, "Kubernetes API concepts"
    "kubernetes": Application(
        {
            "/": Page({"paths": ["/api", "/api/v1", "/healthz", "/version"]}),
            "/version": KUBE_VERSION,
            "/api/v1/namespaces": Page({"kind": "NamespaceList", "apiVersion": "v1", "metadata": {}, "items": []}),
        },
        {"/version": KUBE_VERSION},
        locked_other=Page(
            {
                "kind": "Status", "apiVersion": "v1", "metadata": {}, "status": "Failure", "reason": "Forbidden",
                "message": 'namespaces is forbidden: User "system:anonymous" cannot list resource', "code": 403,
            },
            403,
        ),
    ),
    # distribution, "HTTP API V2"
    "docker-registry": Application(
        {"/": Page(), "/v2/": Page({}), "/v2/_catalog": Page({"repositories": ["shop"]})},
        {
            "/": Page(),
            "/v2/": basic("registry", {"errors": [{"code": "UNAUTHORIZED"}]}, JSON),
            "/v2/_catalog": basic("registry", {"errors": [{"code": "UNAUTHORIZED"}]}, JSON),
        },
        (("Docker-Distribution-Api-Version", "registry/2.0"),),
    ),
    # Portainer API, /users/admin/check
    "portainer": Application(
        {
            "/": titled("Portainer"),
            "/api/status": Page({"Version": "2.18.4", "InstanceID": "299ab403-70a8-4c05-92f7-bf7a994d50df"}),
            "/api/users/admin/check": Page({"message": "No administrator account found inside the database"}, 404),
        },
        {"/": titled("Portainer"), "/api/users/admin/check": Page("", 204)},
    ),
    # etcd v3.4, gRPC gateway
    "etcd": Application(
        {
            "/version": Page({"etcdserver": "3.4.23", "etcdcluster": "3.4.0"}),
            "/v3/kv/range": Page({"header": {"cluster_id": "14841639068965178418", "revision": "1"}, "count": "0"}),
        },
        {
            "/version": Page({"etcdserver": "3.4.23", "etcdcluster": "3.4.0"}),
            "/v3/kv/range": Page({"error": "etcdserver: user name is empty", "code": 3}, 400),
        },
    ),
    # Consul HTTP API
    "consul": Application(
        {"/": moved("/ui/"), "/v1/status/leader": Page('"127.0.0.1:8300"'), "/v1/agent/self": Page(CONSUL_SELF)},
        {"/": moved("/ui/"), "/v1/status/leader": Page('"127.0.0.1:8300"'), "/v1/agent/self": CONSUL_NO},
    ),
    # Vault HTTP API, /sys/health: a server that nobody has initialised, and one that is in use
    "vault": Application(
        {"/": moved("/ui/"), "/v1/sys/health": Page({**VAULT, "initialized": False, "sealed": True}, 501)},
        {"/": moved("/ui/"), "/v1/sys/health": Page(VAULT)},
    ),
    # RabbitMQ, HTTP API reference
    "rabbitmq-management": Application(
        {
            "/": titled("RabbitMQ Management"),
            "/api/overview": Page({"management_version": "3.10.8", "rabbitmq_version": "3.10.8"}),
        },
        {
            "/": titled("RabbitMQ Management"),
            "/api/overview": basic("RabbitMQ Management", {"error": "not_authorised", "reason": "Login failed"}, JSON),
        },
    ),
    # Apache Hadoop, "ResourceManager REST API's"; with Kerberos, "Authentication for Hadoop HTTP web-consoles"
    "hadoop-yarn": Application(
        {"/": moved("/cluster"), "/ws/v1/cluster/info": Page({"clusterInfo": {"hadoopVersion": "3.3.5"}})},
        {}, locked_other=NEGOTIATE,
    ),
    # Apache Hadoop, "WebHDFS REST API"
    "hadoop-hdfs": Application(
        {
            "/": titled("Hadoop Administration", '<meta http-equiv="REFRESH" content="0;url=dfshealth.html">'),
            "/webhdfs/v1/": Page({"FileStatuses": {"FileStatus": []}}),
        },
        {},
        locked_other=NEGOTIATE,
    ),
    # Apache Spark, "Spark Standalone Mode"; behind a servlet filter that asks for a login
    "spark": Application(
        {"/": titled("Spark Master at spark://spark-master:7077"), "/json/": SPARK}, {}, locked_other=basic("spark")
    ),
    # Apache Druid, "Service status API"
    "druid": Application(
        {
            "/": moved("/unified-console.html"), "/unified-console.html": titled("Apache Druid"),
            "/status": Page({"version": "26.0.0", "modules": [{"name": "org.apache.druid.guice.SecurityModule"}]}),
        },
        {"/": moved("/unified-console.html")}, locked_other=basic("druid"),
    ),
    # Elasticsearch reference, "Root API", "cat indices API", "Security settings"
    "elasticsearch": Application(
        {
            "/": Page(
                {
                    "name": "n1", "cluster_name": "lab", "version": {"number": "7.17.9", "lucene_version": "8.11.1"},
                    "tagline": "You Know, for Search",
                }
            ),
            "/_cat/indices": Page([{"index": "customers"}]),
        },
        {}, (("X-elastic-product", "Elasticsearch"),), Page({"error": "no such index", "status": 404}, 404), ELASTIC_NO,
    ),
    # OpenSearch documentation, "Security"
    "opensearch": Application(
        {
            "/": Page(
                {
                    "name": "n1", "version": {"distribution": "opensearch", "number": "2.6.0"},
                    "tagline": "The OpenSearch Project: https://opensearch.org/",
                }
            ),
            "/_cat/indices": Page([{"index": "customers"}]),
        },
        {}, locked_other=OPENSEARCH_NO,
    ),
    # CouchDB, "API reference"
    "couchdb": Application(
        {"/": COUCH_WELCOME, "/_all_dbs": Page(["_users", "customers"])},
        {"/": COUCH_WELCOME, "/_all_dbs": COUCH_NO},
        (("Server", "CouchDB/3.3.2 (Erlang OTP/24)"),),
        Page({"error": "not_found", "reason": "Database does not exist."}, 404),
    ),
    # InfluxDB 1.8, "API reference"
    "influxdb": Application(
        {
            "/ping": Page("", 204),
            "/query": Page({"results": [{"statement_id": 0, "series": [INFLUX_SERIES]}]}),
        },
        {"/ping": Page("", 204), "/query": basic("InfluxDB", {"error": "unable to parse credentials"}, JSON)},
        (("X-Influxdb-Version", "1.8.10"), ("X-Influxdb-Build", "OSS")),
    ),
    # ClickHouse, "HTTP interface"
    "clickhouse": Application(
        {"/": Page("Ok.\n", kind=TEXT), "/?query=SELECT%201": Page("1\n", 200, TEXT, CLICKHOUSE_ID)},
        {"/": Page("Ok.\n", kind=TEXT), "/?query=SELECT%201": CLICKHOUSE_NO},
        other=Page("There is no handle /other\n", 404, TEXT),
    ),
    # Apache Solr reference, "Basic authentication plugin"
    "solr": Application(
        {
            "/": moved("/solr/"), "/solr/": titled("Solr Admin"),
            "/solr/admin/info/system": Page({"mode": "std", "lucene": {"solr-spec-version": "9.1.1"}}),
        },
        {"/": moved("/solr/"), "/solr/admin/info/system": SOLR_NO, "/solr/": SOLR_NO},
    ),
    # Amazon S3 API reference, ListBuckets
    "minio": Application({"/": MINIO_LIST}, {}, (("Server", "MinIO"),), locked_other=MINIO_NO),
    # Prometheus, "HTTP API"; "HTTPS and authentication" answers every path alike
    "prometheus": Application(
        {
            "/": moved("/graph"), "/graph": titled("Prometheus Time Series Collection and Processing Server"),
            "/api/v1/status/buildinfo": Page({"status": "success", "data": {"version": "2.42.0"}}),
            "/api/v1/status/config": Page({"status": "success", "data": {"yaml": "global:\n  scrape_interval: 1m\n"}}),
        },
        {}, locked_other=basic(""),
    ),
    # Alertmanager API v2
    "alertmanager": Application(
        {
            "/": titled("Alertmanager"),
            "/api/v2/status": Page({"cluster": {"status": "ready"}, "versionInfo": {"version": "0.25.0"}}),
        },
        {}, locked_other=basic(""),
    ),
    # Prometheus, "Exposition formats"
    "node-exporter": Application(
        {
            "/": titled("Node Exporter", '<a href="/metrics">Metrics</a>'),
            "/metrics": Page("# HELP node_uname_info Labeled system.\n# TYPE node_uname_info gauge\n", kind=TEXT),
        },
        {}, locked_other=basic(""),
    ),
    # Grafana, "HTTP API": with auth.anonymous, and without
    "grafana": Application(
        {
            "/": titled("Grafana"),
            "/api/health": Page({"commit": "21c1d14e91", "database": "ok", "version": "9.3.2"}),
            "/api/org": Page({"id": 1, "name": "Main Org.", "address": {}}),
        },
        {
            "/": moved("/login"), "/login": titled("Grafana", "<div id=app></div>"),
            "/api/health": Page({"commit": "21c1d14e91", "database": "ok", "version": "9.3.2"}),
            "/api/org": Page({"message": "Unauthorized"}, 401),
        },
    ),
    # Kibana guide, "Get Kibana spaces API"
    "kibana": Application(
        {
            "/": moved("/app/home"), "/api/status": Page({"name": "kibana", "version": {"number": "7.17.9"}}),
            "/api/spaces/space": Page([{"id": "default", "name": "Default"}]),
        },
        {
            "/": moved("/login?next=%2F"), "/login": titled("Elastic"),
            "/api/status": KIBANA_NO, "/api/spaces/space": KIBANA_NO,
        },
        KIBANA,
        Page({"statusCode": 404, "error": "Not Found", "message": "Not Found"}, 404),
    ),
    # OpenSearch Dashboards, "Saved objects APIs"; the security plug-in answers its API with 401
    "opensearch-dashboards": Application(
        {
            "/": moved("/app/home"), "/api/status": Page({"name": "osd", "version": {"number": "2.11.0"}}),
            "/api/saved_objects/_find?type=config&per_page=1&fields=buildNum": Page(
                {"page": 1, "per_page": 1, "total": 0, "saved_objects": []}
            ),
        },
        {
            "/": moved("/app/login?"), "/app/login?": titled("OpenSearch Dashboards"),
            "/api/status": KIBANA_NO,
            "/api/saved_objects/_find?type=config&per_page=1&fields=buildNum": KIBANA_NO,
        },
        (("osd-name", "dashboards"),),
        Page({"statusCode": 404, "error": "Not Found", "message": "Not Found"}, 404),
    ),
    # Apache httpd, mod_status; locked, as Debian configures it, for all but its own machine
    "server-status": Application(
        {
            "/": titled("It works"),
            "/server-status": titled("Apache Status", "<h1>Apache Server Status for web</h1>"),
        },
        {"/": titled("It works"), "/server-status": Page("<title>403 Forbidden</title>", 403, HTML)},
    ),
    # nginx, ngx_http_stub_status_module
    "nginx-status": Application(
        {
            "/": titled("Welcome"),
            "/nginx_status": Page("Active connections: 1 \nserver accepts handled requests\n 1 1 1 \n", kind=TEXT),
        },
        {"/": titled("Welcome"), "/nginx_status": Page("<title>403 Forbidden</title>", 403, HTML)},
    ),
    # HAProxy configuration manual, "stats uri", "stats auth"
    "haproxy-stats": Application(
        {"/stats": HAPROXY}, {"/stats": basic("HAProxy Statistics", "<h1>401 Unauthorized</h1>", HTML)},
        other=Page("<h1>503 Service Unavailable</h1>", 503, HTML),
    ),
    # Jupyter Server, "REST API"
    "jupyter": Application(
        {"/": moved("/tree?"), "/tree": titled("Home"), "/api": Page({"version": "2.7.0"}), "/api/kernels": Page([])},
        {
            "/": moved("/login?next=%2F"), "/login": titled("Jupyter Server", FORM), "/api": Page({"version": "2.7.0"}),
            "/api/kernels": Page({"message": "Forbidden", "reason": None}, 403),
        },
        TORNADO,
    ),
    # Jenkins, "Remote access API"
    "jenkins": Application(
        {"/": titled("Dashboard [Jenkins]"), "/api/json": Page({"_class": "hudson.model.Hudson", "mode": "NORMAL"})},
        {"/login": titled("Sign in [Jenkins]", FORM)},
        (("X-Jenkins", "2.387.1"), ("X-Hudson", "1.395")),
        Page("<title>Not Found</title>", 404, HTML),
        JENKINS_NO,
    ),
    # Airflow 2, "Airflow REST API"
    "airflow": Application(
        {
            "/": moved("/home"), "/home": titled("DAGs - Airflow"), "/api/v1/health": AIRFLOW_HEALTH,
            "/api/v1/dags": Page({"dags": [], "total_entries": 0}),
        },
        {
            "/": moved("/home"), "/home": moved("/login/?next=%2Fhome"), "/login/": titled("Sign In - Airflow", FORM),
            "/api/v1/health": AIRFLOW_HEALTH, "/api/v1/dags": AIRFLOW_NO,
        },
    ),
    # phpMyAdmin, "Authentication modes": config, cookie
    "phpmyadmin": Application(
        {"/": titled("It works"), "/phpmyadmin/": PMA_OPEN}, {"/": titled("It works"), "/phpmyadmin/": PMA_LOGIN}
    ),
    # Adminer; open as with a plug-in that knows the password
    "adminer": Application(
        {"/": titled("It works"), "/adminer.php": titled("Select database - localhost - Adminer")},
        {"/": titled("It works"), "/adminer.php": titled("Login - Adminer", ADMINER)},
    ),
    # Spring Boot reference, "Actuator endpoints"
    "spring-actuator": Application(
        {
            "/": titled("Shop"), "/actuator": ACTUATOR,
            "/actuator/env": Page({"activeProfiles": ["prod"], "propertySources": [{"name": "systemProperties"}]}),
        },
        {"/": titled("Shop"), "/actuator": ACTUATOR, "/actuator/env": Page({"status": 401}, 401)},
        other=Page({"status": 404, "error": "Not Found"}, 404),
    ),
    # Traefik, "API"
    "traefik": Application(
        {"/": moved("/dashboard/"), "/api/overview": Page({"http": {"routers": {"total": 3, "warnings": 0}}})},
        {}, locked_other=basic("traefik"),
    ),
    # CUPS, cupsd.conf: locked for all but its own machine
    "cups": Application(
        {"/": titled("Home - CUPS 2.4.2"), "/printers/": titled("Printers - CUPS 2.4.2")},
        {},
        CUPS_HEAD,
        Page("<title>Not Found - CUPS v2.4.2</title>", 404, HTML),
        Page("<title>Forbidden - CUPS v2.4.2</title>", 403, HTML),
    ),
}
# fmt: on


def answer(application: Application, target: str, *, login: bool) -> Page:
    """What the application says to GET or POST on a path; a page for path and query comes before one for the path."""
    pages = application.locked if login else application.pages
    other = application.locked_other if login and application.locked_other else application.other
    return pages.get(target) or pages.get(target.partition("?")[0]) or other


async def served(
    reader: asyncio.StreamReader, writer: asyncio.StreamWriter, application: Application, *, login: bool
) -> None:
    """One connection, kept for as many requests as the client has."""
    try:
        while True:
            head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
            lengths = [
                line.partition(":")[2] for line in head.split("\r\n") if line.lower().startswith("content-length:")
            ]
            if lengths:
                await reader.readexactly(int(lengths[0]))
            page = answer(application, head.split(" ")[1], login=login)
            body = page.encoded()
            headers = [("Content-Type", page.kind), ("Content-Length", len(body)), *application.headers, *page.headers]
            lines = [f"HTTP/1.1 {page.status} -", *(f"{name}: {value}" for name, value in headers)]
            writer.write("\r\n".join(lines).encode() + b"\r\n\r\n" + body)
            await writer.drain()
    except (OSError, ValueError, IndexError, asyncio.IncompleteReadError, asyncio.LimitOverrunError):
        pass  # the client hung up, or does not speak HTTP
    finally:
        writer.close()


async def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("name", choices=sorted(APPLICATIONS))
    parser.add_argument("port", type=int)
    parser.add_argument("address", nargs="?", default="0.0.0.0")
    parser.add_argument("--login", action="store_true")
    chosen = parser.parse_args()
    application = APPLICATIONS[chosen.name]
    server = await asyncio.start_server(
        lambda reader, writer: served(reader, writer, application, login=chosen.login), chosen.address, chosen.port
    )
    async with server:
        await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(main())
