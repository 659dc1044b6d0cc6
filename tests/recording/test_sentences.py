"""Sentences of recorded steps: a specific one for every command that a lesson may send."""

import re

from hypothesis import given
from hypothesis import strategies as st

from tests.tables import for_each
from tutor.engine.lesson.problems.command_refusals import command_refusal
from tutor.engine.program.interpolation import fill
from tutor.engine.redis.command_line import split_command
from tutor.engine.redis.table import all_commands, spec_of
from tutor.recording.sentences import LONGEST_SENTENCE, sentence
from tutor.recording.step_drafts import StepDraft

SENTENCES = """
APPEND k v => appends 'v' to k
BITCOUNT k => counts the bits of k that are 1
BITFIELD k SET u8 0 255 => reads or changes numbers within the bits of k
BITFIELD_RO k GET u8 0 => reads numbers within the bits of k
BITOP AND dest a b => combines the bits of a and b by AND into dest
BITPOS k 1 => looks for the first bit of k that is 1
BLMOVE a b LEFT RIGHT 0 => moves an element from a to b
BLMPOP 0 2 a b LEFT => takes an element from a or b
BLPOP a b 0 => takes an element from a or b
BRPOP a 0 => takes an element from a
BRPOPLPUSH a b 0 => moves an element from a to b
BZMPOP 0 1 z MIN => takes an element from z
BZPOPMAX z 0 => takes an element from z
BZPOPMIN z y 0 => takes an element from z or y
COPY a b => copies a to b
DECR n => takes 1 from n
DECRBY n 5 => takes 5 from n
DEL a b => deletes a and b
DELIFEQ k v => deletes k if its value is 'v'
DISCARD => gives the transaction up
ECHO hello => has Redis send back 'hello'
EXEC => runs the transaction
EXISTS a => asks whether a is there
EXPIRE k 60 => lets k live for 60 s
EXPIREAT k 4102444800 => lets k live until the Unix time 4102444800
EXPIRETIME k => asks until when k will live
GEOADD g NX 13.4 52.5 Berlin 2.35 48.86 Paris => adds 'Berlin' and 'Paris' with their places to g
GEODIST g Berlin Paris km => asks how far 'Berlin' is from 'Paris' in g
GEOHASH g Berlin => asks for the geohashes of 'Berlin' in g
GEOPOS g Berlin Paris => asks for the places of 'Berlin' and 'Paris' in g
GEORADIUS g 13 52 100 km => looks in g for members near a place
GEORADIUSBYMEMBER g Berlin 100 km => looks in g for members near 'Berlin'
GEORADIUSBYMEMBER_RO g Berlin 100 km => looks in g for members near 'Berlin'
GEORADIUS_RO g 13 52 100 km => looks in g for members near a place
GEOSEARCH g FROMMEMBER Berlin BYRADIUS 100 km => looks in g for members within an area
GEOSEARCHSTORE d g FROMMEMBER Berlin BYRADIUS 100 km => stores in d the members of g within an area
GET k => reads k
GETBIT k 7 => reads bit 7 of k
GETDEL k => takes the value from k and deletes it
GETEX k EX 60 => reads k
GETRANGE k 0 3 => reads the bytes 0 to 3 of k
GETSET k v => sets k to 'v'
HDEL h a b => removes 'a' and 'b' from h
HEXISTS h a => asks whether h has the field a
HEXPIRE h 60 FIELDS 2 a b => lets a and b of h live for 60 s
HEXPIREAT h 4102444800 FIELDS 1 a => lets a of h live until the Unix time 4102444800
HEXPIRETIME h FIELDS 1 a => asks until when a of h will live
HGET h a => reads a of h
HGETALL h => reads h
HGETDEL h FIELDS 2 a b => takes a and b out of h
HGETEX h EX 60 FIELDS 1 a => reads a of h
HINCRBY h a 5 => adds 5 to a of h
HINCRBYFLOAT h a 0.5 => adds 0.5 to a of h
HKEYS h => reads h
HLEN h => asks how long h is
HMGET h a b => reads a and b of h
HMSET h a 1 => sets a to '1' in h
HPERSIST h FIELDS 1 a => lets a of h live for ever
HPEXPIRE h 500 FIELDS 1 a => lets a of h live for 500 ms
HPEXPIREAT h 4102444800000 FIELDS 1 a => lets a of h live until the Unix time 4102444800000 ms
HPEXPIRETIME h FIELDS 1 a => asks until when a of h will live
HPTTL h FIELDS 1 a => asks how long a of h will live
HRANDFIELD h => reads a random field of h
HSCAN h 0 => reads a part of h
HSET h a 1 b 2 => sets a to '1' and b to '2' in h
HSETEX h EX 60 FIELDS 2 a 1 b 2 => sets a to '1' and b to '2' in h for 60 s
HSETNX h a 1 => sets a to '1' in h if it is not there
HSTRLEN h a => asks how long a of h is
HTTL h FIELDS 1 a => asks how long a of h will live
HVALS h => reads h
INCR n => adds 1 to n
INCRBY n 5 => adds 5 to n
INCRBYFLOAT n 0.5 => adds 0.5 to n
LCS a b => compares a with b
LINDEX q 0 => reads the element 0 of q
LINSERT q BEFORE b a => inserts 'a' before 'b' in q
LLEN q => asks how long q is
LMOVE a b LEFT RIGHT => moves an element from a to b
LMPOP 2 a b LEFT => takes an element from a or b
LPOP q => takes an element from q
LPOS q a => asks where 'a' is in q
LPUSH q a b => pushes 'a' and 'b' to q
LPUSHX q a => pushes 'a' to q
LRANGE q 0 -1 => reads q
LREM q 0 a => removes 'a' from q
LSET q 0 a => sets the element 0 of q to 'a'
LTRIM q 0 9 => trims q to the elements 0 to 9
MGET a b => reads a and b
MSET a 1 b 2 => sets a to '1' and b to '2'
MSETEX 2 a 1 b 2 EX 60 => sets a and b for 60 s
MSETNX a 1 b 2 => sets a to '1' and b to '2' if none of them is there
MULTI => opens a transaction
OBJECT ENCODING k => asks how the server stores k
OBJECT HELP => asks Redis for help
PERSIST k => lets k live for ever
PEXPIRE k 500 => lets k live for 500 ms
PEXPIREAT k 4102444800000 => lets k live until the Unix time 4102444800000 ms
PEXPIRETIME k => asks until when k will live
PFADD p a b => adds 'a' and 'b' to p
PFCOUNT p => estimates how many different elements p has seen
PFMERGE d a b => merges a and b into d
PING => asks whether Redis answers
PSETEX k 500 v => sets k to 'v' for 500 ms
PSUBSCRIBE n* => subscribes to channels like n*
PTTL k => asks how long k will live
PUBLISH news hi => publishes 'hi' on news
PUBSUB CHANNELS => asks which channels have subscribers
PUBSUB HELP => asks Redis for help
PUBSUB NUMPAT => asks how many patterns have subscribers
PUBSUB NUMSUB a b => asks how many subscribers there are on a and b
PUBSUB SHARDCHANNELS => asks which channels have subscribers
PUBSUB SHARDNUMSUB => asks how many subscribers there are
PUNSUBSCRIBE => unsubscribes
RENAME a b => renames a to b
RENAMENX a b => renames a to b if that name is free
RPOP q => takes an element from q
RPOPLPUSH a b => moves an element from a to b
RPUSH q a b c d e => pushes 'a', 'b', 'c' and 2 more to q
RPUSHX q a => pushes 'a' to q
SADD s a b => adds 'a' and 'b' to s
SCARD s => asks how long s is
SDIFF a b => reads a and b
SDIFFSTORE d a b => stores in d what is in the first of a and b alone
SET k v NX EX 60 => sets k to 'v' for 60 s if it is not there
SETBIT k 7 1 => sets bit 7 of k to 1
SETEX k 60 v => sets k to 'v' for 60 s
SETNX k v => sets k to 'v' if it is not there
SETRANGE k 6 Redis => writes 'Redis' into k from byte 6 on
SINTER a b => reads a and b
SINTERCARD 2 a b => counts the members that a and b have in common
SINTERSTORE d a b => stores in d what a and b have in common
SISMEMBER s a => asks whether 'a' is in s
SMEMBERS s => reads s
SMISMEMBER s a b => asks whether 'a' and 'b' are in s
SMOVE a b x => moves 'x' from a to b
SORT q => sorts q
SORT_RO q => sorts q
SPOP s => takes an element from s
SPUBLISH news hi => publishes 'hi' on news
SRANDMEMBER s => reads a random member of s
SREM s a => removes 'a' from s
SSCAN s 0 => reads a part of s
SSUBSCRIBE news => subscribes to news
STRLEN k => asks how long k is
SUBSCRIBE news chat => subscribes to news and chat
SUBSTR k 0 3 => reads the bytes 0 to 3 of k
SUNION a b => reads a and b
SUNIONSTORE d a b => stores in d all that a and b hold
SUNSUBSCRIBE => unsubscribes
TIME => asks what time it is on the server
TOUCH a b => touches a and b
TTL k => asks how long k will live
TYPE k => asks what type k is
UNLINK a => deletes a
UNSUBSCRIBE => unsubscribes
UNWATCH => watches nothing any more
VADD v VALUES 2 0.5 1 a => adds an element with its vector to v
VCARD v => asks how many elements v has
VDIM v => asks how many dimensions the vectors of v have
VEMB v a => reads the vector of 'a' in v
VGETATTR v a => reads the attributes of 'a' in v
VINFO v => asks about v
VISMEMBER v a => asks whether 'a' is in v
VLINKS v a => asks for the neighbours of 'a' in v
VRANDMEMBER v => reads a random element of v
VREM v a => removes 'a' from v
VSETATTR v a {} => sets the attributes of 'a' in v
VSIM v ELE a => looks in v for elements that are alike
WATCH a b => watches a and b
XACK s g 1-0 => acknowledges '1-0' in s for g
XACKDEL s g IDS 1 1-0 => acknowledges entries of s for g and deletes them
XADD s * f v => appends f 'v' to s
XAUTOCLAIM s g c 0 0 => claims what is long pending in s for c of g
XCLAIM s g c 0 1-0 => claims '1-0' of s for c of g
XDEL s 1-0 => deletes '1-0' from s
XDELEX s IDS 1 1-0 => deletes entries from s
XGROUP CREATE s g $ => makes ready the group g of s
XGROUP CREATECONSUMER s g c => adds the consumer c to the group g of s
XGROUP DELCONSUMER s g c => removes the consumer c from the group g of s
XGROUP DESTROY s g => deletes the group g of s
XGROUP HELP => asks Redis for help
XGROUP SETID s g 0 => moves the group g of s to 0
XINFO CONSUMERS s g => asks for the consumers of the group g of s
XINFO GROUPS s => asks for the groups of s
XINFO HELP => asks Redis for help
XINFO STREAM s => asks about the stream s
XLEN s => asks how long s is
XPENDING s g => asks what is pending in s for g
XRANGE s - + => reads s
XREAD STREAMS s t 0 0 => reads s and t
XREADGROUP GROUP g c STREAMS s > => reads s as c of g
XREVRANGE s + - => reads s
XSETID s 9-0 => sets the last id of s to 9-0
XTRIM s MAXLEN 10 => trims s
ZADD z NX 1 a 2 b => adds 'a' (1) and 'b' (2) to z
ZCARD z => asks how long z is
ZCOUNT z 0 9 => counts the members of z with scores from 0 to 9
ZDIFF 2 a b => reads what is in the first of a and b alone
ZDIFFSTORE d 2 a b => stores in d what is in the first of a and b alone
ZINCRBY z 5 a => adds 5 to the score of 'a' in z
ZINTER 2 a b => reads what a and b have in common
ZINTERCARD 2 a b => counts the members that a and b have in common
ZINTERSTORE d 2 a b => stores in d what a and b have in common
ZLEXCOUNT z [a [c => counts the members of z from [a to [c
ZMPOP 1 z MIN => takes an element from z
ZMSCORE z a b => asks for the scores of 'a' and 'b' in z
ZPOPMAX z => takes an element from z
ZPOPMIN z => takes an element from z
ZRANDMEMBER z => reads a random member of z
ZRANGE z 0 -1 => reads z
ZRANGEBYLEX z [a [c => reads z
ZRANGEBYSCORE z 0 9 => reads z
ZRANGESTORE d z 0 -1 => stores a range of z in d
ZRANK z a => asks for the rank of 'a' in z
ZREM z a => removes 'a' from z
ZREMRANGEBYLEX z [a [c => removes the members of z from [a to [c
ZREMRANGEBYRANK z 0 1 => removes the members of z with ranks 0 to 1
ZREMRANGEBYSCORE z 0 9 => removes the members of z with scores from 0 to 9
ZREVRANGE z 0 -1 => reads z
ZREVRANGEBYLEX z [c [a => reads z
ZREVRANGEBYSCORE z 9 0 => reads z
ZREVRANK z a => asks for the rank of 'a' in z
ZSCAN z 0 => reads a part of z
ZSCORE z a => asks for the score of 'a' in z
ZUNION 2 a b => reads all that a and b hold
ZUNIONSTORE d 2 a b => stores in d all that a and b hold
"""
"""A command, and the expected sentence."""

PAIRS = [tuple(line.split(" => ")) for line in SENTENCES.strip().splitlines()]


def said(line: str, *, save: str = "", is_empty: bool = False) -> str:
    words = split_command(line)
    draft = StepDraft("command", "ana", 0, 1, words=words, save=save, template=words)
    return sentence(draft, "Ana", "nil" if is_empty else "a value")


@for_each(("line", "deed"), PAIRS)
def test_a_command_says_what_it_does(line: str, deed: str):
    assert said(line) == f"Ana {deed}"


def test_every_command_has_a_sentence_of_its_own():
    told = {spec_of(split_command(line)).name for line, _ in PAIRS}
    assert told == {name for name, each in all_commands().items() if not each.refused and not each.has_subcommands}


@for_each("line", [line for line, _ in PAIRS])
def test_the_commands_are_as_long_as_the_servers_want_them(line: str):
    words = split_command(line)
    command = spec_of(words)
    assert len(words) == command.arity or (command.arity < 0 and len(words) >= -command.arity)


NOTHING = [
    ("GET k", "finds nothing in k"),
    ("BLPOP a b 0", "finds nothing in a and b"),
    ("LMPOP 2 a b LEFT", "finds nothing in a and b"),
    ("LMOVE a b LEFT RIGHT", "finds nothing in a"),
    ("HGET h a", "finds no a of h"),
    ("XREADGROUP GROUP g c STREAMS s >", "finds nothing new in s as c of g"),
    ("SORT q", "finds nothing to sort in q"),
    ("HDEL h a", "removes 'a' from h"),
]


@for_each(("line", "deed"), NOTHING)
def test_a_command_that_finds_nothing_says_so(line: str, deed: str):
    assert said(line, is_empty=True) == f"Ana {deed}"


SAVED = [
    ("LLEN q", "asks how long q is: 'x'"),
    ("GET k", "reads k: 'x'"),
    ("RPOP q", "takes 'x' from q"),
    ("BLMPOP 0 1 q LEFT", "takes 'x' from q"),
    ("LMOVE a b LEFT RIGHT", "moves 'x' from a to b"),
    ("LPUSH q a", "pushes 'a' to q"),
]


@for_each(("line", "deed"), SAVED)
def test_what_a_step_saves_is_shown_where_the_command_gets_it(line: str, deed: str):
    assert fill(said(line, save="task"), {"task": "x"}) == f"Ana {deed}"


OPTIONS = [
    ("SET k v", "sets k to 'v'"),
    ("SET k v XX PX 5", "sets k to 'v' for 5 ms if it is there"),
    ("SET EX NX", "sets EX to 'NX'"),
    ("ZADD z XX CH 1 a", "adds 'a' (1) to z"),
    ("SORT q STORE d", "sorts q into d"),
    ("XADD s MAXLEN ~ 10 * f v g w", "appends f 'v' and g 'w' to s"),
    ("PUBSUB NUMSUB", "asks how many subscribers there are"),
    ("lpush q a", "pushes 'a' to q"),
]


@for_each(("line", "deed"), OPTIONS)
def test_options_are_mentioned_where_they_matter(line: str, deed: str):
    assert said(line) == f"Ana {deed}"


@for_each("line", ["LPUSH q", "SETEX k 5", "LMOVE a", "ZADD z", "HSETEX h FIELDS", "XREAD STREAMS"])
def test_a_command_with_words_missing_is_only_named(line: str):
    assert said(line) == f"Ana sends {line.split(maxsplit=1)[0]}"


WORD = st.sampled_from(["<1>", "<keys>", "[x]", " | ", "<EX>", "{task}", "EX", "FIELDS", "STREAMS", "7"]) | st.text(
    st.characters(exclude_categories=["Cs"], exclude_characters="\x00"), max_size=50
)


@given(st.sampled_from([line for line, _ in PAIRS]), st.lists(WORD, max_size=6), st.booleans())
def test_words_are_never_taken_for_places_of_a_sentence(line: str, more: list[str], is_empty: bool):
    words = [*split_command(line)[:2], *more]
    if command_refusal(words):
        return
    draft = StepDraft("command", "ana", 0, 1, words=words, template=[word.replace("{", "{{") for word in words])
    text = sentence(draft, "Ana", "nil" if is_empty else "a value")
    assert text.startswith("Ana ")
    assert len(text) <= LONGEST_SENTENCE
    assert set(re.findall(r"<[^ <>]+>", text)) <= set(re.findall(r"<[^ <>]+>", " ".join(words)))
