"""Recording a script: it runs in a process of its own against a server of its own, and the events become a lesson.

The two processes share the tape. In the script's process, performer.py runs it, tap.py sees its commands (probe.py asks
the server about them), watcher.py sees its variables, and frames.py finds the line that a thread is at. In the
program's process, performance.py starts the script and reads the tape; drafting.py makes a lesson of it with actors.py,
step_drafts.py, plain_ids.py, variables.py and templates.py; complaints.py says what no lesson can hold; sentences.py
and manuscript.py write text; recorder.py does it all. Both processes read the script with script.py.
"""
