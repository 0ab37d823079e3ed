"""Programs that hold a cluster together: its settings, secrets and queues."""

from __future__ import annotations

from posture.collect.network.web.answer import Sign
from posture.collect.network.web.fingerprint import Fingerprint, Question
from posture.collect.network.web.fingerprints.containers import NO_PAGE

_RANGE = b'{"key":"AA==","range_end":"AA==","limit":"1","keys_only":true}'  # every key from NUL on; one, no value
_ETCD_OPEN = (Sign(body=r'\A\{"header":\{"cluster_id":"'),)
_ETCD_CLOSED = (Sign((400, 401, 403), r"etcdserver: (user name is empty|permission denied|invalid auth token)"),)

FINGERPRINTS = (
    Fingerprint(  # etcd's gRPC gateway (v3.4: /v3, v3.3: /v3beta) and its API v2
        "etcd",
        ports=(2379, 4001),
        home=(NO_PAGE,),
        questions=(
            Question("/version", known=(Sign(body=r'"etcdserver":\s*"\d'),), version=r'"etcdserver":\s*"([^"]+)"'),
            Question("/v3/kv/range", method="POST", body=_RANGE, open=_ETCD_OPEN, closed=_ETCD_CLOSED),
            Question("/v3beta/kv/range", method="POST", body=_RANGE, open=_ETCD_OPEN, closed=_ETCD_CLOSED),
            Question(
                "/v2/keys/",
                open=(Sign(body=r'\A\s*\{"action":"get","node":\{"dir":true'),),
                closed=(Sign((401,), r"Insufficient credentials|requires user authentication"),),
            ),
        ),
    ),
    Fingerprint(  # Consul HTTP API: the leader's address is told to all, the agent's configuration is not (ACL)
        "consul",
        ports=(8500, 8501),
        home=(Sign(body=r"\AConsul Agent"), Sign((301, 302), header=("location", r"^/ui/"))),
        questions=(
            Question("/v1/status/leader", known=(Sign(body=r'\A"[0-9a-f.:\[\]]+:8300"\s*\Z'),)),
            Question(
                "/v1/agent/self",
                open=(Sign(body=r'\A\s*\{\s*"Config":\s*\{\s*"Datacenter"'),),
                closed=(Sign((403,), r"Permission denied|ACL not found"),),
                version=r'"Version":\s*"(\d[^"]*)"',
            ),
        ),
    ),
    Fingerprint(  # Vault HTTP API, /sys/health: a token is always needed; who initialises it gets the keys
        "vault",
        ports=(8200,),
        home=(Sign((301, 302, 307), header=("location", r"^/ui/")),),
        questions=(
            Question(
                "/v1/sys/health",
                open=(Sign((501,), r'"initialized":\s*false'),),
                known=(Sign((200, 429, 472, 473, 503), r'"initialized":\s*true,\s*"sealed"'),),
                closed=(Sign((200, 429, 472, 473, 503), r'"initialized":\s*true,\s*"sealed"'),),
                version=r'"version":\s*"([^"]+)"',
            ),
        ),
    ),
    Fingerprint(
        "rabbitmq-management",
        ports=(15671, 15672),
        home=(Sign(body=r"<title>RabbitMQ Management</title>"),),
        questions=(
            Question("/", known=(Sign(body=r"<title>RabbitMQ Management</title>"),)),
            Question(
                "/api/overview",
                open=(Sign(body=r'"rabbitmq_version":\s*"[\d.]+"'),),
                closed=(Sign((401,), r'"error":\s*"not_authori[sz]ed"'), Sign((401,))),
                version=r'"rabbitmq_version":\s*"([^"]+)"',
            ),
        ),
    ),
    Fingerprint(  # Apache Hadoop YARN, ResourceManager REST API; who may submit an application runs programs
        "hadoop-yarn",
        ports=(8088,),
        home=(Sign((302, 307), header=("location", r"/cluster/?$")),),
        questions=(
            Question(
                "/ws/v1/cluster/info",
                open=(Sign(body=r'"clusterInfo":\s*\{'),),
                known=(Sign((401,), header=("www-authenticate", r"Negotiate")),),
                closed=(Sign((401,), header=("www-authenticate", r"Negotiate")),),
                version=r'"hadoopVersion":\s*"([^"]+)"',
            ),
        ),
    ),
    Fingerprint(  # Apache Hadoop, WebHDFS REST API
        "hadoop-hdfs",
        ports=(9870, 50070),
        home=(Sign(body=r"dfshealth\.(html|jsp)"),),
        every=True,
        questions=(
            Question("/webhdfs/v1/?op=LISTSTATUS", open=(Sign(body=r'\A\s*\{"FileStatuses":'),)),
            Question(
                "/jmx?qry=Hadoop:service=NameNode,name=NameNodeInfo",
                open=(Sign(body=r'"Hadoop:service=NameNode,name=NameNodeInfo"'),),
                version=r'"SoftwareVersion"\s*:\s*"([^"]+)"',
            ),
        ),
    ),
    Fingerprint(  # Spark's standalone master, and the REST API of a running application or the history server
        "spark",
        ports=(4040, 18080),
        home=(Sign(body=r"<title>Spark (Master|Worker|Jobs)|<title>History Server"), Sign(body=r"spark-logo")),
        every=True,
        questions=(
            Question("/json/", open=(Sign(body=r'"url"\s*:\s*"spark://'),)),
            Question(
                "/api/v1/applications?limit=1",
                open=(Sign(body=r'"attempts"\s*:\s*\[|"sparkUser"\s*:'),),
            ),
        ),
    ),
    Fingerprint(  # Apache Druid API, service status: needs a login as soon as an authenticator is set
        "druid",
        ports=(8888, 8081, 8082),
        home=(Sign((301, 302, 307), header=("location", r"unified-console")), Sign(body=r"<title>Apache Druid")),
        questions=(Question("/status", open=(Sign(body=r'"org\.apache\.druid'),), version=r'"version":\s*"([^"]+)"'),),
    ),
)
