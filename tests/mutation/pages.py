"""Lessons in which falsehoods are planted, and the mutants of one kind as lines to compare."""

from tutor.mutation import judging
from tutor.mutation.kinds import KINDS
from tutor.mutation.mutants import Mutant
from tutor.mutation.page import Page

LESSON = """\
format: 2
title: Two tasks
track: django
flow:
  boxes: [The producer pushes, The consumer pops]
sample:
  code: |
    import redis
    r = redis.Redis()
    r.lpush("queue", "task1")
    r.rpop("queue")
actors: [producer, consumer]
watch: {queue: list, seen: set}
variables: {task: null, count: 0}
steps:
  - id: push-1
    actor: producer
    action: The producer pushes 'task1'
    command: LPUSH queue task1
    line: 3
    box: 1
    expect: {queue: [task1], reply: 1}
  - id: push-2
    actor: producer
    action: The producer pushes 'task2'
    command: LPUSH queue task2
    line: 3
    box: 1
    expect:
      queue: [task2, task1]
      reply: 2
  - id: pop
    actor: consumer
    action: "The consumer takes {task!r}"
    command: RPOP queue
    save: task
    line: 4
    box: 2
    expect: {task: task1}
  - id: note
    actor: consumer
    action: The consumer notes it
    command: SADD seen task1 task2
    expect: {seen: [task1, task2]}
closing: >-
  After step 3, `task` is `'task1'`; see steps 1
  and 2. `RPOP queue` takes the oldest first.
key_moments:
  - {question: When?, answer: At the pop., steps: [3]}
quiz:
  - question: What is `task` after step 3?
    choices: {A: "'task1'", B: "'task2'", C: "None"}
    answer: A
    mistakes: {B: The other end., C: Before.}
    steps: [1, 3]
    proof: {after: 3, variable: task}
  - question: Suppose step 3 sent `LPOP queue`. What would `task` be?
    choices: {A: "'task1'", B: "'task2'"}
    answer: B
    proof: {after: 3, variable: task, replace: {3: LPOP queue}}
practice:
  - question: How many pushes?
    number: 2
    solution: {steps: [Count.], answer: "2"}
  - question: Put them in order.
    order: [LPUSH queue a, LPUSH queue b, RPOP queue]
    solution: {steps: [Think.], answer: As above.}
  - question: Which takes from the right?
    text: RPOP
    also: [rpop]
    solution: {steps: [Think.], answer: RPOP}
"""
"""A lesson without problems."""

FILE = "two-tasks.yaml"


def page_of(text: str = LESSON, *, played: str = "") -> Page:
    """Return the page of a lesson; `played` is the text that is read and played, where the schema lacks a field yet."""
    found = judging.play(played or text, FILE)
    assert found.lesson is not None, found.problems
    return Page(text, found.lesson, found.entries)


def planted(page: Page, kind: str) -> list[Mutant]:
    """Return the mutants of a kind."""
    return [mutant for each in KINDS if each.name == kind for mutant in each.plant(page)]


def lines(page: Page, kind: str) -> list[str]:
    """Return the mutants of a kind as `line:column was -> now`, with a `=` where they are as true as before."""
    return [
        f"{each.line}:{each.column} {' '.join(each.was.split())} -> {each.now}{' =' if each.is_true else ''}"
        for each in planted(page, kind)
    ]
