"""Replies as a server of RESP2 sends them, for the program's clients."""

from tutor.engine.values.replies import Reply, encoded, error_of


def as_resp(reply: Reply) -> bytes:
    """Return the reply in RESP2, see https://redis.io/docs/latest/develop/reference/protocol-spec/ for its types."""
    if reply is None:
        return b"$-1\r\n"
    if isinstance(reply, bool | int):
        return b":%d\r\n" % reply
    if isinstance(reply, list):
        return b"*%d\r\n" % len(reply) + b"".join(map(as_resp, reply))
    refusal = error_of(reply)
    if refusal is not None:
        return b"-" + encoded(refusal) + b"\r\n"
    data = encoded(str(reply))
    return b"$%d\r\n%b\r\n" % (len(data), data)


def confirmations_as_resp(reply: Reply) -> bytes:
    """Return the confirmations of a subscription, one or a list of several, as the server pushes them."""
    is_one = isinstance(reply, list) and bool(reply) and not isinstance(reply[0], list)
    several = [reply] if is_one or not isinstance(reply, list) else reply
    return b"".join(map(as_resp, several))
