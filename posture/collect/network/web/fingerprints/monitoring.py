"""Programs that watch others: what they show is a map of everything they watch."""

from __future__ import annotations

from posture.collect.network.web.answer import Sign
from posture.collect.network.web.fingerprint import Fingerprint, Question

FINGERPRINTS = (
    Fingerprint(  # Prometheus HTTP API: status
        "prometheus",
        ports=(9090,),
        home=(
            Sign((301, 302), header=("location", r"(^|/)(graph|query)$")),
            Sign(body=r"<title>Prometheus[^<]{0,60}</title>"),
        ),
        questions=(
            Question(
                "/api/v1/status/buildinfo",
                known=(Sign(body=r'\A\{"status":"success","data":\{"version":"'),),
                version=r'"version":"([^"]+)"',
            ),
            Question(
                "/api/v1/status/config",
                open=(Sign(body=r'\A\{"status":"success","data":\{"yaml":'),),
                closed=(Sign((401, 403)),),
            ),
        ),
    ),
    Fingerprint(
        "alertmanager",
        ports=(9093,),
        home=(Sign(body=r"<title>Alertmanager</title>"),),
        questions=(
            Question(
                "/api/v2/status",
                open=(Sign(body=r'"versionInfo":\s*\{', also=r'"cluster":\s*\{'),),
                version=r'"version":\s*"(\d[^"]*)"',
            ),
        ),
    ),
    Fingerprint(  # Prometheus' exposition format; the names tell that it is the machine itself
        "node-exporter",
        ports=(9100,),
        home=(Sign(body=r"<title>Node Exporter</title>"),),
        questions=(
            Question(
                "/metrics",
                open=(Sign(body=r"^# HELP node_(uname_info|exporter_build_info|cpu_[a-z_]+|boot_time_seconds)"),),
                version=r'^node_exporter_build_info\{[^}]{0,400}version="([^"]+)"',
            ),
        ),
    ),
    Fingerprint(  # Grafana HTTP API: health is told to all, the organisation to whoever is in it, signed in or not
        "grafana",
        ports=(3000,),
        home=(Sign((301, 302), header=("location", r"/login$")), Sign(body=r"<title>Grafana</title>")),
        questions=(
            Question(
                "/api/health",
                known=(Sign(body=r'"database":\s*"(ok|failing)"'),),
                version=r'"version":\s*"([^"]+)"',
            ),
            Question(
                "/api/org",
                open=(Sign(body=r'\A\s*\{\s*"id":\s*\d+,\s*"name":'),),
                closed=(Sign((401, 403)),),
            ),
        ),
    ),
    Fingerprint(  # Kibana: spaces need a login wherever the cluster behind it has users
        "kibana",
        ports=(5601,),
        home=(Sign((), header=("kbn-name", r".")), Sign((), header=("kbn-license-sig", r"."))),
        questions=(
            Question(
                "/api/status",
                known=(
                    Sign((200, 401, 503), header=("kbn-name", r".")),
                    Sign((200, 401, 503), header=("kbn-license-sig", r".")),
                ),
                closed=(Sign((401,)),),
                version=r'"number":\s*"([^"]+)"',
            ),
            Question(
                "/api/spaces/space",
                open=(Sign(body=r'\A\s*\[\s*\{\s*"id":\s*"'),),
                closed=(Sign((401, 403)),),
            ),
        ),
    ),
    Fingerprint(  # OpenSearch Dashboards: its saved objects need a login wherever the security plug-in is on
        "opensearch-dashboards",
        ports=(5601,),
        home=(Sign((), header=("osd-name", r".")),),
        questions=(
            Question(
                "/api/status",
                known=(Sign((200, 302, 401, 503), header=("osd-name", r".")),),
                closed=(Sign((401,)), Sign((302,), header=("location", r"/login"))),
                version=r'"number":\s*"([^"]+)"',
            ),
            Question(
                "/api/saved_objects/_find?type=config&per_page=1&fields=buildNum",
                open=(Sign(body=r'\A\s*\{\s*"page":\s*1,[\s\S]{0,80}"saved_objects":\s*\['),),
                closed=(Sign((401, 403)), Sign((302,), header=("location", r"/login"))),
            ),
        ),
    ),
    Fingerprint(  # Apache mod_status
        "server-status",
        anywhere=True,
        questions=(
            Question(
                "/server-status",
                open=(Sign(body=r"Apache Server Status for"),),
                version=r"Server Version: (Apache/[\d.]+)",
            ),
        ),
    ),
    Fingerprint(  # nginx, ngx_http_stub_status_module
        "nginx-status",
        anywhere=True,
        questions=(
            Question(
                "/nginx_status",
                open=(Sign(body=r"\AActive connections: \d+\s+server accepts handled requests"),),
            ),
        ),
    ),
    Fingerprint(
        "haproxy-stats",
        ports=(1936, 8404),
        home=(
            Sign(body=r"Statistics Report for HAProxy"),
            Sign((401,), header=("www-authenticate", r"HAProxy")),
            Sign((503,), r"503 Service Unavailable"),
        ),
        every=True,
        questions=tuple(
            Question(
                path,
                open=(Sign(body=r"Statistics Report for HAProxy"),),
                known=(Sign((401,), header=("www-authenticate", r"HAProxy")),),
                closed=(Sign((401,), header=("www-authenticate", r"HAProxy")),),
                version=r"HAProxy version ([\d.]+)",
            )
            for path in ("/", "/stats", "/haproxy?stats")
        ),
    ),
)
