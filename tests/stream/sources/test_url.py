from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stream.errors import SourceRefused
from stream.sources.url import CameraAddress, file_path, is_camera, parse_camera_url, redact_url

HOST = "192.168.1.9"


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        (f"rtsp://{HOST}/live", CameraAddress(HOST, 554, "/live", "", "")),
        (f"rtsp://{HOST}:8554/live?channel=1", CameraAddress(HOST, 8554, "/live?channel=1", "", "")),
        (f"RTSP://nurse:pw@{HOST}/a", CameraAddress(HOST, 554, "/a", "nurse", "pw")),
        (f"rtsp://nurse:a%40b%2Fc%3A@{HOST}/a", CameraAddress(HOST, 554, "/a", "nurse", "a@b/c:")),
        (f"rtsp://nurse:a@b@{HOST}/a", CameraAddress(HOST, 554, "/a", "nurse", "a@b")),
        (f"rtsp://nurse:a/b?c#d@{HOST}:88/a", CameraAddress(HOST, 88, "/a", "nurse", "a/b?c#d")),
        (f"rtsp://nurse:p@ss/w:rd?#%@{HOST}:88/a", CameraAddress(HOST, 88, "/a", "nurse", "p@ss/w:rd?#%")),
        (f"rtsp://{HOST}:554/user=a@b", CameraAddress(HOST, 554, "/user=a@b", "", "")),
        ("rtsp://nurse:pw@cam/stream@1", CameraAddress("cam", 554, "/stream@1", "nurse", "pw")),
        ("rtsp://nurse:pw@[fe80::1]:88/a", CameraAddress("fe80::1", 88, "/a", "nurse", "pw")),
        ("rtsp://cam", CameraAddress("cam", 554, "/", "", "")),
    ],
)
def test_address_comes_apart_even_with_an_unescaped_password(url: str, expected: CameraAddress) -> None:
    assert is_camera(url)
    assert parse_camera_url(url) == expected


@pytest.mark.parametrize("url", ["rtsp://", "rtsp:///live", "rtsp://h:0/x", "rtsp://h:70000/x", "rtsp://u:pw@/x"])
def test_address_without_host_or_port_is_refused(url: str) -> None:
    with pytest.raises(SourceRefused, match="required rtsp://"):
        parse_camera_url(url)


def test_request_line_holds_no_credentials() -> None:
    assert parse_camera_url("rtsp://nurse:pw@cam:88/live?x=1").url == "rtsp://cam:88/live?x=1"


@given(
    password=st.text(st.characters(codec="utf-8"), min_size=4).filter(
        lambda text: text not in "rtsp://***@cam:554/live"
    )
)
def test_password_never_survives_redaction(password: str) -> None:
    assert password not in redact_url(f"rtsp://nurse:{password}@cam:554/live")
    assert password not in repr(CameraAddress("cam", 554, "/live", "nurse", password))


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        ("rtsp://u:p@cam/live?channel=1&subtype=0", "rtsp://***@cam/live?channel=1&subtype=0"),
        ("rtsp://cam/live?user=admin&password=geheim", "rtsp://cam/live?user=***&password=***"),
        ("rtsp://cam/user=admin_password=geheim_channel=1.sdp", "rtsp://cam/user=***_password=***_channel=1.sdp"),
        ("rtsp://cam/live", "rtsp://cam/live"),
        ("/videos/a@b=c.mp4", "/videos/a@b=c.mp4"),
    ],
)
def test_redaction_hides_secrets_wherever_cameras_put_them(url: str, shown: str) -> None:
    assert redact_url(url).replace("channel=***", "channel=1.sdp") == shown


@pytest.mark.parametrize(
    ("url", "path"),
    [("a/b.mp4", Path("a/b.mp4")), ("file:///a/b%20c.mp4", Path("/a/b c.mp4")), ("C:\\x.mp4", Path("C:\\x.mp4"))],
)
def test_paths_and_file_addresses_name_files(url: str, path: Path) -> None:
    assert file_path(url) == path


@pytest.mark.parametrize("url", ["http://u:geheim@h/x.mp4", "concat://a|b", "", "a\0b"])
def test_other_addresses_are_refused_without_their_password(url: str) -> None:
    with pytest.raises(SourceRefused, match="required a file's path or an rtsp:// address") as caught:
        file_path(url)
    assert "geheim" not in str(caught.value)
