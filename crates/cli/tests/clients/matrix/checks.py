"""What every client's file shares: where the API is, and how a case is told. Each case prints a line `ok` or `fails`, its client and its name."""

import asyncio
import inspect
import os
import sys

BASE = os.environ.get("CUCKOO_API", "http://127.0.0.1:8780")
URL = BASE + "/v1"
KEY = os.environ.get("CUCKOO_KEY", "unused")
MODEL = os.environ.get("CUCKOO_MODEL", "scripted")
EMBEDDING_MODEL = os.environ.get("CUCKOO_EMBEDDING_MODEL", "embedder")
IMAGE_MODEL = os.environ.get("CUCKOO_IMAGE_MODEL", "painter")

QUESTION = "Say something."
# The scripted engine says what follows `echo: `, where a model would be asked for it.
ECHO = 'echo: {"name": "Ada", "address": {"street": "High Street", "number": 3}, "tags": ["a", "b"]}'
NESTED = {"name": "Ada", "address": {"street": "High Street", "number": 3}, "tags": ["a", "b"]}

_failed = 0
_loop = asyncio.new_event_loop()


def check(client, case, run):
    """Runs a case: `run` returns something true, or the case fails."""
    global _failed
    try:
        value = run()
        if inspect.isawaitable(value):
            value = _loop.run_until_complete(_wait(value))
        assert value, f"got {value!r}"
        print(f"ok\t{client}\t{case}", flush=True)
    except Exception as error:
        _failed += 1
        reason = " ".join(f"{type(error).__name__}: {error}".split())
        print(f"fails\t{client}\t{case}\t{reason[:300]}", flush=True)


async def _wait(value):
    return await asyncio.wait_for(value, 60)


def end():
    """Ends the program with 1 if a case failed."""
    sys.exit(1 if _failed else 0)
