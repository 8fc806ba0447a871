"""What the benchmarks found, as one table with each limit that was promised."""

from dataclasses import dataclass, field


@dataclass(frozen=True)
class Line:
    what: str
    value: str
    beside: str
    ratio: str
    limit: str
    kept: bool


@dataclass
class Report:
    """Collects findings; `ok` says whether every limit was kept."""

    lines: list[Line] = field(default_factory=list)

    @property
    def ok(self) -> bool:
        return all(line.kept for line in self.lines)

    def compare(self, what: str, *, ours: float, bare: float, limit: float | None = None, unit: str = "s") -> float:
        """Ours beside the bare way, as a ratio that must not pass `limit`; returns the ratio."""
        ratio = ours / bare if bare else float("inf")
        kept = limit is None or ratio <= limit
        self._add(what, _number(ours, unit), _number(bare, unit), f"{ratio:.2f}", f"≤ {limit:g}" if limit else "", kept)
        return ratio

    def number(self, what: str, value: float, unit: str, *, limit: float | None = None) -> None:
        """A number by itself, which must not pass `limit`."""
        kept = limit is None or value <= limit
        self._add(what, _number(value, unit), "", "", f"≤ {_number(limit, unit)}" if limit else "", kept)

    def _add(self, what: str, value: str, beside: str, ratio: str, limit: str, kept: bool) -> None:
        line = Line(what, value, beside, ratio, limit, kept)
        self.lines.append(line)
        print(f"  {what}: {value}{f' beside {beside}, ratio {ratio}' if beside else ''}", flush=True)

    def table(self) -> str:
        """The findings for a terminal or a Markdown page."""
        head = ("what", "ours", "bare", "ratio", "limit", "")
        rows = [(r.what, r.value, r.beside, r.ratio, r.limit, "" if r.kept else "OVER") for r in self.lines]
        widths = [max(len(row[i]) for row in [head, *rows]) for i in range(len(head))]

        def text(row: tuple[str, ...]) -> str:
            return "| " + " | ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)) + " |"

        return "\n".join([text(head), "|" + "|".join("-" * (width + 2) for width in widths) + "|", *map(text, rows)])


def _number(value: float, unit: str) -> str:
    digits = 0 if abs(value) >= 100 else 1 if abs(value) >= 10 else 2 if abs(value) >= 1 else 3
    return f"{value:,.{digits}f} {unit}".strip()
