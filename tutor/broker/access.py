"""The rights of the program's user on a Redis server, and the commands that it needs besides those of lessons."""

from tutor.engine.values.replies import Words

# A second barrier behind the program's own allow-list. INFO names the server on the page. Lessons with several actors
# need CLIENT to find, wake and close their blocked connections. SORT is in the category @dangerous only because it is
# slow. Redis 7.0 does not start with the name of a command that it lacks, so none here is newer. A server compares the
# pattern of PSUBSCRIBE literally with the permitted ones, so this command alone may name any (the last parentheses).
RIGHTS = (
    "~tutor:* &tutor:* +@all -@admin -@dangerous -@scripting -scan -randomkey -dbsize"
    " -client +client|id +client|getname +client|setname +client|info +client|list +client|kill +client|unblock"
    " +info +sort +sort_ro -acl -cluster -memory +memory|usage (&* +psubscribe)"
)

SORT_ANY_KEY = "(%R~* ~tutor:* +sort +sort_ro)"
"""A selector for BY and GET of SORT, which servers refuse to users who may not read every key."""

KEY = "tutor:{health}:key"
CHANNEL = "tutor:{health}:channel"

OWN: tuple[Words, ...] = (
    *((name, KEY) for name in "GET SMEMBERS UNLINK DEL EXISTS TYPE PERSIST PTTL ZCARD".split()),
    *((name, KEY, "1") for name in "SET EXPIRE PEXPIRE PEXPIREAT SADD ZREM ZSCORE ZMSCORE".split()),
    *((name, KEY, "1", "1") for name in "ZADD ZCOUNT ZRANGE ZRANGEBYSCORE".split()),
    ("PUBLISH", CHANNEL, ""),
    ("SUBSCRIBE", CHANNEL),
    ("UNSUBSCRIBE", CHANNEL),
    ("CLIENT", "ID"),
    ("CLIENT", "LIST"),
    ("CLIENT", "KILL", "ID", "0"),
    ("CLIENT", "UNBLOCK", "0"),
    ("UNWATCH",),
    ("TIME",),
    ("PING",),
)
"""The commands that the program itself sends for each lesson, its sweeps and the live page."""
