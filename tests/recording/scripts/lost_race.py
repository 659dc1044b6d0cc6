"""Two clients take money from one account; WATCH makes the second one notice."""

import redis
from redis.exceptions import WatchError

ali = redis.Redis(decode_responses=True)
mal = redis.Redis(decode_responses=True)
ali.set("balance", 100)

with ali.pipeline() as pipe:
    pipe.watch("balance")
    balance = int(pipe.get("balance"))
    mal.decrby("balance", 70)
    pipe.multi()
    pipe.set("balance", balance - 50)
    try:
        pipe.execute()
    except WatchError:
        print("Somebody was faster")

left = ali.get("balance")
print(f"Left: {left}")
