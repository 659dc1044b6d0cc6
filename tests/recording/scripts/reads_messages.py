import redis
r = redis.Redis(decode_responses=True)
p = r.pubsub()
p.subscribe("news")
message = p.get_message(timeout=1)
print(message)
message = p.get_message()
for text in ("one", "two"):
    r.publish("news", text)
for _ in range(4):
    message = p.get_message(timeout=0.2)
    if message:
        print("got", message["data"], message["type"])
if (last := p.get_message()) is None:
    print("nothing")
p.close()
