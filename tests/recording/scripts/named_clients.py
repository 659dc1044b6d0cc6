"""Two clients with names, in one thread, and a reliable queue."""

from redis import Redis

shop = Redis(client_name="shop", decode_responses=True)
cook = Redis(host="10.1.2.3", decode_responses=True)
cook.client_setname("Cook")

shop.rpush("orders", "pizza", "salad")
dish = cook.lmove("orders", "stove", "LEFT", "RIGHT")
print("Cooking", dish, sep=": ", end="")
print("!")
cook.lrem("stove", 1, dish)
waiting = shop.llen("orders")
print(f"{waiting:>3} still waiting")
