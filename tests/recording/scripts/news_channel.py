"""A subscriber in a thread hears what is published."""

import threading
import time

import redis

r = redis.Redis()


def listen(pubsub):
    for message in pubsub.listen():
        if message["type"] == "message":
            print("Heard: " + message["data"].decode())
            if message["data"] == b"bye":
                break


channel = r.pubsub()
channel.subscribe("news")
reader = threading.Thread(target=listen, args=(channel,), name="reader")
reader.start()
time.sleep(0.2)
receivers = r.publish("news", "hello")
print(receivers, "heard it")
time.sleep(0.2)
r.publish("news", "bye")
reader.join()
