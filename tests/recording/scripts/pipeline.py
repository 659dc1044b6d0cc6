import redis

r = redis.Redis(decode_responses=True)
pipe = r.pipeline()
pipe.set("greeting", "hello")
pipe.incr("count")
pipe.get("greeting")
ok, count, greeting = pipe.execute()
print(greeting, count)

plain = r.pipeline(transaction=False)
plain.rpush("list", "a", "b").llen("list")
results = plain.execute()
print("answers:", results)
