"""Writes a report as Markdown, its plots as SVG files beside it."""

from pathlib import Path

from app.evaluation.report.document import Cell, Document, Section, Table, interval_text, number_text


def write_markdown(document: Document, path: Path) -> None:
    """Write the report; its plots go into a folder of the report's name beside it.

    Raises:
        OSError: it cannot be written.
    """
    plots = path.with_name(f"{path.stem}_plots")
    plots.mkdir(parents=True, exist_ok=True)
    for section in document.sections:
        for figure in section.figures:
            (plots / f"{section.name}_{figure.name}.svg").write_text(figure.svg + "\n", encoding="utf-8")
    path.write_text(to_markdown(document, plots.name), encoding="utf-8")


def to_markdown(document: Document, plots: str) -> str:
    """Return the report as Markdown (GitHub's tables), pointing to plots in a folder."""
    facts = "\n".join(f"- {name}: **{_safe(value)}**" for name, value in document.facts)
    warnings = "\n".join(f"> - {_safe(text)}" for text in document.warnings)
    parts = [
        f"# {document.title}",
        document.note,
        facts,
        f"> **Before you trust these numbers**\n>\n{warnings}" if warnings else "",
        *(_section(section, plots) for section in document.sections),
        f"---\n\n{document.footer}",
    ]
    return "\n\n".join(part for part in parts if part) + "\n"


def _section(section: Section, plots: str) -> str:
    figures = [f"![{figure.caption}]({plots}/{section.name}_{figure.name}.svg)" for figure in section.figures]
    return "\n\n".join([f"## {section.title}", section.text, *map(_table, section.tables), *figures])


def _table(table: Table) -> str:
    lines = [
        "| " + " | ".join(map(_safe, table.columns)) + " |",
        "|" + " --- |" * len(table.columns),
        *("| " + " | ".join(map(_cell, row)) + " |" for row in table.rows),
    ]
    return (f"### {table.title}\n\n" if table.title else "") + "\n".join(lines)


def _cell(cell: Cell) -> str:
    if isinstance(cell, str):
        return _safe(cell)
    value = number_text(cell.interval.value)
    return value if value == "–" else f"{value} ({interval_text(cell)})"


def _safe(text: str) -> str:
    return text.replace("|", "\\|").replace("\n", " ")
