"""Two workers wait, each with a time limit; only one gets something."""

import threading
import time

import redis


def wait(limit):
    r = redis.Redis(decode_responses=True)
    found = r.brpop("jobs", timeout=limit)
    print("found", found)


patient = threading.Thread(target=wait, args=(3,), name="Patient")
hasty = threading.Thread(target=wait, args=(1,), name="Hasty")
patient.start()
time.sleep(0.2)
hasty.start()
hasty.join()
redis.Redis().lpush("jobs", "late")
patient.join()
