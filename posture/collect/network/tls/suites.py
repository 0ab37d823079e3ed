"""Protocol versions and cipher suites by their numbers (IANA, "TLS Cipher Suites"; RFC 8446, RFC 5246, RFC 6101).

Weak are, by family: no encryption and no authentication of the server (RFC 9325, 4.1), EXPORT (RFC 9325, 4.1), RC4
(RFC 7465), DES and IDEA (RFC 5469), 3DES (CVE-2016-2183; RFC 9325, 4.1: below 112 bits of security). CBC and static RSA
are not among them: RFC 9325 advises against static RSA and lets CBC be.
"""

from __future__ import annotations

from collections.abc import Mapping

SSL2, SSL3, TLS10, TLS11, TLS12, TLS13 = 0x0002, 0x0300, 0x0301, 0x0302, 0x0303, 0x0304
VERSIONS: Mapping[str, int] = {
    "SSLv2": SSL2, "SSLv3": SSL3, "TLSv1.0": TLS10, "TLSv1.1": TLS11, "TLSv1.2": TLS12, "TLSv1.3": TLS13,
}  # fmt: skip

WEAK: Mapping[str, Mapping[int, str]] = {
    "NULL": {
        0x0001: "TLS_RSA_WITH_NULL_MD5",
        0x0002: "TLS_RSA_WITH_NULL_SHA",
        0x003B: "TLS_RSA_WITH_NULL_SHA256",
        0xC001: "TLS_ECDH_ECDSA_WITH_NULL_SHA",
        0xC006: "TLS_ECDHE_ECDSA_WITH_NULL_SHA",
        0xC00B: "TLS_ECDH_RSA_WITH_NULL_SHA",
        0xC010: "TLS_ECDHE_RSA_WITH_NULL_SHA",
        0xC015: "TLS_ECDH_anon_WITH_NULL_SHA",
    },
    "anonymous": {
        0x0018: "TLS_DH_anon_WITH_RC4_128_MD5",
        0x001A: "TLS_DH_anon_WITH_DES_CBC_SHA",
        0x001B: "TLS_DH_anon_WITH_3DES_EDE_CBC_SHA",
        0x0034: "TLS_DH_anon_WITH_AES_128_CBC_SHA",
        0x003A: "TLS_DH_anon_WITH_AES_256_CBC_SHA",
        0x0046: "TLS_DH_anon_WITH_CAMELLIA_128_CBC_SHA",
        0x006C: "TLS_DH_anon_WITH_AES_128_CBC_SHA256",
        0x006D: "TLS_DH_anon_WITH_AES_256_CBC_SHA256",
        0x0089: "TLS_DH_anon_WITH_CAMELLIA_256_CBC_SHA",
        0x009B: "TLS_DH_anon_WITH_SEED_CBC_SHA",
        0x00A6: "TLS_DH_anon_WITH_AES_128_GCM_SHA256",
        0x00A7: "TLS_DH_anon_WITH_AES_256_GCM_SHA384",
        0xC016: "TLS_ECDH_anon_WITH_RC4_128_SHA",
        0xC017: "TLS_ECDH_anon_WITH_3DES_EDE_CBC_SHA",
        0xC018: "TLS_ECDH_anon_WITH_AES_128_CBC_SHA",
        0xC019: "TLS_ECDH_anon_WITH_AES_256_CBC_SHA",
    },
    "EXPORT": {
        0x0003: "TLS_RSA_EXPORT_WITH_RC4_40_MD5",
        0x0006: "TLS_RSA_EXPORT_WITH_RC2_CBC_40_MD5",
        0x0008: "TLS_RSA_EXPORT_WITH_DES40_CBC_SHA",
        0x000B: "TLS_DH_DSS_EXPORT_WITH_DES40_CBC_SHA",
        0x000E: "TLS_DH_RSA_EXPORT_WITH_DES40_CBC_SHA",
        0x0011: "TLS_DHE_DSS_EXPORT_WITH_DES40_CBC_SHA",
        0x0014: "TLS_DHE_RSA_EXPORT_WITH_DES40_CBC_SHA",
        0x0017: "TLS_DH_anon_EXPORT_WITH_RC4_40_MD5",
        0x0019: "TLS_DH_anon_EXPORT_WITH_DES40_CBC_SHA",
    },
    "RC4": {
        0x0004: "TLS_RSA_WITH_RC4_128_MD5",
        0x0005: "TLS_RSA_WITH_RC4_128_SHA",
        0xC002: "TLS_ECDH_ECDSA_WITH_RC4_128_SHA",
        0xC007: "TLS_ECDHE_ECDSA_WITH_RC4_128_SHA",
        0xC00C: "TLS_ECDH_RSA_WITH_RC4_128_SHA",
        0xC011: "TLS_ECDHE_RSA_WITH_RC4_128_SHA",
    },
    "DES": {
        0x0007: "TLS_RSA_WITH_IDEA_CBC_SHA",
        0x0009: "TLS_RSA_WITH_DES_CBC_SHA",
        0x000C: "TLS_DH_DSS_WITH_DES_CBC_SHA",
        0x000F: "TLS_DH_RSA_WITH_DES_CBC_SHA",
        0x0012: "TLS_DHE_DSS_WITH_DES_CBC_SHA",
        0x0015: "TLS_DHE_RSA_WITH_DES_CBC_SHA",
    },
    "3DES": {
        0x000A: "TLS_RSA_WITH_3DES_EDE_CBC_SHA",
        0x000D: "TLS_DH_DSS_WITH_3DES_EDE_CBC_SHA",
        0x0010: "TLS_DH_RSA_WITH_3DES_EDE_CBC_SHA",
        0x0013: "TLS_DHE_DSS_WITH_3DES_EDE_CBC_SHA",
        0x0016: "TLS_DHE_RSA_WITH_3DES_EDE_CBC_SHA",
        0xC003: "TLS_ECDH_ECDSA_WITH_3DES_EDE_CBC_SHA",
        0xC008: "TLS_ECDHE_ECDSA_WITH_3DES_EDE_CBC_SHA",
        0xC00D: "TLS_ECDH_RSA_WITH_3DES_EDE_CBC_SHA",
        0xC012: "TLS_ECDHE_RSA_WITH_3DES_EDE_CBC_SHA",
    },
}

# RSA, DHE, ECDHE, ECDH with AES, ChaCha20, CAMELLIA, SEED, ARIA; RSA, ECDSA and DSS certificates.
ORDINARY = (
    0xC02B, 0xC02C, 0xC02F, 0xC030, 0xCCA8, 0xCCA9, 0xCCAA, 0x009E, 0x009F, 0xC023, 0xC024, 0xC027, 0xC028, 0xC009,
    0xC00A, 0xC013, 0xC014, 0x0033, 0x0039, 0x0067, 0x006B, 0x009C, 0x009D, 0x003C, 0x003D, 0x002F, 0x0035, 0x0032,
    0x0038, 0x0040, 0x006A, 0x00A2, 0x00A3, 0x0041, 0x0084, 0x0044, 0x0087, 0x0045, 0x0088, 0x00BA, 0x00BE, 0x00C0,
    0x00C4, 0x0096, 0x0099, 0x009A, 0xC004, 0xC005, 0xC00E, 0xC00F, 0xC025, 0xC026, 0xC029, 0xC02A, 0xC02D, 0xC02E,
    0xC031, 0xC032, 0xC09C, 0xC09D, 0xC09E, 0xC09F, 0xC0A0, 0xC0A1, 0xC0A2, 0xC0A3, 0xC0AC, 0xC0AD, 0xC0AE, 0xC0AF,
    0xC050, 0xC051, 0xC052, 0xC053, 0xC05C, 0xC05D, 0xC060, 0xC061, 0xC072, 0xC073, 0xC076, 0xC077,
)  # fmt: skip
OF_TLS13 = (0x1301, 0x1302, 0x1303, 0x1304, 0x1305)
_FAMILY = {number: family for family, suites in WEAK.items() for number in suites}


def every_suite(version: int) -> tuple[int, ...]:
    """All suites to ask for when the version is what matters; SSL 3.0 gets those of its time only."""
    if version == TLS13:
        return OF_TLS13
    suites = (*ORDINARY, *_FAMILY)
    return tuple(suite for suite in suites if suite < 0x0100) if version == SSL3 else suites


def of_families(families: tuple[str, ...], version: int) -> tuple[int, ...]:
    """The weak suites of these families that the version can have."""
    suites = tuple(number for family in families for number in WEAK[family])
    return tuple(suite for suite in suites if suite < 0x0100) if version == SSL3 else suites


def family_of(suite: int) -> str:
    """The weak family of a suite, empty when it is in none."""
    return _FAMILY.get(suite, "")
