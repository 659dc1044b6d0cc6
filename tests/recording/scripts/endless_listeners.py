"""Both threads would go on for ever."""

import threading

import redis

r = redis.Redis(decode_responses=True)


def work():
    while True:
        key, task = r.brpop("tasks")
        print("done:", task)


threading.Thread(target=work).start()
r.lpush("tasks", "a")
r.lpush("tasks", "b")
