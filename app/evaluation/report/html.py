"""Writes a report as one HTML file that needs nothing else: no script, no font, no picture from elsewhere."""

import math
from html import escape

from app.evaluation.report.document import (
    Cell,
    Document,
    Figure,
    Section,
    Table,
    exact_text,
    interval_text,
    number_text,
)
from app.evaluation.report.style import STYLE
from models.evaluation.measures import Measured


def to_html(document: Document) -> str:
    """Return the report as HTML 5."""
    links = "".join(f'<a href="#{section.name}">{escape(section.title)}</a>' for section in document.sections)
    body = "".join(
        (
            f"<header><p class=brand>Vigil · evaluation</p><h1>{escape(document.title)}</h1>",
            f"<p class=note>{escape(document.note)}</p>" if document.note else "",
            _facts(document),
            "</header>",
            _warnings(document),
            f"<nav>{links}</nav>" if len(document.sections) > 1 else "",
            "".join(_section(section) for section in document.sections),
            f"<footer>{escape(document.footer)}</footer>",
        )
    )
    return (
        "<!doctype html>\n"
        '<html lang=en><head><meta charset=utf-8><meta name=viewport content="width=device-width, initial-scale=1">'
        f"<title>{escape(document.title)}</title><style>{STYLE}</style></head><body><main>{body}</main></body></html>\n"
    )


def _facts(document: Document) -> str:
    pairs = "".join(f"<div><dt>{escape(name)}</dt><dd>{escape(value)}</dd></div>" for name, value in document.facts)
    return f"<dl class=facts>{pairs}</dl>"


def _warnings(document: Document) -> str:
    items = "".join(f"<li>{escape(text)}</li>" for text in document.warnings)
    return f"<aside><h2>Before you trust these numbers</h2><ul>{items}</ul></aside>" if items else ""


def _section(section: Section) -> str:
    tiles = "".join(_tile(one) for one in section.headline)
    wide = "".join(_figure(figure) for figure in section.figures if figure.is_wide)
    narrow = "".join(_figure(figure) for figure in section.figures if not figure.is_wide)
    return (
        f"<section id={section.name}><h2>{escape(section.title)}</h2><p class=how>{escape(section.text)}</p>"
        + (f"<div class=tiles>{tiles}</div>" if tiles else "")
        + (f"<div class=figures>{narrow}</div>" if narrow else "")
        + wide
        + "".join(_table(table) for table in section.tables)
        + "</section>"
    )


def _tile(one: Measured) -> str:
    unit = f"<small> {escape(one.unit)}</small>" if one.unit else ""
    exact, drawn = exact_text(one), interval_text(one)
    spans = f"<span>exact {exact}</span><span>bootstrap {drawn}</span>" if exact else f"<span>{drawn}</span>"
    return (
        f"<div class=tile><h3>{escape(one.title)}</h3><p>{number_text(one.interval.value)}{unit}</p>"
        f"{_interval_bar(one)}{spans}</div>"
    )


def _interval_bar(one: Measured) -> str:
    """A share's interval on the scale from 0 to 1; other units have no such scale."""
    low, high, value = one.interval.low, one.interval.high, one.interval.value
    if one.unit or not 0 <= low <= high <= 1:
        return ""
    return (
        f'<div class=scale><i style="left:{100 * low:.1f}%;width:{max(100 * (high - low), 0.8):.1f}%"></i>'
        f'<b style="left:{100 * value:.1f}%"></b></div>'
    )


def _figure(figure: Figure) -> str:
    kind = " class=wide" if figure.is_wide else ""
    return f"<figure{kind}>{figure.svg}<figcaption>{escape(figure.caption)}</figcaption></figure>"


def _table(table: Table) -> str:
    title = f"<h3>{escape(table.title)}</h3>" if table.title else ""
    heading = "".join(f"<th>{escape(column)}</th>" for column in table.columns)
    rows = "".join(f"<tr>{''.join(_cell(cell) for cell in row)}</tr>" for row in table.rows)
    return f"{title}<div class=scroll><table><thead><tr>{heading}</tr></thead><tbody>{rows}</tbody></table></div>"


def _cell(cell: Cell) -> str:
    if isinstance(cell, str):
        return f"<td>{escape(cell)}</td>"
    if math.isnan(cell.interval.value):
        return "<td class=none>–</td>"
    exact = f"<br><small>exact {exact_text(cell)}</small>" if exact_text(cell) else ""
    return f"<td>{number_text(cell.interval.value)}<br><small>{interval_text(cell)}</small>{exact}</td>"
