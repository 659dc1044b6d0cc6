"""Rehearsing a lesson: its program runs, held at each event, and the lesson's steps release it.

Two kinds of process are joined by messages.py. In the program's processes, inside/host.py starts one for each file
that runs; inside/held_redis.py, held_clock.py and the tapped print() hold the actors' threads at their next send, read,
sleep or printed line (holds.py), and assignments.py sees variables change. In ours, held_programs.py starts and
releases them, port.py is the port on which the player plays the lesson, accounts.py compares variables, and
rehearsing.py makes the proof, or the problem where program and lesson part.
"""
