"""Language packages, web applications and servers against advisories."""

from datetime import date, timedelta

import pytest
from feed_file import NOW, write_feed

from posture.advisories.feeds.records import Advisory, Affected, Cycle, Exploited, Scheme, State
from posture.advisories.flaws.book import AdvisoryBook
from posture.facts.host import Process
from posture.facts.network import Application, Login
from posture.facts.packages import Support
from posture.facts.services import Reach, Service, Services
from posture.facts.software import InstalledApplication, InstalledApplications, LanguagePackage, LanguagePackages
from posture.facts.unavailable import Unavailable
from posture.model.severity import Severity
from posture.model.verdict import Evidence


def osv(name: str, ecosystem: str, scheme: Scheme, about: str, *ranges: tuple[str, str], **changes) -> Advisory:
    """An advisory with ranges (introduced, fixed)."""
    lines = tuple(
        Affected(ecosystem, about, scheme, State.FIXED if fixed else State.UNFIXED, fixed, introduced)
        for introduced, fixed in ranges
    )
    return Advisory(name, lines, **changes)


def found(*packages: LanguagePackage) -> LanguagePackages:
    return LanguagePackages(packages, ("/srv",), 0, complete=True, observed=NOW)


def pypi(name: str, *ranges: tuple[str, str], **changes) -> Advisory:
    return osv(name, "PyPI", Scheme.PEP440, "django-cms", *ranges, **changes)


def cms(version: str, place: str = "/srv/app") -> LanguagePackage:
    return LanguagePackage("PyPI", "Django_CMS", version, place)


def test_names_compare_as_their_ecosystem_says(book) -> None:
    """Django_CMS is django-cms; the place and the version to install are told; a clean one is counted."""
    known = book(osv=[pypi("GHSA-1", ("", "3.7.4"), severity=Severity.HIGH)])
    answer = known.languages(found(cms("3.7.1"), cms("3.7.4", "/srv/new")), NOW)
    (flawed,) = answer.flawed
    assert (flawed.name, flawed.place, flawed.fixed) == ("Django_CMS", "/srv/app", "3.7.4")
    assert (answer.judged, answer.stale, answer.data_date) == (2, "", NOW)


def test_the_version_to_install_mends_all_and_has_no_other_flaw(book) -> None:
    """The lowest one on the same line that no known flaw holds; what nothing mends yet does not count."""
    known = book(
        osv=[
            pypi("A", ("1.0", "1.5"), ("2.0", "2.2")),
            pypi("B", ("2.0", "2.4")),
            pypi("C", ("2.4", "2.6")),  # came in with the version that mends B
            pypi("D", ("", "")),
        ]
    )
    (flawed,) = known.languages(found(cms("2.1")), NOW).flawed
    assert (sorted(flaw.id for flaw in flawed.flaws), flawed.fixed) == (["A", "B", "D"], "2.6")
    assert [f.id for f in known.languages(found(cms("1.2")), NOW).flawed[0].flaws] == ["A", "D"]
    assert known.languages(found(cms("1.2")), NOW).flawed[0].fixed == "1.5"


def test_another_feeds_advisory_hides_no_fix(book) -> None:
    """Advisories are numbered in each feed anew: what nothing mends in one is not the other's flaw."""
    known = book(osv=[pypi("A", ("", "1.5"))], own=[pypi("Z", ("1.4", ""))])
    assert known.languages(found(cms("1.2")), NOW).flawed[0].fixed == "1.5"


def test_a_malicious_package_is_critical(book) -> None:
    """OSV lists them by their versions and gives no score."""
    line = Affected("npm", "event-stream", Scheme.SEMVER, State.FIXED, introduced="3.3.6", last="3.3.6")
    known = book(osv=[Advisory("MAL-2026-1", (line,))])
    versions = [LanguagePackage("npm", "event-stream", version, "/srv") for version in ("3.3.6", "3.3.7")]
    (flawed,) = known.languages(found(*versions), NOW).flawed
    assert (flawed.version, flawed.fixed, flawed.flaws[0].severity) == ("3.3.6", "", Severity.CRITICAL)


def test_what_could_not_be_judged_is_named(book) -> None:
    """A version that does not parse, and an ecosystem without a feed."""
    known = book(osv=[pypi("GHSA-1", ("", "3.7.4"))])
    answer = known.languages(found(cms("not a version"), LanguagePackage("npm", "left-pad", "1.0.0", "/srv")), NOW)
    assert (answer.judged, answer.not_comparable, answer.no_data) == (0, ("Django_CMS not a version",), ("npm (1)",))
    assert isinstance(book().languages(found(LanguagePackage("RubyGems", "rack", "1", "/srv")), NOW), Unavailable)


def test_old_data_is_told(tmp_path) -> None:
    """Flaws are found in old data; that there are none cannot be said on it."""
    write_feed(tmp_path, "osv", [pypi("GHSA-1", ("", "3.7.4"))], fetched=NOW - timedelta(days=8))
    answer = AdvisoryBook(tmp_path).languages(found(cms("3.7.1")), NOW)
    assert answer.flawed
    assert answer.stale == "the feed osv has not been confirmed since 2026-11-14"


def bitnami(name: str, product: str, *ranges: tuple[str, str], **changes) -> Advisory:
    return osv(name, "Bitnami", Scheme.SEMVER, product, *ranges, **changes)


WORDPRESS = bitnami("BIT-wordpress-1", "wordpress", ("6.0.0", "6.4.3"), cves=("CVE-2026-1000",))
BRANCHES = [
    Cycle("wordpress", "6.4", Support.REGULAR, date(2024, 4, 2), "6.4.5", date(2023, 11, 7)),
    Cycle("wordpress", "7.1", Support.REGULAR, None, "7.1.2", date(2026, 8, 19)),
]


def on_disk(*applications: InstalledApplication) -> InstalledApplications:
    return InstalledApplications(applications, ("/var/www",), 0, complete=True, observed=NOW)


def test_an_application_is_judged_by_upstream(book) -> None:
    """A flaw of its version and the end of its branch; the way out is a branch that still gets fixes."""
    known = book(app=[WORDPRESS], eol=BRANCHES)
    (flawed,) = known.applications(on_disk(InstalledApplication("wordpress", "6.4.2", "/var/www/a")), NOW).flawed
    assert [flaw.id for flaw in flawed.flaws] == ["BIT-wordpress-1", "end-of-life:wordpress-6.4"]
    assert (flawed.fixed, flawed.flaws[1].severity) == ("7.1.2", None)
    assert known.applications(on_disk(InstalledApplication("wordpress", "7.1.0", "/var/www/a")), NOW).flawed == ()


def test_an_application_without_data_is_named(book) -> None:
    """Plug-ins and unknown products are no pass, nor is a product that does not tell its version."""
    known = book(app=[WORDPRESS])
    answer = known.applications(
        on_disk(
            InstalledApplication("wordpress", "", "/var/www/a"),
            InstalledApplication("wordpress", "5.0", "/var/www/a", "plugin/akismet"),
            InstalledApplication("unheard-of", "1", "/var/www/b"),
        ),
        NOW,
    )
    assert answer.not_comparable == ("wordpress in /var/www/a (does not tell its version)",)
    assert answer.no_data == ("wordpress plugin/akismet 5.0", "unheard-of 1")
    assert isinstance(known.applications(on_disk(InstalledApplication("unheard-of", "1", "/b")), NOW), Unavailable)


NGINX = bitnami("BIT-nginx-1", "nginx", ("0.6.18", "1.20.1"), cves=("CVE-2021-23017",), severity=Severity.CRITICAL)
GREETING = Evidence("nmap", "open", NOW)


def server(product: str, version: str, **changes) -> Service:
    typical = {
        "address": "198.51.100.2", "port": 80, "protocol": "tcp", "name": "http", "reach": Reach.OUTSIDE,
        "login": Login.UNKNOWN, "login_reason": "", "seen": "", "process": None, "evidence": (GREETING,),
    }  # fmt: skip
    return Service(product=product, version=version, **(typical | changes))


def answer_for(known: AdvisoryBook, *services: Service):
    return known.servers(Services(services, "", NOW), NOW)


def test_a_server_is_judged_by_the_version_it_tells(book) -> None:
    """Under the service's own address, ranked as everything else."""
    known = book(app=[NGINX], kev=[Exploited("CVE-2021-23017", date(2026, 1, 2), None)])
    (flawed,) = answer_for(known, server("nginx", "1.18.0")).flawed
    assert (flawed.place, flawed.version, flawed.fixed) == ("198.51.100.2:80/tcp", "1.18.0", "1.20.1")
    assert flawed.flaws[0].exploited == date(2026, 1, 2)


@pytest.mark.parametrize(
    ("product", "version", "greeting"),
    [
        ("nginx", "1.18.0-6ubuntu14.4", "open"),
        ("nginx", "1.18.0", "Server: nginx/1.18.0 (Ubuntu)"),
        ("nginx", "1.14.1-9.module_el8.0.0", "Server: nginx on CentOS"),
        ("nginx", "1.20.1-14.el9", "open"),
        ("MySQL", "5.5.5-10.6.12-MariaDB-0+deb11u1", "open"),
    ],
)
def test_a_distributions_build_is_told_and_not_judged(product, version, greeting, book) -> None:
    """Its flaws are mended without a change of the version."""
    known = book(app=[NGINX, bitnami("BIT-mariadb-1", "mariadb", ("", "10.6.20"))])
    answer = answer_for(known, server(product, version, evidence=(Evidence("nmap", greeting, NOW),)))
    assert (answer.flawed, answer.judged, len(answer.distribution)) == ((), 0, 1)


def test_mariadb_speaks_with_mysqls_prefix(book) -> None:
    """The version behind 5.5.5- is MariaDB's own."""
    known = book(app=[bitnami("BIT-mariadb-1", "mariadb", ("", "10.6.20"))])
    (flawed,) = answer_for(known, server("MySQL", "5.5.5-10.6.12-MariaDB-log", port=3306)).flawed
    assert (flawed.name, flawed.version) == ("MariaDB", "10.6.12")


def test_a_server_seen_from_inside_is_its_distributions(book) -> None:
    """Its package is known, and upstream's versions are not asked."""
    inside = server("nginx", "1.18.0", process=Process(1, "nginx", package="nginx-core"))
    answer = answer_for(book(app=[NGINX]), inside)
    assert (answer.flawed, answer.inside) == ((), ("198.51.100.2:80/tcp",))


def test_what_listens_on_loopback_tells_the_network_nothing(book) -> None:
    """Only servers that can be reached are judged."""
    answer = answer_for(book(app=[NGINX]), server("nginx", "1.18.0", reach=Reach.LOOPBACK))
    assert (answer.flawed, answer.judged) == ((), 0)


def test_applications_behind_a_server_are_judged_too(book) -> None:
    """Whoever built the server in front, the application is by its makers."""
    grafana = bitnami("BIT-grafana-1", "grafana", ("", "10.0.0"))
    front = server(
        "nginx", "", evidence=(Evidence("nmap", "nginx (Ubuntu)", NOW),),
        applications=(Application("grafana", "/", Login.REQUIRED, version="9.5.1"),),
    )  # fmt: skip
    (flawed,) = answer_for(book(app=[grafana]), front).flawed
    assert (flawed.name, flawed.fixed) == ("grafana", "10.0.0")


def test_a_server_that_no_data_knows_is_no_pass(book) -> None:
    """Nor is one whose version cannot be compared."""
    known = book(app=[NGINX])
    answer = answer_for(known, server("nginx", "mainline"), server("OpenSSH", "9.2p1", port=22))
    assert answer.not_comparable == ("nginx mainline at 198.51.100.2:80/tcp",)
    assert answer.no_data == ("OpenSSH 9.2p1 at 198.51.100.2:22/tcp",)
    assert isinstance(answer_for(known, server("OpenSSH", "9.2p1")), Unavailable)


def test_the_ends_of_branches_alone_acquit_nothing(tmp_path) -> None:
    """Without advisories an ended branch is told, yet no version counts as judged: each is named as not known."""
    write_feed(tmp_path, "endoflife", list(BRANCHES))
    installed = on_disk(
        InstalledApplication("wordpress", "7.1.0", "/a"), InstalledApplication("wordpress", "6.4.1", "/b")
    )

    answer = AdvisoryBook(tmp_path).applications(installed, NOW)

    assert [software.place for software in answer.flawed] == ["/b"]
    assert answer.judged == 0
    assert answer.no_data == ("wordpress 7.1.0 (no advisories at hand)", "wordpress 6.4.1 (no advisories at hand)")


def test_the_package_of_a_server_says_nothing_of_the_application_behind(book) -> None:
    """An application told through a packaged server is judged: that package does not hold it."""
    known = book(bitnami=[bitnami("BIT-wordpress-1", "wordpress", ("0", "6.0.0"))])
    process = Process(1, "nginx", "/usr/sbin/nginx", package="nginx")
    told = (Application("wordpress", "/", Login.UNKNOWN, version="4.9.1"),)

    answer = answer_for(known, server("nginx", "1.26.0", process=process, applications=told))

    assert [software.name for software in answer.flawed] == ["wordpress"]


@pytest.mark.parametrize("forwarder", ["docker-ce", "haproxy", "openssh-server"])
def test_the_package_of_a_forwarder_says_nothing_of_the_server_behind(book, forwarder) -> None:
    """docker-proxy listens, an old nginx in a container answers: nobody else judges that one."""
    process = Process(1, "docker-proxy", "/usr/bin/docker-proxy", package=forwarder)
    (flawed,) = answer_for(book(app=[NGINX]), server("nginx", "1.18.0", process=process)).flawed
    assert (flawed.name, flawed.version) == ("nginx", "1.18.0")
