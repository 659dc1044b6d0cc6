from concurrent.futures import ThreadPoolExecutor

import redis

r = redis.Redis(decode_responses=True)
for number in range(4):
    r.rpush("numbers", number)


def double(_):
    number = r.lpop("numbers")
    r.rpush("doubled", int(number) * 2)


with ThreadPoolExecutor(max_workers=2) as pool:
    list(pool.map(double, range(4)))
total = r.llen("doubled")
print("doubled:", total)
