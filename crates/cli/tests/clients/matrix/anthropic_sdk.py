# /// script
# dependencies = ["anthropic==2.14.0"]
# ///
"""Anthropic's Python client with its defaults."""

import anthropic

from checks import BASE, KEY, MODEL, QUESTION, check, end

client = anthropic.Anthropic(base_url=BASE, api_key=KEY, max_retries=0)
asked = {"model": MODEL, "max_tokens": 40, "messages": [{"role": "user", "content": QUESTION}]}
tools = [{"name": "weather", "description": "The weather", "input_schema": {"type": "object", "properties": {}}}]


def stream():
    with client.messages.stream(**asked) as events:
        text = "".join(events.text_stream)
        final = events.get_final_message()
    return text and final.content[0].text == text and final.usage.output_tokens > 0


def turns():
    first = client.messages.create(**asked, tools=tools)
    call = next(block for block in first.content if block.type == "tool_use")
    assert first.stop_reason == "tool_use", first
    result = {"type": "tool_result", "tool_use_id": call.id, "content": "sunny"}
    history = [*asked["messages"], {"role": "assistant", "content": first.content}, {"role": "user", "content": [result]}]
    return "sunny" in client.messages.create(**{**asked, "messages": history}, tools=tools).content[0].text


def streamed_tools():
    with client.messages.stream(**asked, tools=tools) as events:
        return [block for block in events.get_final_message().content if block.type == "tool_use"]


def system():
    return client.messages.create(**asked, system="Be brief.", stop_sequences=["zz"]).content[0].text


def unknown_model():
    try:
        client.messages.create(**{**asked, "model": "claude-none"})
    except anthropic.NotFoundError as error:
        return MODEL in str(error)


def count():
    """A miner counts with the model's own tokeniser and template, as it does for the answer."""
    counted = client.messages.count_tokens(model=MODEL, messages=asked["messages"]).input_tokens
    return counted == client.messages.create(**asked).usage.input_tokens


NAME = "anthropic"
check(NAME, "hello", lambda: client.messages.create(**asked).content[0].text)
check(NAME, "stream", stream)
check(NAME, "system, sampling", system)
check(NAME, "tools, several turns", turns)
check(NAME, "tools streamed", streamed_tools)
check(NAME, "tokens are counted", count)
check(NAME, "an unknown model", unknown_model)
end()
