import time

import redis

r = redis.Redis(decode_responses=True)


def on_news(message):
    print(f"News: {message['data']}")
    r.incr("seen")


p = r.pubsub()
p.subscribe(**{"news": on_news})
thread = p.run_in_thread(sleep_time=0.01, daemon=True)
time.sleep(0.2)
r.publish("news", "first")
time.sleep(0.2)
r.publish("news", "second")
time.sleep(0.2)
thread.stop()
thread.join()
seen = r.get("seen")
print("seen", seen)
