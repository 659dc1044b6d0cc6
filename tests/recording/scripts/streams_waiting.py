import threading
import time

import redis

r = redis.Redis(decode_responses=True)


def follow():
    last = "$"
    for _ in range(2):
        found = r.xread({"log": last}, block=0)
        last, entry = found[0][1][0]
        print("saw", entry["event"])


reader = threading.Thread(target=follow, name="log-reader")
reader.start()
time.sleep(0.2)
r.xadd("log", {"event": "login"})
time.sleep(0.2)
r.xadd("log", {"event": "logout"})
reader.join()
