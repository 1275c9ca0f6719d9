"""The official OpenAI client against a coordinator: python openai_client.py BASE_URL MODEL."""

import base64
import json
import struct
import sys

import openai
import requests
import sseclient

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


# Several answers are what asking with the next seeds gives; with the probability of every token where that is asked for.
several = client.chat.completions.create(**chat, n=3, logprobs=True)
assert [choice.index for choice in several.choices] == [0, 1, 2], several
assert several.choices[0].message.content == answer.message.content, several
second = client.chat.completions.create(**{**chat, "seed": 8})
assert several.choices[1].message.content == second.choices[0].message.content, several
assert several.usage.completion_tokens > whole.usage.completion_tokens, several
assert several.usage.prompt_tokens == whole.usage.prompt_tokens, several
for choice in several.choices:
    tokens = choice.logprobs.content
    assert "".join(token.token for token in tokens) == choice.message.content, choice
    assert all(token.logprob <= 0 and bytes(token.bytes).decode() == token.token for token in tokens), choice
streamed = {0: "", 1: "", 2: ""}
scored = {0: [], 1: [], 2: []}
for chunk in client.chat.completions.create(**chat, n=3, logprobs=True, stream=True):
    for choice in chunk.choices:
        streamed[choice.index] += choice.delta.content or ""
        scored[choice.index] += choice.logprobs.content if choice.logprobs else []
for choice in several.choices:
    assert streamed[choice.index] == choice.message.content, streamed
    assert scored[choice.index] == choice.logprobs.content, (scored, choice)


# Answers that obey a schema.
answers = {"type": "object", "properties": {"colour": {"enum": ["green", "blue"]}}}
for form in (
    {"type": "json_object"},
    {"type": "json_schema", "json_schema": {"name": "answer", "strict": True, "schema": answers}},
):
    told = client.chat.completions.create(**chat, response_format=form)
    assert isinstance(json.loads(told.choices[0].message.content), dict), told


# Tools: the model calls one, is told what came of it, and answers.
tools = [{"type": "function", "function": {"name": "time", "description": "What time it is", "parameters": {"type": "object"}}}]
asked = client.chat.completions.create(**{**chat, "max_tokens": 100}, tools=tools)
called = asked.choices[0]
assert called.finish_reason == "tool_calls" and called.message.content is None, asked
assert [(call.type, call.function.name) for call in called.message.tool_calls] == [("function", "time")], asked
assert json.loads(called.message.tool_calls[0].function.arguments) == {}, asked
with client.chat.completions.stream(**{**chat, "max_tokens": 100}, tools=tools) as events:
    streamed = events.get_final_completion().choices[0]
assert streamed.finish_reason == "tool_calls" and not streamed.message.content, streamed
assert [call.id for call in streamed.message.tool_calls] != [call.id for call in called.message.tool_calls], streamed
assert streamed.message.tool_calls[0].function.arguments == "{}", streamed
result = {"role": "tool", "tool_call_id": called.message.tool_calls[0].id, "content": "noon"}
told = [*chat["messages"], called.message.model_dump(exclude_none=True), result]
final = client.chat.completions.create(**{**chat, "messages": told}, tools=tools).choices[0]
assert final.finish_reason == "stop" and final.message.content == "It says: noon", final
chunks = client.chat.completions.create(**{**chat, "messages": told}, tools=tools, stream=True)
assert "".join(chunk.choices[0].delta.content or "" for chunk in chunks) == "It says: noon"
for choice in ("required", {"type": "function", "function": {"name": "time"}}):
    forced = client.chat.completions.create(**{**chat, "max_tokens": 100}, tools=tools, tool_choice=choice)
    assert forced.choices[0].message.tool_calls[0].function.name == "time", forced
silent = client.chat.completions.create(**chat, tools=tools, tool_choice="none")
assert silent.choices[0].message.content == answer.message.content, silent


# Images that the model is shown: another one, another answer.
def shown(*pixels):
    url = "data:image/png;base64," + base64.b64encode(b"\x89PNG\r\n\x1a\n" + bytes(pixels)).decode()
    parts = [{"type": "text", "text": "What is this?"}, {"type": "image_url", "image_url": {"url": url, "detail": "auto"}}]
    return client.chat.completions.create(**{**chat, "messages": [{"role": "user", "content": parts}]}).choices[0].message.content


assert shown(1) == shown(1) != shown(2)


# Texts that are continued as they are.
text = {"model": model, "prompt": ["Once upon a time", "Say something."], "max_tokens": 12, "seed": 7, "logprobs": 0}
both = client.completions.create(**text, n=2)
assert [choice.index for choice in both.choices] == [0, 1, 2, 3], both
assert all(choice.text for choice in both.choices), both
alone = client.completions.create(**{**text, "prompt": "Say something.", "seed": 8})
assert alone.choices[0].text == both.choices[3].text, (alone, both)
assert both.usage.prompt_tokens > alone.usage.prompt_tokens > 0, (alone, both)
for choice in both.choices:
    logprobs = choice.logprobs
    assert "".join(logprobs.tokens) == choice.text and len(logprobs.token_logprobs) == len(logprobs.tokens), choice
    offset = 0
    for token, found in zip(logprobs.tokens, logprobs.text_offset):
        assert found == offset, choice
        offset += len(token)
parts = {index: ("", [], []) for index in range(4)}
for chunk in client.completions.create(**text, n=2, stream=True):
    for choice in chunk.choices:
        said, tokens, offsets = parts[choice.index]
        if choice.logprobs:
            tokens, offsets = tokens + choice.logprobs.tokens, offsets + choice.logprobs.text_offset
        parts[choice.index] = (said + choice.text, tokens, offsets)
for choice in both.choices:
    assert parts[choice.index] == (choice.text, choice.logprobs.tokens, choice.logprobs.text_offset), (parts, choice)


# Vectors and images, where miners offer models that make them.
kinds = {each.kind: each.id for each in client.models.list()}
if embeds := kinds.get("embedding"):
    texts = [f"text {number}" for number in range(130)] + ["text 3"]
    vectors = client.embeddings.create(model=embeds, input=texts)
    assert [each.index for each in vectors.data] == list(range(131)), vectors
    assert vectors.data[3].embedding == vectors.data[130].embedding != vectors.data[4].embedding, vectors
    numbers = client.embeddings.create(model=embeds, input="text 3", encoding_format="float")
    # The client asks for base64 unless told otherwise; numbers have as many digits as single precision needs.
    single = lambda vector: struct.pack(f"{len(vector)}f", *vector)
    assert single(numbers.data[0].embedding) == single(vectors.data[3].embedding), (numbers, vectors.data[3])
    assert vectors.usage.total_tokens > numbers.usage.prompt_tokens > 0, (vectors.usage, numbers.usage)
if draws := kinds.get("image"):
    drawn = client.images.generate(model=draws, prompt="a nest", n=2, size="256x128", response_format="b64_json")
    assert len(drawn.data) == 2 and drawn.usage.output_tokens == 2, drawn.usage
    for image in drawn.data:
        png = base64.b64decode(image.b64_json)
        assert png[:8] == b"\x89PNG\r\n\x1a\n" and struct.unpack(">II", png[16:24]) == (256, 128), png[:24]


# What clients send that changes nothing, and what histories of other servers have.
neutral = {"store": False, "metadata": {"run": "7"}, "service_tier": "auto", "modalities": ["text"], "user": "somebody",
           "parallel_tool_calls": False, "tool_choice": "auto", "reasoning_effort": "medium", "verbosity": "medium",
           "prompt_cache_key": "a", "safety_identifier": "b"}
assert client.chat.completions.create(**chat, **neutral).choices == whole.choices
assert client.completions.create(model=model, prompt="a", suffix="", best_of=1, stop="").choices
history = [
    {"role": "user", "content": "What time is it?"},
    {"role": "assistant", "content": None, "function_call": {"name": "time", "arguments": "{}"}},
    {"role": "function", "name": "time", "content": "noon"},
    {"role": "assistant", "content": [{"type": "refusal", "refusal": "No."}]},
    *chat["messages"],
]
assert client.chat.completions.create(**{**chat, "messages": history}).choices[0].message.content


# The receipt is in the body, and a stream has nothing that simple readers cannot take.
assert whole.cuckoo["receipts"] and whole.cuckoo["tasks"] and whole.cuckoo["cost"], whole


class Posting:
    """What sseclient gets for a session: it can only GET."""

    def get(self, url, headers, **arguments):
        return requests.post(url, headers=headers, json={**chat, "stream": True}, **arguments)


events = []
for event in sseclient.SSEClient(f"{base_url}/chat/completions", session=Posting()):
    if event.data == "[DONE]":
        break
    events.append(json.loads(event.data))
assert "".join(event["choices"][0]["delta"].get("content") or "" for event in events) == answer.message.content, events
assert len(events[-1]["cuckoo"]["receipts"]) == 1, events
raw = requests.post(f"{base_url}/chat/completions", json={**chat, "stream": True, "n": 3})
assert all(block.startswith("data: ") for block in raw.text.split("\n\n")[:-1]), raw.text
assert raw.headers["x-accel-buffering"] == "no" and raw.headers["cache-control"] == "no-cache", raw.headers
assert raw.text.count('"receipts"') == 3, raw.text


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
for other in (embeds, draws):
    assert not other or refused(openai.BadRequestError, model=other).code == "wrong_kind_of_model"
assert refused(openai.BadRequestError, response_format={"type": "xml"}).param == "response_format"
assert refused(openai.BadRequestError, n=17).param == "n"
elsewhere = [{"role": "user", "content": [{"type": "image_url", "image_url": {"url": "https://example.com/nest.png"}}]}]
assert refused(openai.BadRequestError, messages=elsewhere).param == "messages[0].content[0].image_url"
both = client.chat.completions.create(**{**chat, "max_tokens": 100}, tools=tools, response_format={"type": "json_object"})
assert both.choices[0].finish_reason == "tool_calls", both
assert refused(openai.BadRequestError, tool_choice="required").param == "tool_choice"
assert refused(openai.BadRequestError, logprobs=True, top_logprobs=21).param == "top_logprobs"
assert refused(openai.BadRequestError, extra_body={"api_base": "http://127.0.0.1:1"}).param == "api_base"
print("ok")
