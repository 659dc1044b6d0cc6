import redis


class Queue:
    """A queue with a name."""

    def __init__(self, name):
        self.name = name
        self.client = redis.Redis(decode_responses=True)

    def put(self, item):
        self.client.rpush(self.name, item)

    def get(self):
        item = self.client.lpop(self.name)
        if item is None:
            raise LookupError(self.name)
        return item


queue = Queue("letters")
queue.put("a")
queue.put("b")
letter = queue.get()
print("First", letter)
letter = queue.get()
print("Second", letter)
try:
    queue.get()
except LookupError as error:
    print("Empty:", error)
