# /// script
# dependencies = ["httpx", "httpx-sse", "sseclient==0.0.27", "sseclient-py", "requests"]
# ///
"""Readers of server-sent events that parse every block, and one that reads line by line."""

import json

import httpx
import requests
from httpx_sse import connect_sse

from checks import KEY, MODEL, QUESTION, URL, check, end

body = {"model": MODEL, "messages": [{"role": "user", "content": QUESTION}], "stream": True}
headers = {"authorization": f"Bearer {KEY}"}


def blocks():
    """As `sseclient` does it: each block that is not empty has data."""
    text = requests.post(URL + "/chat/completions", json=body, headers=headers, timeout=60).text
    told = [block for block in text.replace("\r\n", "\n").split("\n\n") if block]
    return all(line.startswith("data: ") for block in told for line in block.split("\n")) and told[-1] == "data: [DONE]"


def lines():
    with requests.post(URL + "/chat/completions", json=body, headers=headers, stream=True, timeout=60) as told:
        data = [line[6:] for line in told.iter_lines(decode_unicode=True) if line]
    return all(json.loads(line) for line in data[:-1])


def httpx_sse():
    with httpx.Client() as client, connect_sse(client, "POST", URL + "/chat/completions", json=body, headers=headers) as source:
        return [event.data for event in source.iter_sse()][-1] == "[DONE]"


NAME = "readers of events"
check(NAME, "blocks", blocks)
check(NAME, "lines", lines)
check(NAME, "httpx-sse", httpx_sse)
end()
