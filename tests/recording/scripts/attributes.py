"""Two workers, each with what it has done and how much of it there was."""

import threading
import time

import redis


class Worker(threading.Thread):
    def __init__(self, name):
        super().__init__(name=name)
        self.client = redis.Redis(decode_responses=True)
        self.job = None
        self.count = 0
        self.done = []

    def run(self):
        while True:
            _, self.job = self.client.brpop("jobs")
            if self.job == "stop":
                break
            self.count += 1
            self.done.append(self.job)
            print(f"{self.name} has done {self.job}")


workers = {"anna": Worker("anna"), "ben": Worker("ben")}
r = redis.Redis()
for worker in workers.values():
    worker.start()
    time.sleep(0.2)
for job in ("mail", "report", "stop", "stop"):
    r.lpush("jobs", job)
    time.sleep(0.2)
for worker in workers.values():
    worker.join()
workers["anna"].count += 10
anna, ben = workers["anna"], workers["ben"]
print("Anna:", anna.count)
print("Ben:", ben.count)
