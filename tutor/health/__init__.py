"""Whether the program can serve: what is tried, and the answers for monitors and load balancers."""
