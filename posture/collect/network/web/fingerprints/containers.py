"""Programs that run containers: who may ask them can usually start one, and through it own the machine."""

from __future__ import annotations

from posture.collect.network.web.answer import Sign
from posture.collect.network.web.fingerprint import Fingerprint, Question

NO_PAGE = Sign((404,), r"^404 page not found\s*$")  # Go's net/http: many of these programs answer "/" so
_NO_RIGHT = r"Forbidden \(user=[^,]{1,60}, verb=get, resource=nodes"

FINGERPRINTS = (
    Fingerprint(  # Docker Engine API reference; only the number of containers would tell more, and is not needed
        "docker",
        ports=(2375, 2376, 4243),
        home=(Sign((404,), r'"message":\s*"page not found"'), Sign((), header=("api-version", r"^\d\.\d+$"))),
        questions=(
            Question(
                "/version",
                known=(Sign(body=r'"ApiVersion":\s*"\d'), Sign((401, 403), header=("api-version", r"^\d"))),
                closed=(Sign((401, 403)),),
                version=r'"Version":\s*"(\d[^"]*)"',
            ),
            Question(
                "/containers/json?limit=1",
                open=(Sign(body=r"\A\s*\[(?=\s*(\]|\{\s*\"Id\"))"),),
                closed=(Sign((401, 403)),),
            ),
        ),
    ),
    Fingerprint(  # kubelet: /pods is what "kubectl get --raw" reads; anonymous-auth and authorization-mode decide
        "kubelet",
        ports=(10250, 10255),
        home=(NO_PAGE, Sign((403,), _NO_RIGHT)),
        questions=(
            Question(
                "/pods",
                open=(Sign(body=r'\A\s*\{\s*"kind":\s*"PodList"'),),
                known=(Sign((403,), _NO_RIGHT),),
                closed=(Sign((403,), _NO_RIGHT),),
            ),
        ),
    ),
    Fingerprint(  # Kubernetes API: /version is readable by all by design (RBAC, system:public-info-viewer)
        "kubernetes",
        ports=(6443, 8001),
        home=(Sign((401, 403), r'"kind":\s*"Status"'), Sign(body=r'"paths":\s*\[\s*"/(\.well-known|api)')),
        questions=(
            Question(
                "/version",
                known=(
                    Sign(body=r'"gitVersion":\s*"v\d'),
                    Sign((401, 403), r'"kind":\s*"Status",\s*"apiVersion":\s*"v1"'),
                ),
                closed=(Sign((401, 403), r'"kind":\s*"Status"'),),
                version=r'"gitVersion":\s*"v([^"]+)"',
            ),
            Question(
                "/api/v1/namespaces?limit=1",
                open=(Sign(body=r'"kind":\s*"NamespaceList"'),),
                closed=(Sign((401, 403), r'"kind":\s*"Status"'),),
            ),
        ),
    ),
    Fingerprint(  # distribution/distribution, HTTP API V2: the header is sent with every answer below /v2/
        "docker-registry",
        ports=(5000, 5001),
        anywhere=True,
        questions=(
            Question(
                "/v2/",
                known=(Sign((200, 401), header=("docker-distribution-api-version", r"^registry/2")),),
                closed=(Sign((401,)),),
            ),
            Question(
                "/v2/_catalog?n=1",
                open=(Sign(body=r'\A\s*\{\s*"repositories":'),),
                closed=(Sign((401, 403)),),
            ),
        ),
    ),
    Fingerprint(  # Portainer API: without an administrator, whoever comes first becomes one
        "portainer",
        ports=(9443,),
        home=(Sign(body=r"<title>Portainer</title>"), Sign(body=r'ng-app="portainer')),
        questions=(
            Question("/", known=(Sign(body=r"<title>Portainer</title>"), Sign(body=r'ng-app="portainer'))),
            Question("/api/status", known=(Sign(body=r'"InstanceID":'),), version=r'"Version":\s*"(\d[^"]*)"'),
            Question(
                "/api/users/admin/check",
                open=(Sign((404,), r"No administrator account found"),),
                closed=(Sign((204,)),),
            ),
        ),
    ),
)
