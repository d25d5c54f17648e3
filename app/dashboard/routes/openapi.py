"""The OpenAPI description, made from the endpoints themselves and from the types that they answer with."""

import re
from collections.abc import Sequence
from importlib.metadata import PackageNotFoundError, version
from typing import Any

from pydantic import TypeAdapter

from app.dashboard.routes.endpoint import Endpoint

NUMBER_OR_NULL = {"type": ["number", "null"]}


def describe(endpoints: Sequence[Endpoint]) -> dict[str, Any]:
    """Return the OpenAPI 3.1 document of the endpoints."""
    schemas: dict[str, Any] = {}
    paths: dict[str, Any] = {}
    for endpoint in endpoints:
        paths.setdefault(endpoint.path, {})[endpoint.method.lower()] = _operation(endpoint, schemas)
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Vigil",
            "version": _own_version(),
            "description": "Advisory only: not a primary medical alarm. Times are UTC, seconds since the epoch.",
        },
        "paths": paths,
        "components": {"schemas": schemas},
    }


def _operation(endpoint: Endpoint, schemas: dict[str, Any]) -> dict[str, Any]:
    operation: dict[str, Any] = {"summary": endpoint.summary, "responses": _responses(endpoint, schemas)}
    in_path = re.findall(r"{(\w+)}", endpoint.path)
    parameters = [
        *({"name": name, "in": "path", "required": True, "schema": {"type": "string"}} for name in in_path),
        *(
            {"name": name, "in": "query", "description": meaning, "schema": {"type": "string"}}
            for name, meaning in endpoint.query.items()
        ),
    ]
    if parameters:
        operation["parameters"] = parameters
    if endpoint.body:
        operation["requestBody"] = {"required": True, "content": {"application/json": {"schema": endpoint.body}}}
    return operation


def _responses(endpoint: Endpoint, schemas: dict[str, Any]) -> dict[str, Any]:
    content: dict[str, Any] = {endpoint.media_type: {}}
    if endpoint.answer is not None:
        schema = _reference(endpoint.answer, schemas)
        content[endpoint.media_type] = {"schema": _listing_of(schema) if endpoint.is_listing else schema}
    refusals = {str(code): {"description": meaning} for code, meaning in endpoint.refusals.items()}
    return {"200": {"description": "Done", "content": content}, **refusals}


def _listing_of(schema: dict[str, Any]) -> dict[str, Any]:
    return {
        "type": "object",
        "required": ["items", "read_at", "stale_since"],
        "properties": {
            "items": {"type": "array", "items": schema},
            "read_at": NUMBER_OR_NULL,
            "stale_since": {**NUMBER_OR_NULL, "description": "null while the items can be read"},
        },
    }


def _reference(kind: Any, schemas: dict[str, Any]) -> dict[str, Any]:
    schema = TypeAdapter(kind).json_schema(ref_template="#/components/schemas/{model}")
    schemas.update(schema.pop("$defs", {}))
    name = schema.get("title")
    if name is None:
        return schema
    schemas[name] = schema
    return {"$ref": f"#/components/schemas/{name}"}


def _own_version() -> str:
    try:
        return version("vigil")
    except PackageNotFoundError:
        return "0"
