import time

import redis

r = redis.Redis(decode_responses=True)
r.set("code", "1234", ex=1)
code = r.get("code")
print("Your code is", code)
time.sleep(1.1)
code = r.get("code")
print("Your code is", code)
item = r.blpop("nothing", timeout=1)
print("Waited for", item)
