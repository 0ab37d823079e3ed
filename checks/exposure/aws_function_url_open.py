from __future__ import annotations

from checks.aws import unseen
from checks.aws_public import about, gaps_of
from checks.wording import count, listed
from posture.sdk import (
    AwsOpenings,
    Evidence,
    FunctionUrl,
    FunctionUrls,
    Iterator,
    Severity,
    Verdict,
    Whom,
    check,
    fail,
    passed,
)

_ACTION = "lambda:invokefunctionurl"


@check(
    "exposure.aws-function-url-open",
    title="A Lambda function answers everybody on the internet",
    clause="4.4",
    severity=Severity.MEDIUM,
    controls=(
        "cis@8.1:3.3",
        "iso27001@2022:A.8.3",
        "nist-csf@2.0:PR.AA-05",
        "nist-800-53@5:AC-3", "nist-800-53@5:AC-6",
        "nis2@2022:21(2)(i)",
        "pci-dss@4.0.1:1.4.4",
        "soc2@2017:CC6.1", "soc2@2017:CC6.6",
        "bsi-c5@2020:OPS-23",
    ),
)  # fmt: skip
def aws_function_url_open(urls: FunctionUrls, openings: AwsOpenings) -> Iterator[Verdict]:
    """A function has a URL that asks nobody who he is (AuthType NONE).

    Whether it answers is said by the function's policy, too: where that lets nobody use the URL, AWS answers 403, and
    it is for information only; one statement more would open it. Where the policy was not told it weighs as if it did.

    It is wrong where the function is meant for everybody, or checks by itself who calls (a signature of a webhook, a
    token): that is not visible from here.
    """
    open_urls = [url for url in urls.urls if not url.login]
    for url in open_urls:
        yield _failed(url, urls, openings)
    gaps = gaps_of(urls.gaps, "lambda:")
    yield from unseen(gaps)
    if not open_urls and not gaps:
        yield passed(
            f"None of {count(len(urls.urls), 'URL')} of {count(urls.functions, 'function')} in "
            f"{count(len(urls.regions), 'region')} ({listed(urls.regions)}) lets everybody in"
        )


def _failed(url: FunctionUrl, urls: FunctionUrls, openings: AwsOpenings) -> Verdict:
    name = f"{url.function}:{url.alias}" if url.alias else url.function
    unknown = any(gap.action == "lambda:GetPolicy" and gap.about in {name, ""} for gap in openings.gaps)
    answers = _lets_in(url, openings)
    what = "answers everybody" if answers else "asks for no login; its policy was not told"
    if not answers and not unknown:
        what = "asks for no login, and answers 403 since its policy lets nobody in"
    return fail(
        f"The URL of function {name} in {url.region} {what}",
        subject=f"{url.region} {name}",
        severity=None if answers or unknown else Severity.INFO,
        evidence=[Evidence("lambda:ListFunctionUrlConfigs", f"{url.url} AuthType NONE", urls.observed)],
        function=url.function,
        alias=url.alias,
        region=url.region,
        url=url.url,
        answers=answers or unknown,
    )


def _lets_in(url: FunctionUrl, openings: AwsOpenings) -> bool:
    return any(
        one.arn == url.arn and one.whom is Whom.ANYONE and not one.limits and about(one.actions, _ACTION)
        for one in openings.openings
    )
