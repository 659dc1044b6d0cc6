"""A producer pushes jobs, and a worker waits for them with BRPOP."""

import threading
import time

import redis

r = redis.Redis()
done = []


def work():
    while True:
        _, job = r.brpop("jobs")
        if job == b"stop":
            break
        print(f"Worker got {job.decode()}")
        done.append(job)


worker = threading.Thread(target=work, name="worker")
worker.start()
time.sleep(0.2)
for job in ["mail", "invoice"]:
    r.lpush("jobs", job)
    time.sleep(0.1)
r.lpush("jobs", "stop")
worker.join()
print("Jobs done:", len(done))
