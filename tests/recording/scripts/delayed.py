import redis

r = redis.Redis(decode_responses=True)
r.zadd("later", {"mail": 10, "report": 30})
for now in (5, 10, 30):
    due = r.zrangebyscore("later", "-inf", now, start=0, num=1)
    if due:
        job = due[0]
        r.zrem("later", job)
        print(f"at {now}: {job}")
    else:
        print(f"at {now}: nothing")
highest = r.zpopmax("later")
print("left:", highest)
