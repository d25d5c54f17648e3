"""What really happens in a simulated operation, to the frame, in JSON and in the text files of Cholec80."""

from dataclasses import asdict, dataclass
from typing import Any

from models.surgical_phases import TOOLS, PhaseSpan
from models.time_span import TimeSpan


@dataclass(frozen=True)
class ToolSpan(TimeSpan):
    """One instrument in the picture, once."""

    tool: str
    start_seconds: float
    end_seconds: float


@dataclass(frozen=True)
class SurgeryTruth:
    """The truth of one operation."""

    scene: str
    seed: int
    duration_seconds: float
    frame_rate_hz: float
    num_frames: int
    width: int
    height: int
    phases: tuple[PhaseSpan, ...]
    """Without gap, in order of time."""
    tools: tuple[ToolSpan, ...]
    out_of_body: tuple[tuple[float, float], ...]
    """Start and end of each time in which the camera sees something else than the patient's inside, seconds."""

    def to_json(self) -> dict[str, Any]:
        """Return the truth as plain JSON values."""
        record = asdict(self)
        record["events"] = [
            {"label": span.phase, "start_seconds": span.start_seconds, "end_seconds": span.end_seconds}
            for span in self.phases
        ]
        return record

    def phase_at(self, seconds: float) -> str:
        """Return the phase at a time; before the first and after the last it is theirs."""
        return next((span.phase for span in self.phases if seconds < span.end_seconds), self.phases[-1].phase)

    def tools_at(self, seconds: float) -> frozenset[str]:
        """Return the instruments in the picture at a time; none while the camera is out of the body."""
        if any(start <= seconds < end for start, end in self.out_of_body):
            return frozenset()
        return frozenset(span.tool for span in self.tools if span.covers(seconds))

    def phase_text(self) -> str:
        """Return the phase of every frame as Cholec80's `videoNN-phase.txt` has it: a head line, then number, name."""
        lines = [f"{index}\t{self.phase_at(index / self.frame_rate_hz)}" for index in range(self.num_frames)]
        return "\n".join(["Frame\tPhase", *lines]) + "\n"

    def tool_text(self) -> str:
        """Return the instruments once a second as Cholec80's `videoNN-tool.txt` has them: 0 or 1 for each of seven."""
        step = max(round(self.frame_rate_hz), 1)
        lines = ["\t".join(["Frame", *TOOLS])]
        for index in range(0, self.num_frames, step):
            seen = self.tools_at(index / self.frame_rate_hz)
            lines.append("\t".join([str(index), *("1" if tool in seen else "0" for tool in TOOLS)]))
        return "\n".join(lines) + "\n"
