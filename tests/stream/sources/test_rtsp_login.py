import re

import pytest

from stream.sources.rtsp_login import Login, digest_response, parse_parameters

RFC_7616 = {
    "realm": "http-auth@example.org",
    "nonce": "7ypf/xlj9XXwfDPEoM4URrv/xwf94BcCAzFZH4GiTo0v",
    "nc": "00000001",
    "cnonce": "f2/wE4q74E6zIJEtWaHKaf5wv/H5QzzpXusqGemxURZJ",
}


@pytest.mark.parametrize(
    ("algorithm", "expected"),
    [
        ("MD5", "8ca523f5e9506fed4657c9700eebdbec"),
        ("SHA-256", "753927fa0e85d155564e2e272a28d1802ca10daf4496794697cf8db5856cb6c1"),
    ],
)
def test_digest_is_that_of_the_standards_own_example(algorithm: str, expected: str) -> None:
    parameters = {**RFC_7616, "algorithm": algorithm}
    assert digest_response("Mufasa", "Circle of Life", "GET", "/dir/index.html", parameters) == expected


def test_basic_is_that_of_the_standards_own_example() -> None:
    login = Login("Aladdin", "open sesame")
    login.demand(['Basic realm="x"'])
    assert login.answer("DESCRIBE", "rtsp://c/") == "Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ=="


def test_strongest_known_way_is_taken() -> None:
    login = Login("nurse", "pw")
    login.demand(
        [
            'Digest realm="c", nonce="n", algorithm=SHA-256, qop="auth"',
            'Basic realm="c"',
            'Digest realm="c", nonce="n"',
            'Digest realm="c", nonce="n", algorithm=TOO-NEW',
        ]
    )
    answer = login.answer("PLAY", "rtsp://c/a")
    given = parse_parameters(answer.partition(" ")[2])
    assert given["algorithm"] == "SHA-256"
    assert given["response"] == digest_response("nurse", "pw", "PLAY", "rtsp://c/a", given)
    assert given["nc"] == "00000001"
    assert parse_parameters(login.answer("PLAY", "rtsp://c/a"))["nc"] == "00000002"


def test_unknown_way_is_not_answered() -> None:
    login = Login("nurse", "pw")
    login.demand(["Bearer realm=c", 'Digest realm="c", algorithm=TOO-NEW'])
    assert not login.is_demanded


def test_password_stands_in_no_text() -> None:
    login = Login("nurse", "geheim")
    login.demand(['Digest realm="c", nonce="n"'])
    assert not re.search("geheim", repr(login) + login.answer("PLAY", "rtsp://c/a"))
