"""Every token of a documented form, in two kinds of file each, and several of them together."""

from __future__ import annotations

from collections.abc import Iterator

from leak_cases.case import Case, case, leak, may
from leak_cases.draw import Draw
from leak_cases.frames import FRAMES
from leak_cases.tokens import TOKENS, aws_key_id, discord_bot, jwt, slack_bot


def cases() -> Iterator[Case]:
    for at, (rule, source, make) in enumerate(TOKENS):
        for turn in range(2):
            frame_name, frame = FRAMES[(at * 2 + turn * 11 + at // len(FRAMES)) % len(FRAMES)]
            name = f"{rule}-{at}-{frame_name}"
            path, text, encoding = frame(leak(rule, make(Draw(name))))
            yield case(name, path, text, source, encoding=encoding)
    yield from together()


def together() -> Iterator[Case]:
    d = Draw("together")
    yield case(
        "two-on-a-line",
        "deploy/run.sh",
        f"sync {leak('github-token', d.crc('ghp_'))} {leak('github-token', d.crc('ghs_'))}\n",
        "github.blog token formats",
    )
    yield case(
        "three-kinds-on-a-line",
        "debug.log",
        f"10:00 DEBUG keys={leak('github-token', d.crc('ghp_'))},{leak('npm-token', d.crc('npm_'))},"
        f"{leak('digitalocean-token', 'dop_' + 'v1_' + d.hex(64))}\n",
        "vendors' formats",
    )
    lines = [f"svc{n}: {leak('github-token', d.crc('ghp_'))}" for n in range(8)]
    yield case("eight-lines", "inventory.txt", "\n".join(lines), "github.blog token formats")
    same = d.crc("gho_")
    yield case(
        "same-twice",
        "a.txt",
        f"one {leak('github-token', same)}\n\ntwo {leak('github-token', same)}\n",
        "the same value at two lines is told at both",
    )
    yield case(
        "beside-lookalikes",
        "README.md",
        f"Not ghp_{'x' * 36}\nbut {leak('github-token', d.crc('ghp_'))}\nand not AKIA{'X' * 16}\n",
        "a placeholder does not hide its neighbour",
    )
    yield case(
        "jwt-expired",
        "trace.log",
        f"GET /me Bearer {leak('json-web-token', jwt(d, {'sub': d.uuid(), 'exp': 1500000000}))}\n",
        "RFC 7519 4.1.4: an ended token is told as ended",
    )
    yield case(
        "jwt-service-role",
        "src/supabase.ts",
        "const anon = process.env.ANON;\nconst service = '"
        + leak(
            "json-web-token|supabase-key",
            jwt(d, {"iss": "supabase", "ref": d.alnum(20), "role": "service_role", "exp": 4102444800}),
        )
        + "';\n",
        "Supabase API keys: service_role",
    )
    yield case(
        "jwt-in-url",
        "access.log",
        f'10.0.0.1 - - [01/Mar/2026] "GET /file?id=3&jwt={leak("json-web-token", jwt(d))}&x=1 HTTP/1.1" 200 12\n',
        "RFC 7519",
    )
    yield case(
        "pretty-diff",
        "fix.patch",
        f"@@ -1,2 +1,2 @@\n-KEY={leak('aws-access-key-id', aws_key_id(d))}\n+KEY=${{KEY}}\n",
        "a removed line is still published",
    )
    yield case(
        "notebook",
        "train.ipynb",
        '{"cells": [{"cell_type": "code", "source": [\n  "from hub import login\\n",\n  "login(\\"'
        + leak("huggingface-token", "hf" + "_" + d.of("abcdefghijkLMNOPQRSTUVWXYZ", 34))
        + '\\")"\n ]}]}\n',
        "huggingface.co user access tokens",
    )
    yield case(
        "har",
        "session.har",
        '{"log":{"entries":[{"request":{"headers":[{"name":"Authorization","value":"Bot '
        + leak("discord-bot-token", discord_bot(d))
        + '"}]}}]}}',
        "discord.com developers reference",
    )
    yield case(
        "slack-in-python-dict",
        "bot/config.py",
        f"CONFIG = {{\n    'slack': {{\n        'bot': '{leak('slack-token', slack_bot(d))}',\n    }},\n}}\n",
        "docs.slack.dev tokens",
    )
    yield case(
        "git-remote",
        ".git/config",
        '[remote "origin"]\n\turl = https://x-access-token:'
        + leak("github-token|url-password|stored-login", d.crc("ghp_"))
        + "@github.com/acme/shop.git\n\tfetch = +refs/heads/*:refs/remotes/origin/*\n",
        "github.blog token formats; git-remote URLs",
    )
    yield case(
        "far-down",
        "var/log/big.log",
        "INFO heartbeat ok\n" * 20000 + f"WARN {leak('gitlab-token', 'gl' + 'pat-' + d.wordy(20))}\n",
        "GitLab token overview",
    )
    yield case(
        "after-nul",
        "core.bin",
        "ELF\0\0\0garbage\n\0\0" + may("github-token", d.crc("ghp_")) + "\0\0tail",
        "whether binary files are searched is the scanner's choice",
    )
