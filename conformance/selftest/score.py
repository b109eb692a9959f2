"""What all trials come to."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Self

from conformance.json_lines import JsonLines
from conformance.selftest.trial import Trial

KILLED = 0.98
"""The part of all lies that the suite has to catch."""
CITED = 0.90
"""The part of all lies that a test of an id they cite has to catch."""


@dataclass(frozen=True)
class Score:
    """How many lies were caught, and how."""

    lies: int
    cited: int
    caught: int
    survivors: tuple[str, ...]
    collateral: int
    reproduced: int
    not_reproduced: tuple[str, ...]
    duration_s: float

    @classmethod
    def of(cls, trials: Sequence[Trial], duration_s: float) -> Self:
        """The score of ended trials."""
        outcomes = [trial.outcome for trial in trials]
        return cls(
            len(trials),
            outcomes.count("cited"),
            outcomes.count("caught"),
            tuple(trial.lie.name for trial in trials if trial.outcome == "survived"),
            sum(len(trial.collateral) for trial in trials),
            sum(trial.reproduced is True for trial in trials),
            tuple(trial.lie.name for trial in trials if trial.reproduced is False),
            round(duration_s, 1),
        )

    @property
    def passes(self) -> bool:
        """Whether enough lies were caught, and enough of them by an id they cite."""
        killed = self.cited + self.caught
        return killed >= KILLED * self.lies and self.cited >= CITED * self.lies

    def lines(self) -> Iterator[str]:
        """The score in words."""
        killed = self.cited + self.caught
        yield f"{killed} of {self.lies} lies caught ({_percent(killed, self.lies)})"
        yield f"{self.cited} by an id they cite ({_percent(self.cited, self.lies)})"
        yield f"{self.collateral} other ids failed beside, in {self.duration_s:.0f} s"
        tried = self.reproduced + len(self.not_reproduced)
        yield f"{self.reproduced} of {tried} scripts reproduced their failure, and no other"
        for name in self.not_reproduced:
            yield f"not reproduced: {name}"
        for name in self.survivors:
            yield f"survived: {name}"


class ScoreFile(JsonLines):
    """JSON Lines: one of each trial as it ends, and the score."""

    def trial(self, trial: Trial) -> None:
        """Writes what came of a lie."""
        self.write(
            type="lie",
            name=trial.lie.name,
            sentence=trial.lie.sentence,
            caught_by=trial.lie.caught_by,
            outcome=trial.outcome,
            failed=trial.failed,
            collateral=trial.collateral,
            tests=trial.tests,
            duration_s=trial.duration_s,
            failure=trial.failure,
            reproduced=trial.reproduced,
            errors=trial.errors,
        )

    def end(self, score: Score, *, seed: int) -> None:
        """Writes the score, and closes the file."""
        self.write(type="score", seed=seed, passes=score.passes, **vars(score))
        self.close()


def _percent(part: int, whole: int) -> str:
    return f"{100 * part / whole:.1f} %" if whole else "none"
