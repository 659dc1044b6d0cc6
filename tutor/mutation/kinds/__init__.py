"""The kinds of falsehood, and their registry KINDS, the only place that lists them.

To add a kind: write its class in a module here and add it to KINDS.
"""

from tutor.mutation.kinds.claims import Expectations
from tutor.mutation.kinds.code import ProgramCode, SampleCode
from tutor.mutation.kinds.keys import ChoiceValues, MistakeLetters, PracticeKeys, QuizKeys
from tutor.mutation.kinds.kind import Kind
from tutor.mutation.kinds.proofs import Proofs, Sources
from tutor.mutation.kinds.references import StepLists, StepNames, StepNumbers, ValueReferences
from tutor.mutation.kinds.sentences import ComparedTexts, FreeFacts, FreeWords, ProseCommands, Transcripts
from tutor.mutation.kinds.steps import (
    ActorsOfSteps,
    Boxes,
    BoxRules,
    ClientDecodes,
    Lines,
    Saves,
    StartVariables,
    WatchedKeys,
)
from tutor.mutation.kinds.structure import StepsInserted, StepsRemoved, StepsSwapped

__all__ = ["KINDS", "Kind"]

KINDS: tuple[Kind, ...] = (
    Expectations(),
    QuizKeys(),
    PracticeKeys(),
    ChoiceValues(),
    MistakeLetters(),
    Proofs(),
    Sources(),
    SampleCode(),
    ProgramCode(),
    Lines(),
    Boxes(),
    BoxRules(),
    StepNumbers(),
    StepLists(),
    StepNames(),
    ValueReferences(),
    ProseCommands(),
    ComparedTexts(),
    Transcripts(),
    ActorsOfSteps(),
    Saves(),
    ClientDecodes(),
    StartVariables(),
    WatchedKeys(),
    StepsInserted(),
    StepsSwapped(),
    StepsRemoved(),
    FreeFacts(),
    FreeWords(),
)
"""All kinds, in the report's order."""
