"""Guests order coffee, and the barista makes one order after the other."""

import redis

r = redis.Redis(decode_responses=True)

r.lpush("orders", "espresso")
r.lpush("orders", "latte")
order = r.rpop("orders")
print(f"Here is your {order}!")
order = r.rpop("orders")
print(f"Here is your {order}!")
order = r.rpop("orders")
print("Nothing left:", order)
