"""How often something may happen: fixed windows counted in Redis, or in this process where there is none.

Keys are hashed before they leave the process; nothing here is worth stealing. A limit never stops signing because
Redis is away: counting falls back to this process.
"""

import hashlib
import logging
import threading
import time
from dataclasses import dataclass
from datetime import timedelta
from functools import lru_cache
from typing import TYPE_CHECKING

from django.conf import settings
from redis import Redis, RedisError
from redis.commands.core import Script

if TYPE_CHECKING:
    from collections.abc import Sequence

logger = logging.getLogger(__name__)

REST_AFTER_FAILURE = 5.0  # seconds without asking Redis again after it failed
MEMORY_KEYS = 100_000
REDIS_TIMEOUT = 0.3


@dataclass(frozen=True)
class Limit:
    """At most ``amount`` times ``action`` by the same ``key`` within a window of ``per``."""

    action: str
    key: str
    amount: int
    per: timedelta

    def window(self, now: float) -> "Window":
        """(counter name, seconds until this window ends, amount)."""
        length = int(self.per.total_seconds())
        number = int(now // length)
        digest = hashlib.blake2b(f"{self.action}\0{self.key}".encode(), digest_size=16).hexdigest()
        return f"limit:{digest}:{length}:{number}", int((number + 1) * length - now) + 1, self.amount


Window = tuple[str, int, int]


@dataclass(frozen=True)
class Standing:
    """Where somebody stands within a window after an act: how many more are ``left``, and in how many ``seconds`` it
    ends."""

    left: int
    seconds: int
    is_over: bool


class _Memory:
    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._counts: dict[str, tuple[int, float]] = {}

    def add(self, windows: "Sequence[Window]", known: "Sequence[int] | None" = None) -> list[int]:
        """Count one act in each window up to the first that refuses it, or take over what Redis counted."""
        now = time.monotonic()
        with self._lock:
            if len(self._counts) >= MEMORY_KEYS:
                self._forget_some(now)
            found: list[int] = []
            for place, (name, seconds, amount) in enumerate(windows[: len(known)] if known else windows):
                count, ends = self._counts.get(name, (0, now + seconds))
                count = known[place] if known else count + 1
                self._counts[name] = (count, ends)
                found.append(count)
                if count > amount:
                    break
            return found

    def _forget_some(self, now: float) -> None:
        """Drop windows that are over, and the older half when none is: memory stays bounded under a flood."""
        self._counts = {name: held for name, held in self._counts.items() if held[1] > now}
        if len(self._counts) >= MEMORY_KEYS:
            self._counts = dict(list(self._counts.items())[MEMORY_KEYS // 2 :])

    def clear(self) -> None:
        with self._lock:
            self._counts.clear()


class _Counters:
    def __init__(self) -> None:
        self.memory = _Memory()
        self._rest_until = 0.0

    def add(self, windows: "Sequence[Window]") -> list[int]:
        if settings.REDIS_URL and time.monotonic() >= self._rest_until:
            try:
                # Remembered here as well, so that a hiccup of Redis does not open the door anew.
                return self.memory.add(windows, known=self._add_in_redis(windows))
            except (RedisError, OSError) as error:
                self._rest_until = time.monotonic() + REST_AFTER_FAILURE
                logger.warning("limits: Redis is away (%s), counting in this process", type(error).__name__)
        return self.memory.add(windows)

    def _add_in_redis(self, windows: "Sequence[Window]") -> list[int]:
        names, seconds, amounts = zip(*windows, strict=True)
        return [int(count) for count in _counting(settings.REDIS_URL)(keys=names, args=[*seconds, *amounts])]


# One command and one answer for all windows, up to the first that refuses; a window's counter ends with it.
_COUNT = """
local counts = {}
for place, name in ipairs(KEYS) do
  counts[place] = redis.call("INCR", name)
  if counts[place] == 1 then redis.call("EXPIRE", name, ARGV[place]) end
  if counts[place] > tonumber(ARGV[#KEYS + place]) then break end
end
return counts
"""


@lru_cache(maxsize=4)
def _counting(url: str) -> Script:
    client: Redis = Redis.from_url(
        url,
        socket_timeout=REDIS_TIMEOUT,
        socket_connect_timeout=REDIS_TIMEOUT,
        retry_on_timeout=False,
        retry=None,
    )
    return client.register_script(_COUNT)


_counters = _Counters()


def take(*limits: Limit) -> int:
    """Count one act against one limit after the other, in one round trip.

    What a limit refuses does not count against those behind it: whoever is over their own limit uses up nothing that
    others share. So the narrow one stands first. Returns 0 when all allow the act, otherwise the seconds until it may
    be tried again.
    """
    if not limits:
        return 0
    windows = [limit.window(time.time()) for limit in limits]
    counts = _counters.add(windows)
    return next((seconds for (_, seconds, most), n in zip(windows, counts, strict=False) if n > most), 0)


def spend(limit: Limit) -> Standing:
    """Count one act, and tell where that leaves whoever did it; for doors that say so in headers."""
    window = limit.window(time.time())
    (count,) = _counters.add([window])
    return Standing(max(limit.amount - count, 0), window[1], count > limit.amount)


def forget_all() -> None:
    """Start counting anew in this process (tests, and after an operator's decision)."""
    _counters.memory.clear()
