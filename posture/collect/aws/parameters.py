"""Parameters of Systems Manager that are kept in clear though their names say that they are secrets.

Only the list of names and types is asked for (ssm:DescribeParameters), never a value.
"""

from __future__ import annotations

from posture.collect.aws.api import Call
from posture.collect.aws.asked import Asked
from posture.collect.aws.fields import moment, text
from posture.collect.aws.regional import listed
from posture.collect.leaks.core.parsers.names import rule_of
from posture.facts.aws.leaks import PlainParameter, PlainParameters
from posture.facts.factset import Facts

_IN_CLEAR = ("String", "StringList")
_FILTER = {"ParameterFilters": [{"Key": "Type", "Option": "Equals", "Values": list(_IN_CLEAR)}], "MaxResults": 50}


def read_parameters(asked: Asked) -> Facts:
    """`PlainParameters`."""
    told = listed(asked, Call("ssm", "DescribeParameters", _FILTER), "Parameters")
    plain = [(region, one) for region, one in told.items if text(one, "Type") in _IN_CLEAR]
    found = tuple(
        PlainParameter(text(one, "Name", most=2_048), region, text(one, "Type"), moment(one, "LastModifiedDate"))
        for region, one in plain
        if says_secret(text(one, "Name", most=2_048))
    )
    return {PlainParameters: PlainParameters(found, len(plain), asked.api.regions, told.gaps, asked.at)}


def says_secret(name: str) -> bool:
    """Whether a parameter's name (``/shop/db/password``) says that it is a secret: by its last part and that before."""
    levels = [level for level in name.split("/") if level]
    return bool(levels) and bool(rule_of(levels[-1].encode()) or rule_of("_".join(levels[-2:]).encode()))
