"""Brings a picture or volume that lies behind a URL here, as a file."""

from pathlib import Path, PurePosixPath
from urllib.parse import urlsplit

from stream.batch.inputs import is_url
from stream.errors import SourceLost, SourceRefused
from stream.sources.url import redact_url

MAX_BYTES = 16 * 2**30
_CHUNK_BYTES = 1 << 20


def fetched(location: str, folder: Path) -> str:
    """Return a location that can be opened: a path as it is, the copy of what a URL names otherwise.

    Args:
        location: a path, or a URL of any kind that fsspec knows, such as s3://bucket/scan.nii.gz.
        folder: for the copy.

    Raises:
        SourceRefused: fsspec does not know the kind of URL, or the file is larger than is fetched.
        SourceLost: it cannot be read.
    """
    if not is_url(location):
        return location
    import fsspec

    shown, target = redact_url(location), folder / (PurePosixPath(urlsplit(location).path).name or "input")
    try:
        with fsspec.open(location, "rb") as source, target.open("wb") as copy:
            num_read = 0
            while found := source.read(_CHUNK_BYTES):
                num_read += len(found)
                if num_read > MAX_BYTES:
                    raise SourceRefused(f"{shown}: required at most {MAX_BYTES} bytes, found more; cut it first")
                copy.write(found)
    except SourceRefused:
        raise
    except (ValueError, ImportError) as error:
        raise SourceRefused(f"{shown}: required a URL that fsspec can read here: {error}") from error
    except Exception as error:  # file systems of all kinds raise anything
        raise SourceLost(f"{shown}: cannot be fetched: {type(error).__name__}: {error}") from error
    return str(target)
