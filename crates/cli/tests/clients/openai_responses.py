"""The official OpenAI client's `responses` against a coordinator: python openai_responses.py BASE_URL MODEL."""

import json
import sys

import openai
import pydantic

base_url, model = sys.argv[1:]
client = openai.OpenAI(base_url=base_url, api_key="unused", max_retries=0)
say = {"model": model, "input": "Say something.", "max_output_tokens": 12, "extra_body": {"seed": 7}}

# Whole, and as a stream, with the same text as a chat.
whole = client.responses.create(**say, instructions="Be brief.", metadata={"shop": "birds"})
assert whole.status in ("completed", "incomplete") and whole.output_text, whole
assert whole.output[0].type == "message" and whole.output[0].role == "assistant", whole
assert whole.usage.total_tokens == whole.usage.input_tokens + whole.usage.output_tokens > 0, whole
assert (whole.metadata, whole.instructions) == ({"shop": "birds"}, "Be brief."), whole
messages = [{"role": "system", "content": "Be brief."}, {"role": "user", "content": "Say something."}]
chat = client.chat.completions.create(model=model, messages=messages, max_tokens=12, seed=7)
assert chat.choices[0].message.content == whole.output_text, (chat, whole)

events = list(client.responses.create(**say, instructions="Be brief.", stream=True))
assert [event.sequence_number for event in events] == list(range(len(events))), events
kinds = [event.type.removeprefix("response.") for event in events]
deltas = kinds.count("output_text.delta")
assert deltas > 0, kinds
begin = ["created", "in_progress", "output_item.added", "content_part.added"]
end = ["output_text.done", "content_part.done", "output_item.done", "completed" if whole.status == "completed" else "incomplete"]
assert kinds == begin + ["output_text.delta"] * deltas + end, kinds
assert events[-1].response.output_text == whole.output_text, events[-1]
assert events[-1].response.usage == whole.usage, (events[-1], whole)
with client.responses.stream(**{**say, "input": "echo: one two three"}) as stream:
    seen = "".join(event.delta for event in stream if event.type == "response.output_text.delta")
    assert stream.get_final_response().output_text == seen == "one two three"

# Kept responses: shown again, gone on from, forgotten.
assert client.responses.retrieve(whole.id).output_text == whole.output_text
again = client.responses.create(**{**say, "input": "echo: and then"}, previous_response_id=whole.id)
assert again.output_text == "and then" and again.previous_response_id == whole.id, again
assert again.usage.input_tokens > whole.usage.output_tokens, (again.usage, whole.usage)
client.responses.delete(whole.id)
unkept = client.responses.create(**say, store=False)
for gone in (whole.id, unkept.id, "resp_1"):
    try:
        client.responses.retrieve(gone)
        raise AssertionError(f"{gone} is still there")
    except openai.NotFoundError as error:
        assert error.code == "response_not_found", error.body
    try:
        client.responses.create(**say, previous_response_id=gone)
        raise AssertionError(f"{gone} is still there")
    except openai.NotFoundError as error:
        assert error.code == "previous_response_not_found", error.body


# An answer that obeys a schema, by a class.
class Answer(pydantic.BaseModel):
    colour: str | None = None


parsed = client.responses.parse(**say, text_format=Answer)
assert isinstance(parsed.output_parsed, Answer), parsed

# Tools: the model calls one, is told what came of it, and answers.
tools = [{"type": "function", "name": "time", "description": "What time it is", "parameters": {"type": "object", "properties": {}}}]
ask = {**say, "max_output_tokens": 100, "tools": tools}
asked = client.responses.create(**ask)
calls = [item for item in asked.output if item.type == "function_call"]
assert [(call.name, call.arguments) for call in calls] == [("time", "{}")], asked
with client.responses.stream(**ask) as stream:
    kinds = [event.type.removeprefix("response.") for event in stream]
    final = stream.get_final_response()
assert kinds[-5:] == ["output_item.added", "function_call_arguments.delta", "function_call_arguments.done", "output_item.done", "completed"], kinds
assert [item.type for item in final.output] == ["function_call"], final
result = {"type": "function_call_output", "call_id": calls[0].call_id, "output": "noon"}
told = client.responses.create(**{**ask, "input": [{"role": "user", "content": "Say something."}, *asked.output, result]})
assert told.output_text == "It says: noon", told
gone_on = client.responses.create(**{**ask, "input": [result]}, previous_response_id=asked.id)
assert gone_on.output_text == "It says: noon", gone_on
forced = client.responses.create(**ask, tool_choice={"type": "function", "name": "time"})
assert [item.type for item in forced.output] == ["function_call"], forced

# What an agent sends that keeps its own history, as codex does.
codex = {
    "model": model,
    "instructions": "You are an agent.",
    "input": [
        {"type": "message", "role": "developer", "content": [{"type": "input_text", "text": "Work in /tmp."}]},
        {"type": "message", "role": "user", "content": [{"type": "input_text", "text": "What time is it?"}]},
        {"type": "reasoning", "summary": [], "encrypted_content": "x", "content": None},
        {"type": "function_call", "name": "time", "arguments": "{}", "call_id": "call_1"},
        {"type": "function_call_output", "call_id": "call_1", "output": "noon"},
    ],
    "tools": [
        {**tools[0], "strict": False},
        {"type": "namespace", "name": "agents", "description": "Helpers.", "tools": [{**tools[0], "strict": False}]},
        {"type": "custom", "name": "patch", "description": "Patches.", "format": {"type": "grammar", "syntax": "lark", "definition": "start: /x/"}},
        {"type": "web_search", "external_web_access": False},
    ],
    "tool_choice": "auto",
    "parallel_tool_calls": False,
    "reasoning": {"effort": "medium", "summary": "auto"},
    "store": False,
    "stream": True,
    "include": ["reasoning.encrypted_content"],
    "prompt_cache_key": "3f1c",
    "text": {"verbosity": "medium"},
}
last = list(client.responses.create(**codex))[-1]
assert last.type == "response.completed" and last.response.output_text == "It says: noon", last


# Thoughts are items, and tools in a namespace and tools that take a text are called as such.
thought = client.responses.create(**{**say, "input": "echo: <think>\nhm hm\n</think>\n\na nest", "max_output_tokens": 50})
assert [item.type for item in thought.output] == ["reasoning", "message"] and thought.output[0].content[0].text == "hm hm", thought
assert thought.output_text == "a nest" and thought.usage.output_tokens_details.reasoning_tokens > 0, thought
for name, arguments in (("agents__time", {}), ("patch", {"input": "x"})):
    call = json.dumps({"name": name, "arguments": arguments})
    made = client.responses.create(**{**codex, "stream": False, "input": f"echo: <tool_call>{call}</tool_call>"}).output[0]
    if name == "patch":
        assert (made.type, made.name, made.input) == ("custom_tool_call", "patch", "x"), made
    else:
        assert (made.type, made.namespace, made.name) == ("function_call", "agents", "time"), made
tokens = client.responses.create(**{**say, "input": "echo: a nest"}, include=["message.output_text.logprobs"], top_logprobs=1)
assert "".join(token.token for token in tokens.output[0].content[0].logprobs).startswith("a nest"), tokens


def refused(param, **changes):
    try:
        client.responses.create(**{**say, **changes})
    except openai.BadRequestError as error:
        assert error.body["param"] == param and error.body["message"], error.body
        return
    raise AssertionError(f"{changes} was accepted")


refused("tools[0]", tools=[{"type": "web_search"}])
refused("input[0].content", input=[{"role": "user", "content": 3}])
refused("max_output_tokens", max_output_tokens=0)
refused("conversation", conversation="conv_1")
try:
    client.responses.create(**{**say, "model": "nobody-has-this"})
    raise AssertionError("it has the model")
except openai.NotFoundError as error:
    assert error.code == "model_not_found", error.body
print("ok")
