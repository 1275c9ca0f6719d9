"""The official OpenAI client against a coordinator: python openai_client.py BASE_URL MODEL."""

import sys

import openai

base_url, model = sys.argv[1:]
client = openai.OpenAI(base_url=base_url, api_key="unused", max_retries=0)
chat = {"model": model, "messages": [{"role": "user", "content": "Say something."}], "max_tokens": 12, "seed": 7}

assert model in [each.id for each in client.models.list()]
assert client.models.retrieve(model).id == model

whole = client.chat.completions.create(**chat)
answer = whole.choices[0]
assert answer.message.role == "assistant" and answer.message.content, whole
assert answer.finish_reason in ("stop", "length"), whole
assert 0 < whole.usage.completion_tokens <= 12, whole
assert whole.usage.total_tokens == whole.usage.prompt_tokens + whole.usage.completion_tokens, whole

chunks = list(client.chat.completions.create(**chat, stream=True, stream_options={"include_usage": True}))
text = "".join(chunk.choices[0].delta.content or "" for chunk in chunks if chunk.choices)
assert text == answer.message.content, (text, answer.message.content)
assert len([chunk for chunk in chunks if chunk.choices]) > 3, "streamed in one piece"
assert chunks[-1].usage == whole.usage, (chunks[-1], whole.usage)


def refused(kind, **changes):
    try:
        client.chat.completions.create(**{**chat, **changes})
    except kind as error:
        assert error.body["message"] and error.body["type"] == "invalid_request_error", error.body
        return error
    raise AssertionError(f"accepted: {changes}")


assert refused(openai.NotFoundError, model="no-such-model").code == "model_not_found"
assert refused(openai.BadRequestError, messages=[]).param == "messages"
assert refused(openai.BadRequestError, temperature=9).param == "temperature"
assert refused(openai.BadRequestError, extra_body={"api_base": "http://127.0.0.1:1"}).param == "api_base"
print("ok")
