"""Files a token may stand in: each takes the token and gives path and text around it."""

from __future__ import annotations

from collections.abc import Callable

Frame = Callable[[str], tuple[str, str, str]]  # token -> path, text, encoding

FRAMES: tuple[tuple[str, Frame], ...] = (
    (
        "python",
        lambda t: ("app/client.py", f'import os\n\n\nclass Client:\n    credential = "{t}"  # moved soon\n', "utf-8"),
    ),
    ("ci-yaml", lambda t: (".gitlab-ci.yml", f"deploy:\n  stage: deploy\n  script:\n    - ./ship.sh '{t}'\n", "utf-8")),
    (
        "json-escapes",
        lambda t: ("settings.json", f'{{"note": "say \\"hi\\"\\n", "credential": "{t}", "n": 3}}\n', "utf-8"),
    ),
    (
        "javascript",
        lambda t: ("public/js/app.js", f"const client = connect({{credential:'{t}',retries:3}});\n", "utf-8"),
    ),
    (
        "crlf",
        lambda t: ("config.ini", f"[remote]\r\nhost = api.acme.io\r\ncredential = {t}\r\nretries = 3\r\n", "utf-8"),
    ),
    (
        "log",
        lambda t: (
            "var/log/app.log",
            f"2026-03-01T10:00:00Z INFO start\n2026-03-01T10:00:01Z DEBUG using {t}\n",
            "utf-8",
        ),
    ),
    ("only-token", lambda t: ("notes/credential.txt", t, "utf-8")),
    (
        "html",
        lambda t: (
            "public/index.html",
            f"<html>\n<body>\n<script>\n  init('{t}');\n</script>\n</body></html>\n",
            "utf-8",
        ),
    ),
    ("utf-16", lambda t: ("export.txt", f"Exported settings\r\n{t}\r\n", "utf-16")),
    (
        "php",
        lambda t: ("src/Mailer.php", f"<?php\n\n// sends\n$client = new Client('{t}', ['timeout' => 3]);\n", "utf-8"),
    ),
    (
        "long-line",
        lambda t: ("dist/bundle.js", "var a=[" + "0x1f,'lorem'," * 3000 + f"'{t}'," + "1,2," * 500 + "];\n", "utf-8"),
    ),
    ("markdown", lambda t: ("RUNBOOK.md", f"# Deploy\n\n1. log in\n2. use `{t}` when asked\n", "utf-8")),
    ("first-line", lambda t: ("tmp/paste", f"{t}\nand the rest of the notes\n", "utf-8")),
    (
        "header",
        lambda t: ("bin/sync.sh", f'#!/bin/sh\ncurl -s -H "X-Auth: {t}" https://api.acme.io/v1/sync\n', "utf-8"),
    ),
    (
        "xml",
        lambda t: (
            "conf/settings.xml",
            f"<settings>\n\t<server>\n\t\t<id>{t}</id>\n\t</server>\n</settings>\n",
            "utf-8",
        ),
    ),
    ("no-newline", lambda t: ("conf.d/last.conf", f"retries 3\nhost api.acme.io\ncredential {t}", "utf-8")),
    ("diff", lambda t: ("change.patch", f"--- a/x\n+++ b/x\n@@ -1 +1 @@\n-old\n+new {t}\n", "utf-8")),
    ("terraform", lambda t: ("main.tf", f'provider "acme" {{\n  region = "fra1"\n  credential = "{t}"\n}}\n', "utf-8")),
    ("csv", lambda t: ("export/services.csv", f"id,service,credential,owner\n7,mail,{t},ops\n8,web,,ops\n", "utf-8")),
    ("latin-1", lambda t: ("notizen.txt", f"Für die Übergabe:\nSchlüssel {t} (läuft ab)\n", "latin-1")),
    ("comment", lambda t: ("lib/pay.rb", f"module Pay\n  # was: {t}\n  LIMIT = 3\nend\n", "utf-8")),
    ("yaml-folded", lambda t: ("values.yaml", f"service:\n  credential: >-\n    {t}\n  replicas: 2\n", "utf-8")),
    ("sql", lambda t: ("backup.sql", f"INSERT INTO `options` VALUES (1,'site','acme'),(2,'remote','{t}');\n", "utf-8")),
)
