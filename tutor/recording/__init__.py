"""Recording a script: it runs in a separate process against a private server, and its events become a lesson.

Two processes are joined by the tape. In the script's process performer.py runs it, tap.py observes its commands
(probe.py asks the server about them), watcher.py its variables, frames.py the position of a thread; all write to the
tape. In the program's process performance.py starts the script and reads the tape; drafting.py makes steps with
actors.py, step_drafts.py, variables.py and templates.py, and text with sentences.py and manuscript.py; recorder.py
runs all of this. Both processes parse the script with script.py.
"""
