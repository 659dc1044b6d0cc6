"""Following a Python program in a process of its own, as recordings and proofs of lessons' programs do.

environment.py says what such a process sees of ours. The rest runs inside it: frames.py finds a thread's position in
the program, script.py its statements, packed_commands.py reads what redis-py sends, pipeline_lines.py remembers where a
pipeline's commands were written, printed_lines.py receives what is printed, plain_values.py reads variables.
"""
