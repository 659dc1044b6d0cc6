import redis

r = redis.Redis(decode_responses=True)
for word in ["it's", 'say "hi"', "größe", "日本 ☕", "{task}", "{{x}}", "two\nlines", "back\\slash", "", "  spaces ", "# no: comment", "null"]:
    r.rpush("words", word)
while True:
    word = r.lpop("words")
    if word is None:
        break
    print(f"{word!r} -> {word}")
r.set("json", '{"a": [1, 2]}')
text = r.get("json")
print(f"{{text}} is {text}")
print("multi\nline", "of", text)
