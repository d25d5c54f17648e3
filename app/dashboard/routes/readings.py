"""/api/jobs and /api/readings: how submitted pictures and volumes are, their slices for the viewer, their files."""

import re
from pathlib import Path

from anyio import to_thread
from starlette.requests import Request
from starlette.responses import FileResponse, Response

from app.dashboard.client import DashboardClient
from app.dashboard.routes.endpoint import Endpoint, answer, listing, refusal
from app.imaging.place import current_results
from app.imaging.view_pack import PLANES, Plane, ViewPack
from stream.errors import StreamError
from stream.jobs.job import JobStatus

SHOWN_JOBS = 200
_NAME = re.compile(r"[^/\\\x00.][^/\\\x00]{0,200}")


def reading_endpoints(client: DashboardClient) -> list[Endpoint]:
    """Return the endpoints of submitted pictures and volumes; they only read."""

    async def jobs(_request: Request) -> Response:
        snapshot = await to_thread.run_sync(client.jobs.get)
        return listing(snapshot, list(snapshot.value)[-SHOWN_JOBS:])

    async def view(request: Request) -> Response:
        try:
            pack = await to_thread.run_sync(ViewPack.load, current_results(), _name(request, "name"))
        except (StreamError, ValueError) as error:
            return refusal(404, str(error))
        return answer(pack.told)

    async def view_slice(request: Request) -> Response:
        plane, index = request.query_params.get("plane", ""), request.query_params.get("index", "")
        if plane not in PLANES or not index.isascii() or not index.isdigit():
            return refusal(422, f"required plane as one of {', '.join(PLANES)} and index as a number from 0")
        try:
            content = await to_thread.run_sync(_slice_bytes, _name(request, "name"), plane, int(index))
        except (StreamError, ValueError, OSError) as error:
            return refusal(404, str(error))
        return Response(content, media_type="application/octet-stream", headers={"Cache-Control": "no-store"})

    async def file(request: Request) -> Response:
        try:
            path = current_results() / _name(request, "file")
        except ValueError as error:
            return refusal(404, str(error))
        if not await to_thread.run_sync(path.is_file):
            return refusal(404, f"there is no result called {path.name!r}")
        return FileResponse(path, filename=path.name, headers={"Cache-Control": "no-store"})

    missing = {404: "There is no such reading"}
    return [
        Endpoint("GET", "/api/jobs", "How submitted jobs are, oldest first", jobs, answer=JobStatus, is_listing=True),
        Endpoint("GET", "/api/readings/{name}/view", "What the viewer shows of a reading", view, refusals=missing),
        Endpoint(
            "GET",
            "/api/readings/{name}/slice",
            "Values, then labels (uint16), of a slice: row by row, little endian",
            view_slice,
            media_type="application/octet-stream",
            query={"plane": "axial, coronal or sagittal", "index": "of the slice, from 0"},
            refusals={**missing, 422: "The plane or the index is none"},
        ),
        Endpoint(
            "GET",
            "/api/results/{file}",
            "A file of results",
            file,
            media_type="application/octet-stream",
            refusals={404: "There is no such file"},
        ),
    ]


def _slice_bytes(name: str, plane: Plane, index: int) -> bytes:
    return ViewPack.load(current_results(), name).slice_bytes(plane, index)


def _name(request: Request, parameter: str) -> str:
    """Return a name of the path, which leads nowhere but into the folder of results."""
    name = str(request.path_params[parameter])
    if not _NAME.fullmatch(name):
        raise ValueError(f"required the name of a result, got {name!r}")
    return Path(name).name
