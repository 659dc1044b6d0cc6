"""Words that several sentences share."""

from tests.tables import for_each
from tutor.engine.values.wording import listed


@for_each(("names", "text"), [([], ""), (["a"], "a"), (["a", "b"], "a and b"), (["a", "b", "c"], "a, b and c")])
def test_names_are_listed_with_one_and(names: list[str], text: str):
    assert listed(names) == text
