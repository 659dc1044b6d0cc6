import sys

import redis


def connect():
    return redis.Redis(host="redis.internal", port=7000, password="secret", db=3, decode_responses=True)


def fill(client, names):
    for number, name in enumerate(names, 1):
        client.lpush("todo", f"{number}:{name}")


def drain(client):
    finished = 0
    while (task := client.rpop("todo")) is not None:
        client.lpush("done", task)
        finished += 1
        print(f"- {task}")
    return finished


def main(names):
    client = connect()
    fill(client, names)
    total = drain(client)
    print(f"{total} tasks done")


if __name__ == "__main__":
    main(sys.argv[1:] or ["wash", "cook"])
