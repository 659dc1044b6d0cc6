"""Recording a script: it runs in a process of its own against a server of its own, and what happened becomes a lesson.

Two processes, joined by the tape. In the script's: performer.py runs it, tap.py sees its commands (probe.py asks the
server about them), watcher.py its variables, place.py where a thread is, and all they see goes onto the tape. In the
program's: performance.py starts it and reads the tape; drafting.py has cast.py, story.py, memory.py and templates.py
make steps of it, sentences.py and manuscript.py text; recorder.py does it all. Both read the script with script.py.
"""
