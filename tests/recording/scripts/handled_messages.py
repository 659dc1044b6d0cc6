import redis
r = redis.Redis()
def hear(message):
    print("handled", message["data"])
p = r.pubsub()
p.subscribe(news=hear)
p.ssubscribe("s")
r.publish("news", "x")
r.spublish("s", "y")
for _ in range(3):
    p.get_message(timeout=1)
m = p.get_message(timeout=1)
print(m)
p.unsubscribe()
p.sunsubscribe()
while p.subscribed:
    print(p.get_message(timeout=1))
