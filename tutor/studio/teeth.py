"""How much of an author's text has teeth: falsehoods planted in it, and those that its check does not find."""

from dataclasses import dataclass

from django.contrib.auth.models import User

from tutor.apart.limits import TEETH
from tutor.apart.pool import run
from tutor.files.yaml_parser import BREAKS
from tutor.models import Draft
from tutor.mutation import report
from tutor.mutation.sampling import SampledText, sampled_text
from tutor.mutation.survey import EXECUTABLE, Tally, tallies, total
from tutor.studio import drafts

SECONDS = 6.0
"""How long falsehoods are tried for one request; the rest of TEETH's seconds are for the first check and the last."""


@dataclass(frozen=True, slots=True)
class Gap:
    """A statement that nothing would notice if it were false: its place, the sentence on it, and its line of text."""

    line: int
    column: int
    sentence: str
    excerpt: str


@dataclass(frozen=True, slots=True)
class Teeth:
    """The result for a page. `tried` of `planted` falsehoods were tried; `share` is a text such as "96 %"."""

    share: str
    tried: int
    planted: int
    found: int
    possible: int
    classes: tuple[tuple[Tally, str], ...]
    gaps: tuple[Gap, ...]

    @property
    def is_sample(self) -> bool:
        """Whether some falsehoods were not tried."""
        return self.tried < self.planted


def survey(draft: Draft, author: User, *, kind: str, seed: int) -> Teeth:
    """Try falsehoods in the author's text, one run at a time for each author.

    `kind`: a class of statements, "" for all. Raises: NotSurveyed, BrokerAway, WorkBusy, WorkStopped.
    """
    source = drafts.workspace(draft, author).source
    found = run(TEETH, sampled_text, source, f"{draft.slug}.yaml", kind, seed, SECONDS, owner=author.pk)
    return _shown(found, source)


def _shown(found: SampledText, source: str) -> Teeth:
    all_of_them = total(found.judgements)
    lines = BREAKS.split(source.removeprefix("\ufeff"))
    gaps = (each for each in found.judgements if each.outcome == "gap" and each.mutant.kind in EXECUTABLE)
    return Teeth(
        share=report.percent(all_of_them.share),
        tried=len(found.judgements),
        planted=found.planted,
        found=all_of_them.found,
        possible=all_of_them.planted - all_of_them.equivalent,
        classes=tuple((each, report.percent(each.share)) for each in tallies(found.judgements)),
        gaps=tuple(
            Gap(each.mutant.line, each.mutant.column, report.sentence(each), lines[each.mutant.line - 1].strip())
            for each in gaps
        ),
    )
