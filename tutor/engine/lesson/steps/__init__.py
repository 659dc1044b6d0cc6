"""The steps of a lesson: the interface of every step (base.py), a module for each kind, and a registry (kinds.py).

To add a kind, write its module and name its class in kinds.py. The check, the player, the page, the narration,
predictions and the JSON schema ask the class; `StepFields` has the defaults.
"""
