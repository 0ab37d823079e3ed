"""Databases that are asked over HTTP."""

from __future__ import annotations

from posture.collect.network.web.answer import Sign
from posture.collect.network.web.fingerprint import Fingerprint, Question

_INDICES = Question(
    "/_cat/indices?h=index&format=json",
    open=(Sign(body=r'\A\s*\[\s*(\]|\{\s*"index")'),),
    closed=(Sign((401, 403), r"security_exception|Unauthorized"), Sign((401, 403))),
)
_CLICKHOUSE = ("x-clickhouse-exception-code", r"^(192|193|194|516|497)$")  # unknown user, password, no right

FINGERPRINTS = (
    Fingerprint(  # Elasticsearch reference: cluster information, cat indices, security_exception
        "elasticsearch",
        ports=(9200,),
        home=(Sign(body=r'"You Know, for Search"'), Sign((401,), r"security_exception")),
        questions=(
            Question(
                "/",
                known=(Sign(body=r'"You Know, for Search"'), Sign((401,), r'"type"\s*:\s*"security_exception"')),
                closed=(Sign((401,), r'"type"\s*:\s*"security_exception"'),),
                version=r'"number"\s*:\s*"([^"]+)"',
            ),
            _INDICES,
        ),
    ),
    Fingerprint(
        "opensearch",
        ports=(9200,),
        home=(
            Sign(body=r"The OpenSearch Project"),
            Sign((401,), header=("www-authenticate", r"OpenSearch Security")),
        ),
        questions=(
            Question(
                "/",
                known=(
                    Sign(body=r"The OpenSearch Project"),
                    Sign((401,), header=("www-authenticate", r"OpenSearch Security")),
                ),
                closed=(Sign((401,), header=("www-authenticate", r"OpenSearch Security")),),
                version=r'"number"\s*:\s*"([^"]+)"',
            ),
            _INDICES,
        ),
    ),
    Fingerprint(  # CouchDB HTTP API
        "couchdb",
        ports=(5984, 6984),
        home=(Sign(body=r'"couchdb"\s*:\s*"Welcome"'),),
        questions=(
            Question(
                "/",
                known=(Sign(body=r'"couchdb"\s*:\s*"Welcome"'), Sign((401,), header=("server", r"^CouchDB/"))),
                closed=(Sign((401,), header=("server", r"^CouchDB/")),),
                version=r'"version"\s*:\s*"([^"]+)"',
            ),
            Question(
                "/_all_dbs?limit=1",
                open=(Sign(body=r'\A\s*\[(?=\s*(\]|"))'),),
                closed=(Sign((401, 403), r'"error"\s*:\s*"(unauthorized|forbidden)"'),),
            ),
        ),
    ),
    Fingerprint(  # InfluxDB API 1.x and 2.x: every answer names the version in a header
        "influxdb",
        ports=(8086,),
        home=(Sign((), header=("x-influxdb-version", r"^v?\d")),),
        questions=(
            Question(
                "/ping",
                known=(Sign((200, 204), header=("x-influxdb-version", r"^v?\d")),),
                version=r"^x-influxdb-version: v?(\S+)$",
            ),
            Question(
                "/query?q=SHOW%20DATABASES",
                open=(Sign(body=r'\A\s*\{"results":\[\{"statement_id":0,"series"'),),
                closed=(Sign((401, 403), r"credentials|unauthorized|authoriz"),),
            ),
            Question(
                "/api/v2/buckets?limit=1",
                open=(Sign(body=r'"buckets":\s*\['),),
                closed=(Sign((401,), r'"code":\s*"unauthorized"'),),
            ),
        ),
    ),
    Fingerprint(  # ClickHouse HTTP interface
        "clickhouse",
        ports=(8123,),
        home=(Sign((), header=("x-clickhouse-summary", r".")), Sign(body=r"\AOk\.\n\Z")),
        questions=(
            Question(
                "/?query=SELECT%201",
                open=(Sign(body=r"\A1\n\Z", header=("x-clickhouse-query-id", r".")),),
                known=(Sign((), header=_CLICKHOUSE), Sign((401, 403), r"DB::Exception")),
                closed=(Sign((), header=_CLICKHOUSE), Sign((401, 403), r"DB::Exception.{0,200}Authentication failed")),
                version=r"\(version (\d[\d.]*)",
            ),
        ),
    ),
    Fingerprint(  # Apache Solr reference: System Information; who may ask it may usually add a core
        "solr",
        ports=(8983,),
        home=(Sign((301, 302, 307), header=("location", r"/solr/?$")), Sign(body=r"<title>Solr Admin</title>")),
        questions=(
            Question(
                "/solr/admin/info/system?wt=json",
                open=(Sign(body=r'"solr-spec-version"\s*:\s*"[\d.]+"'),),
                known=(Sign((401,), header=("www-authenticate", r"solr")),),
                closed=(Sign((401,), header=("www-authenticate", r"solr")),),
                version=r'"solr-spec-version"\s*:\s*"([^"]+)"',
            ),
        ),
    ),
    Fingerprint(  # MinIO and its S3 API: the list of buckets
        "minio",
        ports=(9000,),
        home=(Sign((), header=("server", r"^MinIO")),),
        questions=(
            Question(
                "/",
                open=(Sign(body=r"<ListAllMyBucketsResult", header=("server", r"^MinIO")),),
                known=(Sign((), header=("server", r"^MinIO")),),
                closed=(Sign((403,), r"<Code>AccessDenied</Code>"),),
            ),
        ),
    ),
)
