"""The ports that lessons are played on: a corner of the shared server, or connections for actors that wait."""
