import redis

r = redis.Redis()
r.set("stock", 3)
r.set("unused", b"caf\xc3\xa9")


def take(pipe):
    stock = int(pipe.get("stock"))
    pipe.multi()
    pipe.set("stock", stock - 1)
    pipe.rpush("sold", f"item {stock}")


r.transaction(take, "stock")
with r.pipeline() as pipe:
    pipe.watch("stock")
    pipe.unwatch()
sold = r.lrange("sold", 0, -1)
print("sold:", [item.decode() for item in sold])
coffee = r.get("unused")
print("bytes are", coffee)
print("text is", coffee.decode())
