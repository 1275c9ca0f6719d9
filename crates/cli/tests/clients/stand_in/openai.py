"""As much of OpenAI's client as README's example calls, for machines without it: over the standard library alone."""

import json
import types
import urllib.request


class OpenAI:
    def __init__(self, base_url, api_key):
        self._base_url, self._api_key = base_url, api_key
        self.chat = types.SimpleNamespace(completions=types.SimpleNamespace(create=self._create))

    def _create(self, **body):
        headers = {"content-type": "application/json", "authorization": f"Bearer {self._api_key}"}
        data = json.dumps(body).encode()
        request = urllib.request.Request(f"{self._base_url}/chat/completions", data, headers)
        with urllib.request.urlopen(request, timeout=60) as answer:
            completion = json.load(answer)
        assert completion["choices"][0]["message"]["content"], completion
        return completion
