import redis

r = redis.Redis(decode_responses=True)
r.xgroup_create("events", "team", id="0", mkstream=True)
first = r.xadd("events", {"type": "login", "user": "ali"})
r.xadd("events", {"type": "logout", "user": "ali"})

answer = r.xreadgroup("team", "anna", {"events": ">"}, count=2)
for _, entries in answer:
    for entry_id, fields in entries:
        print(entry_id, fields["type"])
        r.xack("events", "team", entry_id)

pending = r.xpending("events", "team")
print("Still pending:", pending["pending"])
print("The first was", first)
