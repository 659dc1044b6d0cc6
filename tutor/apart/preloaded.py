"""Loads the program once, in the process whose forks do the work. It starts no thread and opens no connection."""

import gc
from importlib import import_module

import django

django.setup()

# By name, because this room is below what it loads.
for room, names in {"studio": ("publishing", "checking", "questions", "teeth"), "assessment": ("sittings",)}.items():
    for name in names:
        import_module(f"tutor.{room}.{name}")

# A collection would write to every object, and each fork would have a copy of its own:
# https://docs.python.org/3/library/gc.html#gc.freeze
gc.freeze()
