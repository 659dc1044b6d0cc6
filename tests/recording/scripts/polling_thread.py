import threading
import redis
r = redis.Redis(decode_responses=True)
p = r.pubsub(ignore_subscribe_messages=True)
p.subscribe("news")
q = r.pubsub()
q.psubscribe("n*")
ready = threading.Event()

def work():
    done = 0
    while done < 2:
        m = p.get_message(timeout=0.1)
        if m:
            print("worker", m["data"])
            done += 1
        else:
            ready.set()

t = threading.Thread(target=work, name="reader")
t.start()
ready.wait()
r.publish("news", "a")
r.publish("news", "b")
t.join()
while m := q.get_message():
    print(m["type"], m["data"])
r.spublish("x", "y")
