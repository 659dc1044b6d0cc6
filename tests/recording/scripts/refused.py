import redis

r = redis.Redis(decode_responses=True)
r.flushall()
r.set("name", "Ali")
try:
    r.lpush("name", "Mal")
except redis.ResponseError as error:
    print("Refused:", error)
name = r.get("name")
print(f"Still {name}")
