"""Programs that are made to run or change things from a browser."""

from __future__ import annotations

from posture.collect.network.web.answer import Sign
from posture.collect.network.web.fingerprint import Fingerprint, Question

_PHPMYADMIN = r"themes/pmahomme/|name=\"pma_username\"|<title>phpMyAdmin( [\d.]{1,10})?\s{0,5}</title>"
_TORNADO = ("server", r"^TornadoServer")

FINGERPRINTS = (
    Fingerprint(  # Jupyter Server REST API: the version is told to all, kernels to those with a token
        "jupyter",
        ports=(8888,),
        home=(Sign((), header=_TORNADO), Sign((301, 302), header=("location", r"/(tree|lab|login\?next=)"))),
        questions=(
            Question(
                "/api",
                known=(Sign(body=r'\A\{"version":\s*"', header=_TORNADO), Sign((403,), header=_TORNADO)),
                version=r'"version":\s*"([^"]+)"',
            ),
            Question(
                "/api/kernels",
                open=(Sign(body=r'\A\s*\[(?=\s*(\]|\{\s*"id"))'),),
                closed=(Sign((401, 403)), Sign((302,), header=("location", r"/login"))),
            ),
        ),
    ),
    Fingerprint(  # Jenkins remote access API: every answer carries its version
        "jenkins",
        home=(Sign((), header=("x-jenkins", r"^\d")), Sign((), header=("x-hudson", r"^\d"))),
        questions=(
            Question(
                "/api/json?tree=mode",
                open=(Sign(body=r'"_class":\s*"hudson\.model\.Hudson"'),),
                known=(Sign((200, 401, 403), header=("x-jenkins", r"^\d")),),
                closed=(Sign((401, 403)),),
                version=r"^x-jenkins: (\S+)$",
            ),
        ),
    ),
    Fingerprint(  # Airflow's stable REST API, of 2.x and of 3.x: health is told to all
        "airflow",
        home=(
            Sign(body=r"<title>[^<]{0,60}Airflow</title>"),
            Sign((302, 307), header=("location", r"/(home|login)/?\b")),
        ),
        every=True,
        questions=(
            Question("/api/v1/health", known=(Sign(body=r'"metadatabase":\s*\{'),)),
            Question(
                "/api/v1/dags?limit=1",
                open=(Sign(body=r'\A\s*\{\s*"dags":\s*\['),),
                closed=(Sign((401, 403)),),
            ),
            Question("/api/v2/monitor/health", known=(Sign(body=r'"metadatabase":\s*\{'),)),
            Question(
                "/api/v2/dags?limit=1",
                open=(Sign(body=r'\A\s*\{\s*"dags":\s*\['),),
                closed=(Sign((401, 403)),),
            ),
            Question(
                "/home",
                open=(Sign(body=r"<title>DAGs - Airflow</title>"),),
                closed=(Sign((302,), header=("location", r"/login")),),
            ),
        ),
    ),
    Fingerprint(  # with auth_type = 'config' it signs everybody in
        "phpmyadmin",
        anywhere=True,
        every=True,
        questions=tuple(
            Question(
                path,
                open=(
                    Sign(
                        body=r'href="[^"<>]{0,200}(server_databases\.php|route=/server/databases)',
                        also=r"<title>[^<]{0,120}phpMyAdmin",
                    ),
                ),
                known=(Sign(body=_PHPMYADMIN), Sign((401,), header=("www-authenticate", r"phpMyAdmin"))),
                closed=(Sign(body=r'name="pma_password"'), Sign((401,), header=("www-authenticate", r"phpMyAdmin"))),
                version=r"phpMyAdmin (\d[\d.]+\d)",
            )
            for path in ("/", "/phpmyadmin/", "/pma/")  # the official container image has it at /
        ),
    ),
    Fingerprint(
        "adminer",
        anywhere=True,
        every=True,
        questions=tuple(
            Question(
                path,
                open=(Sign(body=r"<title>Select database[^<]{0,80}Adminer</title>"),),
                known=(Sign(body=r"<title>[^<]{0,80}Adminer</title>"),),
                closed=(Sign(body=r"name=.?auth\[(password|driver|username)\]"),),
                version=r'class="?version"?>\s*(\d[\d.]+)',
            )
            for path in ("/", "/adminer.php", "/adminer/")  # the official container image has it at /
        ),
    ),
    Fingerprint(  # Spring Boot reference, Actuator: env shows every property of the program
        "spring-actuator",
        anywhere=True,
        questions=(
            Question("/actuator", known=(Sign(body=r'"_links":\s*\{\s*"self":\s*\{[^}]{0,200}/actuator"'),)),
            Question(
                "/actuator/env",
                open=(Sign(body=r'"activeProfiles":\s*\[[^\]]{0,200}\],[\s\S]{0,80}"propertySources":'),),
                closed=(Sign((401, 403, 404)),),
            ),
        ),
    ),
    Fingerprint(  # Traefik API (api.insecure) and its dashboard
        "traefik",
        home=(Sign((301, 302), header=("location", r"^/dashboard/?$")), Sign(body=r"<title>Traefik")),
        questions=(
            Question(
                "/api/overview",
                open=(Sign(body=r'\A\s*\{\s*"http":\s*\{\s*"routers":'),),
            ),
        ),
    ),
    Fingerprint(  # CUPS: its web pages list printers and jobs, and lead to the administration
        "cups",
        ports=(631,),
        home=(Sign((), header=("server", r"\bCUPS/")),),
        questions=(
            Question(
                "/printers/",
                open=(Sign(body=r"<title>Printers[^<]{0,40}CUPS", header=("server", r"CUPS/")),),
                known=(Sign((401, 403), header=("server", r"CUPS/")),),
                closed=(Sign((401, 403), header=("server", r"CUPS/")),),
                version=r"^server: CUPS/(\S+)",
            ),
        ),
    ),
)
