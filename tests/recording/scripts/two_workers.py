import threading
import time

import redis


class Worker(threading.Thread):
    def __init__(self, name):
        super().__init__(name=name, daemon=True)
        self.client = redis.Redis(client_name=name, decode_responses=True)
        self.done = 0

    def run(self):
        while True:
            item = self.client.blpop(["high", "low"], timeout=0)
            self.handle(item[1])

    def handle(self, task):
        self.done += 1
        print(f"{self.name} did {task}")


anna, ben = Worker("anna"), Worker("ben")
anna.start()
time.sleep(0.2)
ben.start()
time.sleep(0.2)
boss = redis.from_url("redis://cache.example.com:6380/0", decode_responses=True)
boss.rpush("low", "sweep")
time.sleep(0.2)
boss.rpush("high", "fire!")
time.sleep(0.2)
