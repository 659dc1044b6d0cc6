"""The steps of a lesson: what every step can be asked (base.py), a module for each kind, and their registry (kinds.py).

To add a kind, write its module and name its class in kinds.py. The check, the player, the page, the narration,
predictions and the JSON schema ask the class; what it does not say itself, `StepFields` says for it.
"""
