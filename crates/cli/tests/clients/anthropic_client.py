"""The official Anthropic client against a coordinator: python anthropic_client.py BASE_URL MODEL."""

import base64
import sys

import anthropic

base_url, model = sys.argv[1:]
client = anthropic.Anthropic(base_url=base_url, api_key="unused", max_retries=0)
say = {"model": model, "max_tokens": 12, "messages": [{"role": "user", "content": "Say something."}], "extra_body": {"seed": 7}}

whole = client.messages.create(**say)
assert whole.type == "message" and whole.role == "assistant" and whole.content[0].text, whole
assert whole.stop_reason in ("end_turn", "max_tokens"), whole
assert whole.usage.input_tokens > 0 and 0 < whole.usage.output_tokens <= 12, whole
with client.messages.stream(**say) as stream:
    text = "".join(stream.text_stream)
    final = stream.get_final_message()
assert text == whole.content[0].text and final.content[0].text == text, (text, whole)
assert final.stop_reason == whole.stop_reason, (final, whole)
assert final.usage.input_tokens == whole.usage.input_tokens, (final.usage, whole.usage)
assert final.usage.output_tokens == whole.usage.output_tokens, (final.usage, whole.usage)
kinds = [event.type for event in client.messages.create(**say, stream=True)]
deltas = kinds.count("content_block_delta")
assert deltas > 0, kinds
block = ["content_block_start", *["content_block_delta"] * deltas, "content_block_stop"]
assert kinds == ["message_start", *block, "message_delta", "message_stop"], kinds

# Instructions, blocks, what the model said and thought before, and images.
picture = {"type": "base64", "media_type": "image/png", "data": base64.b64encode(b"\x89PNG\r\n\x1a\n\x01").decode()}
turns = [
    {"role": "user", "content": [{"type": "text", "text": "What is this?"}, {"type": "image", "source": picture}]},
    {"role": "assistant", "content": [{"type": "thinking", "thinking": "hm", "signature": "x"}, {"type": "text", "text": "A nest."}]},
    {"role": "user", "content": [{"type": "text", "text": "echo: a nest", "cache_control": {"type": "ephemeral"}}]},
]
system = [{"type": "text", "text": "Be brief.", "cache_control": {"type": "ephemeral"}}]
seen = client.messages.create(
    **{**say, "messages": turns}, system=system, thinking={"type": "enabled", "budget_tokens": 1024}, metadata={"user_id": "u"}
)
assert seen.content[0].text == "a nest", seen
stopped = client.messages.create(**{**say, "messages": turns}, stop_sequences=["nest"])
assert stopped.content[0].text.strip() == "a", stopped
assert (stopped.stop_reason, stopped.stop_sequence) == ("stop_sequence", "nest"), stopped

# Thoughts, where they are asked for, and the models.
think = {**say, "max_tokens": 50, "messages": [{"role": "user", "content": "echo: <think>\nhm hm\n</think>\n\na nest"}]}
with client.messages.stream(**think, thinking={"type": "enabled", "budget_tokens": 1024}) as stream:
    events = [event.type for event in stream]
    thought = stream.get_final_message()
assert [block.type for block in thought.content] == ["thinking", "text"] and "thinking" in events and "signature" in events, thought
assert thought.content[0].thinking == "hm hm" and thought.content[1].text == "a nest", thought
assert model in [known.id for known in client.models.list()] and client.models.retrieve(model).id == model

# Tools: the model calls one, is told what came of it, and answers.
tools = [{"name": "time", "description": "What time it is", "input_schema": {"type": "object", "properties": {}}}]
ask = {**say, "max_tokens": 100, "tools": tools}
asked = client.messages.create(**ask)
assert asked.stop_reason == "tool_use", asked
call = asked.content[-1]
assert (call.type, call.name, call.input) == ("tool_use", "time", {}), asked
with client.messages.stream(**ask) as stream:
    final = stream.get_final_message()
assert final.stop_reason == "tool_use" and final.content[-1].input == {}, final
result = {"type": "tool_result", "tool_use_id": call.id, "content": "noon"}
told = [*say["messages"], {"role": "assistant", "content": asked.content}, {"role": "user", "content": [result]}]
answered = client.messages.create(**{**ask, "messages": told})
assert answered.content[0].text == "It says: noon" and answered.stop_reason == "end_turn", answered
for choice in ({"type": "any"}, {"type": "tool", "name": "time"}):
    assert client.messages.create(**ask, tool_choice=choice).stop_reason == "tool_use"
assert client.messages.create(**ask, tool_choice={"type": "none"}).stop_reason != "tool_use"


def refused(kind, word, **changes):
    try:
        client.messages.create(**{**say, **changes})
    except kind as error:
        assert error.body["type"] == "error" and error.body["error"]["type"] == word, error.body
        return error.body["error"]["message"]
    raise AssertionError(f"{changes} was accepted")


assert "`messages[0].content`" in refused(anthropic.BadRequestError, "invalid_request_error", messages=[{"role": "user", "content": []}])
assert "web_search" in refused(
    anthropic.BadRequestError, "invalid_request_error", tools=[{"type": "web_search_20250305", "name": "web_search"}]
)
assert model in refused(anthropic.NotFoundError, "not_found_error", model="nobody-has-this")
print("ok")
