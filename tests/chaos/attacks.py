"""The attacks: kill, stop, fill, cut and jump. Each leaves the site as it was, except for what it destroyed."""

import os
import signal
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from threading import Event

from tests.chaos.site import Clock, Site
from tests.postgresql import PostgreSQL
from tests.servers import Proxy, RedisServer
from tests.supervised import kill

Attack = Callable[[Site], str]
"""Attacks the site and returns a sentence that says how."""


def _pause(site: Site, most: float) -> float:
    seconds = site.random.uniform(0.1, most)
    Event().wait(seconds)
    return seconds


def kill_a_worker(site: Site) -> str:
    """Kill a process that serves, as it may be that has just been started."""
    children = site.program.children()
    if not children:
        return "no process was there to be killed"
    chosen = site.random.choice(children)
    kill(chosen)
    return f"killed process {chosen}"


def kill_all_workers(site: Site) -> str:
    """Kill every process but the supervisor at the same moment."""
    children = site.program.children()
    kill(*children)
    return f"killed {len(children)} processes at once"


def stop_a_worker(site: Site) -> str:
    """Have a worker stand still for less time than a visitor waits."""
    workers = site.program.workers()
    if not workers:
        return "no worker was there to be stopped"
    chosen = site.random.choice(workers)
    with suppress(ProcessLookupError):
        os.kill(chosen, signal.SIGSTOP)
    seconds = _pause(site, 1)
    with suppress(ProcessLookupError):
        os.kill(chosen, signal.SIGCONT)
    return f"stopped worker {chosen} for {seconds:.1f} s"


def kill_the_embedded_redis(site: Site) -> str:
    """Kill the server, its keeper, or both."""
    names = site.random.choice([["server"], ["keeper"], ["server", "keeper"]])
    kill(*(pid for pid in map(site.program.holder, names) if pid))
    return f"killed the embedded {' and its '.join(names)}"


def kill_redis(site: Site) -> str:
    """Kill Redis, and start it empty."""
    server = _redis(site)
    server.kill()
    seconds = _pause(site, 1)
    server.start()
    return f"killed Redis, and started it empty after {seconds:.1f} s"


def empty_redis(site: Site) -> str:
    """Remove all keys."""
    _redis(site).ask("FLUSHALL")
    return "emptied Redis"


def stop_redis(site: Site) -> str:
    """Have Redis accept connections and answer nothing."""
    with _redis(site).hanging():
        seconds = _pause(site, 4)
    return f"stopped Redis for {seconds:.1f} s"


def fill_redis(site: Site) -> str:
    """Have Redis refuse what needs memory."""
    server = _redis(site)
    before = str(server.info("memory")["maxmemory"])
    # A limit below what is used is what a full server looks like.
    server.ask("CONFIG", "SET", "maxmemory", str(max(1, int(server.info("memory")["used_memory"]) - 100_000)))
    seconds = _pause(site, 3)
    server.ask("CONFIG", "SET", "maxmemory", before)
    return f"filled Redis for {seconds:.1f} s"


def cut_connections(site: Site) -> str:
    """Cut all connections to Redis, in the middle of commands and answers."""
    assert isinstance(site.proxy, Proxy)
    site.proxy.cut()
    return "cut all connections to Redis"


def stop_postgres(site: Site) -> str:
    """Have PostgreSQL accept connections and answer nothing."""
    assert isinstance(site.postgres, PostgreSQL)
    with site.postgres.hanging():
        seconds = _pause(site, 4)
    return f"stopped PostgreSQL for {seconds:.1f} s"


def fill_the_disk(site: Site) -> str:
    """Fill the program's disk to the last block."""
    assert isinstance(site.disk, Path)
    filler = site.disk / "filler"
    try:
        # Small blocks, so that no room is left for a small write either.
        with suppress(OSError), filler.open("wb", buffering=0) as file:
            while file.write(bytes(4096)):
                pass
        seconds = _pause(site, 2)
    finally:
        filler.unlink(missing_ok=True)
    return f"filled the disk for {seconds:.1f} s"


def jump_in_time(site: Site) -> str:
    """Let the clock of Redis jump, and jump back."""
    assert isinstance(site.clock, Clock)
    hours = site.random.choice([-30, -1, 1, 30])
    site.clock.set(hours * 3600)
    seconds = _pause(site, 2)
    site.clock.set(0)
    return f"let the clock of Redis jump by {hours} hours for {seconds:.1f} s"


def _redis(site: Site) -> RedisServer:
    assert isinstance(site.server, RedisServer)
    return site.server


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of attack, how often it is chosen, and whether a site has what it attacks."""

    attack: Attack
    weight: int
    is_possible: Callable[[Site], bool]


def _always(_site: Site) -> bool:
    return True


def _has_redis(site: Site) -> bool:
    return site.server is not None


KINDS = (
    Kind(kill_a_worker, 4, _always),
    Kind(kill_all_workers, 2, _always),
    Kind(stop_a_worker, 2, _always),
    Kind(kill_the_embedded_redis, 4, lambda site: site.server is None),
    Kind(kill_redis, 3, _has_redis),
    Kind(empty_redis, 2, _has_redis),
    Kind(stop_redis, 2, _has_redis),
    Kind(fill_redis, 2, _has_redis),
    Kind(cut_connections, 4, _has_redis),
    Kind(stop_postgres, 3, lambda site: site.postgres is not None),
    Kind(fill_the_disk, 2, lambda site: site.disk is not None),
    Kind(jump_in_time, 2, lambda site: site.clock is not None and site.clock.can_jump),
)


def kinds_for(site: Site) -> list[Kind]:
    """Return the kinds of attack that are possible on the site."""
    return [kind for kind in KINDS if kind.is_possible(site)]


def attacks_on(site: Site) -> Callable[[], Attack]:
    """Return a function that gives the next attack: first one of each kind in random order, then any."""
    kinds = kinds_for(site)
    first = site.random.sample(kinds, len(kinds))

    def following() -> Attack:
        if first:
            return first.pop().attack
        (kind,) = site.random.choices(kinds, [kind.weight for kind in kinds])
        return kind.attack

    return following
