"""Both forms of the frame store hold to one contract; the files also to privacy, bounds and full disks."""

import os
import shutil
import stat
import subprocess
import sys
import textwrap
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from stream.embedded import EmbeddedServer
from stream.errors import BrokerUnavailable, FramesGone, FrameStoreFull
from stream.frames.address import open_frame_store
from stream.frames.files import FileFrameStore
from stream.frames.server import ServerFrameStore, decode_frames, encode_frames
from stream.frames.store import FrameStore, Preview

PREVIEW = Preview(
    jpeg=b"\xff\xd8\nJPEG\n\xff\xd9", captured_at=1234.5678, epoch=3, width=480, height=270, privacy="clear"
)


def smooth_frames(num_frames: int = 5, height: int = 48, width: int = 64) -> np.ndarray:
    """Gradients that JPEG keeps well."""
    rows, columns = np.mgrid[0:height, 0:width]
    frames = [np.stack([rows * 4 + k, columns * 3, rows + columns + k], axis=-1) for k in range(num_frames)]
    return np.asarray(frames).astype(np.uint8)


@pytest.fixture(params=["files", "server"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[FrameStore]:
    url = f"shm://{tmp_path}/frames" if request.param == "files" else request.getfixturevalue("frame_server_url")
    opened = open_frame_store(url)
    yield opened
    opened.close()


@pytest.fixture
def files(tmp_path: Path) -> FileFrameStore:
    return FileFrameStore(tmp_path / "frames")


def test_frames_come_back_as_they_were_put(store: FrameStore) -> None:
    frames = smooth_frames()
    store.put_chunk("cam", "1-0", frames)
    found = store.get_chunk("cam", "1-0")
    assert found.shape == frames.shape
    assert found.dtype == np.uint8
    tolerance = 0 if isinstance(store, FileFrameStore) else 4  # JPEG at quality 90
    assert np.abs(found.astype(int) - frames).mean() <= tolerance


def test_frames_cannot_be_written_through_what_get_returns(store: FrameStore) -> None:
    store.put_chunk("cam", "1-0", smooth_frames())
    with pytest.raises(ValueError, match="read-only"):
        store.get_chunk("cam", "1-0")[0] = 0


def test_a_chunk_that_is_not_there_is_gone(store: FrameStore) -> None:
    with pytest.raises(FramesGone, match="chunk 1-7 of source 'cam' is not"):
        store.get_chunk("cam", "1-7")


def test_the_newest_preview_replaces_the_one_before(store: FrameStore) -> None:
    assert store.latest_preview("cam") is None
    store.put_preview("cam", Preview(b"old", 1.0, 1, 2, 2, "clear"))
    store.put_preview("cam", PREVIEW)
    assert store.latest_preview("cam") == PREVIEW


def test_removing_a_source_leaves_the_others(store: FrameStore) -> None:
    for source_id in ("cam", "cam2"):
        store.put_chunk(source_id, "1-0", smooth_frames())
        store.put_preview(source_id, PREVIEW)
    store.remove_source("cam")
    with pytest.raises(FramesGone, match="cam"):
        store.get_chunk("cam", "1-0")
    assert store.latest_preview("cam") is None
    assert store.get_chunk("cam2", "1-0").shape == (5, 48, 64, 3)
    assert store.latest_preview("cam2") == PREVIEW


@pytest.mark.parametrize("name", ["../escape", "a/b", "", ".hidden", "a\n", "a b", "x" * 129, "né", "a*"])
def test_no_name_leads_out_of_the_store(store: FrameStore, name: str) -> None:
    with pytest.raises(ValueError, match="a chunk id must be up to 128 letters"):
        store.put_chunk("cam", name, smooth_frames())
    with pytest.raises(ValueError, match="a chunk id must be up to 128 letters"):
        store.get_chunk("cam", name)
    for use in (store.latest_preview, store.remove_source, lambda source_id: store.prune(source_id, 1)):
        with pytest.raises(ValueError, match="a source id must be up to 128 letters"):
            use(name)


@pytest.mark.parametrize("url", ["file:///tmp/x", "shm://relative", "/dev/shm/x", "http://host"])
def test_an_address_of_no_known_kind_is_refused(url: str) -> None:
    with pytest.raises(ValueError, match="a frame store's address must be shm:///DIRECTORY"):
        open_frame_store(url)


# -- files -------------------------------------------------------------------------------------------------------


def test_only_the_owner_can_read_frames(files: FileFrameStore, tmp_path: Path) -> None:
    files.put_chunk("cam", "1-0", smooth_frames())
    files.put_preview("cam", PREVIEW)
    for path in (tmp_path / "frames").rglob("*"):
        assert stat.S_IMODE(path.stat().st_mode) == (0o700 if path.is_dir() else 0o600), path
    assert stat.S_IMODE((tmp_path / "frames").stat().st_mode) == 0o700


def test_a_directory_that_was_open_to_others_is_closed(tmp_path: Path) -> None:
    (tmp_path / "frames").mkdir(mode=0o777)
    FileFrameStore(tmp_path / "frames")
    assert stat.S_IMODE((tmp_path / "frames").stat().st_mode) == 0o700


def test_a_directory_that_is_a_link_to_elsewhere_is_refused(tmp_path: Path) -> None:
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "frames").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(ValueError, match="must be a directory of our own"):
        FileFrameStore(tmp_path / "frames")


def test_a_store_whose_directory_was_taken_away_makes_it_again(files: FileFrameStore, tmp_path: Path) -> None:
    files.put_chunk("cam", "1-0", smooth_frames())
    shutil.rmtree(tmp_path / "frames")
    files.put_chunk("cam", "1-1", smooth_frames())
    files.put_preview("cam", PREVIEW)
    assert files.get_chunk("cam", "1-1").shape == (5, 48, 64, 3)
    assert stat.S_IMODE((tmp_path / "frames/cam").stat().st_mode) == 0o700


def test_frames_in_use_stay_good_when_their_chunk_is_removed(files: FileFrameStore) -> None:
    frames = smooth_frames()
    files.put_chunk("cam", "1-0", frames)
    found = files.get_chunk("cam", "1-0")
    files.remove_source("cam")
    np.testing.assert_array_equal(found, frames)


def test_a_chunk_cut_short_is_gone(files: FileFrameStore, tmp_path: Path) -> None:
    files.put_chunk("cam", "1-0", smooth_frames())
    path = tmp_path / "frames/cam/1-0.chunk"
    for length in (0, 3, 16, path.stat().st_size - 1):
        path.write_bytes(path.read_bytes()[:length])
        with pytest.raises(FramesGone, match="chunk 1-0 of source 'cam' is"):
            files.get_chunk("cam", "1-0")


def test_old_chunks_and_half_written_ones_are_pruned_and_the_preview_stays(
    files: FileFrameStore, tmp_path: Path
) -> None:
    for index in range(4):
        files.put_chunk("cam", f"1-{index}", smooth_frames())
    files.put_preview("cam", PREVIEW)
    leftover = tmp_path / "frames/cam/1-9.chunk.4242.part"
    leftover.write_bytes(b"half")
    for path in (*sorted((tmp_path / "frames/cam").glob("*.chunk"))[:2], leftover, tmp_path / "frames/cam/preview"):
        os.utime(path, (time.time() - 90, time.time() - 90))
    assert files.prune("cam", 60.0) == 3
    assert sorted(path.name for path in (tmp_path / "frames/cam").iterdir()) == ["1-2.chunk", "1-3.chunk", "preview"]
    assert files.prune("never-seen", 60.0) == 0


def test_a_source_keeps_its_newest_chunks_within_its_share(tmp_path: Path) -> None:
    frames = smooth_frames()
    store = FileFrameStore(tmp_path / "frames", max_bytes_per_source=3 * frames.nbytes + 64)
    for index in range(10):
        store.put_chunk("cam", f"1-{index}", frames)
    kept = {path.name for path in (tmp_path / "frames/cam").iterdir()}
    assert kept <= {"1-7.chunk", "1-8.chunk", "1-9.chunk"}
    assert "1-9.chunk" in kept


def test_the_share_counts_what_an_earlier_process_left(tmp_path: Path) -> None:
    frames = smooth_frames()
    FileFrameStore(tmp_path / "frames").put_chunk("cam", "1-0", frames)
    successor = FileFrameStore(tmp_path / "frames", max_bytes_per_source=frames.nbytes + 64)
    successor.put_chunk("cam", "2-0", frames)
    assert [path.name for path in (tmp_path / "frames/cam").iterdir()] == ["2-0.chunk"]


def test_a_store_that_may_write_no_more_says_so_and_leaves_nothing_half_written(tmp_path: Path) -> None:
    """In a process of its own, because a file size limit holds for all of a process."""
    script = f"""
        import resource, numpy as np
        from pathlib import Path
        from stream.errors import FrameStoreFull
        from stream.frames.files import FileFrameStore
        store = FileFrameStore(Path({str(tmp_path / "frames")!r}))
        store.put_chunk("cam", "1-0", np.zeros((1, 32, 32, 3), np.uint8))
        resource.setrlimit(resource.RLIMIT_FSIZE, (8192, 8192))
        try:
            store.put_chunk("cam", "1-1", np.zeros((8, 64, 64, 3), np.uint8))
        except FrameStoreFull as error:
            print(error)
        store.put_chunk("cam", "1-2", np.zeros((1, 32, 32, 3), np.uint8))
    """
    ended = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(script)], capture_output=True, text=True, timeout=30, check=True
    )
    assert "took no chunk of 98304 bytes from 'cam': File too large" in ended.stdout
    assert sorted(path.name for path in (tmp_path / "frames/cam").iterdir()) == ["1-0.chunk", "1-2.chunk"]


def test_a_full_disk_costs_the_oldest_chunks_of_the_source_first(small_disk: Path) -> None:
    store, frames = FileFrameStore(small_disk / "frames"), np.zeros((4, 128, 128, 3), np.uint8)
    for index in range(40):
        store.put_chunk("cam", f"1-{index}", frames)
    kept = sorted(path.name for path in (small_disk / "frames/cam").glob("*.chunk"))
    assert 2 <= len(kept) < 20
    assert "1-39.chunk" in kept


def test_a_disk_that_others_filled_refuses_frames_and_takes_them_again_when_there_is_room(small_disk: Path) -> None:
    store, frames = FileFrameStore(small_disk / "frames"), np.zeros((4, 128, 128, 3), np.uint8)
    system = os.statvfs(small_disk)
    ballast = small_disk / "ballast"
    with ballast.open("wb") as file:
        file.write(bytes(system.f_bavail * system.f_frsize - 65536))
    with pytest.raises(FrameStoreFull, match="took no chunk of 196608 bytes from 'cam': No space left on device"):
        store.put_chunk("cam", "1-0", frames)
    ballast.unlink()
    store.put_chunk("cam", "1-1", frames)
    assert [path.name for path in (small_disk / "frames/cam").iterdir()] == ["1-1.chunk"]


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of 4 MiB in memory."""
    mount = tmp_path / "disk"
    mount.mkdir()
    command = ["mount", "-t", "tmpfs", "-o", "size=4m", "tmpfs", str(mount)]
    if subprocess.run(command, capture_output=True, check=False).returncode:
        pytest.skip("mounting a small tmpfs needs more rights; the file size limit is tested instead")
    yield mount
    subprocess.run(["umount", "-l", str(mount)], check=True)


# -- the server --------------------------------------------------------------------------------------------------


def test_a_server_that_would_keep_pixels_is_refused(own_server: EmbeddedServer) -> None:
    with pytest.raises(ValueError, match="a frame server must keep nothing"):
        ServerFrameStore(own_server.start(), retention_seconds=60)


def test_a_frame_server_that_does_not_answer_is_named(tmp_path: Path) -> None:
    with pytest.raises(BrokerUnavailable, match="the frame server does not answer"):
        open_frame_store(f"unix://{tmp_path}/nobody.sock")


def test_a_chunk_on_the_server_goes_by_itself(frame_server_url: str) -> None:
    store = ServerFrameStore(frame_server_url, retention_seconds=0.05)
    store.put_chunk("cam", "1-0", smooth_frames())
    deadline = time.monotonic() + 5
    while store._client.exists("chunk:cam:1-0") and time.monotonic() < deadline:
        time.sleep(0.005)
    with pytest.raises(FramesGone, match="not on the frame server any more"):
        store.get_chunk("cam", "1-0")


def test_a_full_frame_server_says_so(frame_server_url: str) -> None:
    store = ServerFrameStore(frame_server_url, retention_seconds=60)
    store._client.config_set("maxmemory", "1mb")
    with pytest.raises(FrameStoreFull, match="the frame server is full"):
        put_many(store, num_chunks=100)


def put_many(store: FrameStore, num_chunks: int) -> None:
    for index in range(num_chunks):
        store.put_chunk("cam", f"1-{index}", smooth_frames(8, 128, 128))


@pytest.mark.parametrize("cut", [0, 3, 4, 20, -1])
def test_a_payload_cut_short_is_gone(cut: int) -> None:
    payload = encode_frames(smooth_frames(2))
    with pytest.raises(FramesGone, match="chunk 9 cannot be decoded"):
        decode_frames(payload[:cut] if cut >= 0 else payload[: -len(payload) // 2], "chunk 9")
