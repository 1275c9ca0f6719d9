# /// script
# dependencies = ["openai==3.57.0"]
# ///
"""openai-python with its defaults: chats, responses, batches, embeddings, images."""

import json
import time

import openai
from pydantic import BaseModel

from checks import ECHO, EMBEDDING_MODEL, IMAGE_MODEL, KEY, MODEL, NESTED, QUESTION, URL, check, end

client = openai.OpenAI(base_url=URL, api_key=KEY, max_retries=0)
chat = {"model": MODEL, "messages": [{"role": "user", "content": QUESTION}]}
echo = {"model": MODEL, "messages": [{"role": "user", "content": ECHO}]}
parameters = {"type": "object", "properties": {"city": {"type": "string"}}}
tools = [{"type": "function", "function": {"name": "weather", "description": "The weather", "parameters": parameters}}]
flat_tools = [{"type": "function", "name": "weather", "description": "The weather", "parameters": parameters}]


class Address(BaseModel):
    street: str
    number: int


class Person(BaseModel):
    name: str
    address: Address
    tags: list[str]


def stream():
    chunks = client.chat.completions.create(**chat, stream=True, stream_options={"include_usage": True})
    parts = [chunk.choices[0].delta.content for chunk in chunks if chunk.choices]
    return len([part for part in parts if part]) > 3


def streamed_tools():
    with client.chat.completions.stream(**chat, tools=tools) as events:
        return events.get_final_completion().choices[0].message.tool_calls


def pydantic_tool():
    call = '{"name": "Person", "arguments": ' + ECHO.removeprefix("echo: ") + "}"
    asked = [{"role": "user", "content": f"echo: <tool_call>{call}</tool_call>"}]
    told = client.chat.completions.parse(model=MODEL, messages=asked, tools=[openai.pydantic_function_tool(Person)])
    return told.choices[0].message.tool_calls[0].function.parsed_arguments.model_dump() == NESTED


def turns():
    first = client.chat.completions.create(**chat, tools=tools).choices[0].message
    result = {"role": "tool", "tool_call_id": first.tool_calls[0].id, "content": "sunny"}
    told = [*chat["messages"], first, result]
    second = client.chat.completions.create(model=MODEL, messages=told, tools=tools).choices[0].message
    told += [second, {"role": "user", "content": "echo: goodbye"}]
    third = client.chat.completions.create(model=MODEL, messages=told).choices[0].message
    return "sunny" in second.content and third.content == "goodbye"


def probabilities():
    answer = client.chat.completions.create(**chat, logprobs=True, top_logprobs=5, max_tokens=4)
    return all(len(token.top_logprobs) == 5 for token in answer.choices[0].logprobs.content)


def sampled():
    more = {"frequency_penalty": 0.5, "presence_penalty": -0.5, "logit_bias": {"50": -100}, "n": 16, "max_tokens": 3}
    return len(client.chat.completions.create(**chat, **more).choices) == 16


def response_stream():
    events = list(client.responses.create(model=MODEL, input=QUESTION, stream=True))
    text = "".join(event.delta for event in events if event.type == "response.output_text.delta")
    return text and events[-1].type == "response.completed" and events[-1].response.output_text == text


def response_tools():
    first = client.responses.create(model=MODEL, input=QUESTION, tools=flat_tools)
    call = next(item for item in first.output if item.type == "function_call")
    result = {"type": "function_call_output", "call_id": call.call_id, "output": "sunny"}
    history = [{"role": "user", "content": QUESTION}, *first.output, result]
    return "sunny" in client.responses.create(model=MODEL, input=history, tools=flat_tools).output_text


def response_turns():
    first = client.responses.create(model=MODEL, input=QUESTION)
    second = client.responses.create(model=MODEL, input="echo: goodbye", previous_response_id=first.id)
    return second.output_text == "goodbye" and second.previous_response_id == first.id


def batch():
    body = {"model": MODEL, "messages": chat["messages"], "max_tokens": 5}
    lines = [{"custom_id": f"n{n}", "method": "POST", "url": "/v1/chat/completions", "body": body} for n in range(3)]
    content = "\n".join(json.dumps(line) for line in lines).encode()
    file = client.files.create(file=("batch.jsonl", content), purpose="batch")
    made = client.batches.create(input_file_id=file.id, endpoint="/v1/chat/completions", completion_window="24h")
    end_at = time.monotonic() + 60
    while made.status not in ("completed", "failed", "expired", "cancelled") and time.monotonic() < end_at:
        time.sleep(0.2)
        made = client.batches.retrieve(made.id)
    assert made.status == "completed", made
    answers = [json.loads(line) for line in client.files.content(made.output_file_id).text.splitlines()]
    return {answer["custom_id"] for answer in answers} == {"n0", "n1", "n2"}


def neutral():
    more = {"store": False, "metadata": {}, "service_tier": "auto", "modalities": ["text"], "user": "a", "seed": 1}
    return client.chat.completions.create(**chat, **more, stop=[], logit_bias={}, top_logprobs=0, logprobs=False).id


def unknown_model():
    try:
        client.chat.completions.create(**{**chat, "model": "gpt-none"})
    except openai.NotFoundError as error:
        return MODEL in str(error)


def too_long():
    for stream in (False, True):
        try:
            client.chat.completions.create(model=MODEL, messages=[{"role": "user", "content": "word " * 100_000}], stream=stream)
            return False
        except openai.BadRequestError as error:
            assert error.code == "context_length_exceeded", error
    return True


NAME = "openai-python"
check(NAME, "hello", lambda: client.chat.completions.create(**chat).choices[0].message.content)
check(NAME, "stream", stream)
check(NAME, "tools", lambda: client.chat.completions.create(**chat, tools=tools).choices[0].message.tool_calls)
check(NAME, "tool required", lambda: client.chat.completions.create(**chat, tools=tools, tool_choice="required").choices[0].message.tool_calls)
check(NAME, "tools streamed", streamed_tools)
check(NAME, "several turns", turns)
check(NAME, "nested JSON", lambda: client.chat.completions.parse(**echo, response_format=Person).choices[0].message.parsed.model_dump() == NESTED)
check(NAME, "pydantic tool", pydantic_tool)
check(NAME, "JSON object", lambda: client.chat.completions.create(**chat, response_format={"type": "json_object"}).choices[0].message.content)
check(NAME, "log-probabilities", probabilities)
check(NAME, "penalties, biases and 16 answers", sampled)
check(NAME, "neutral parameters", neutral)
check(NAME, "completions", lambda: client.completions.create(model=MODEL, prompt=QUESTION).choices[0].text)
check(NAME, "embeddings", lambda: client.embeddings.create(model=EMBEDDING_MODEL, input=["a", "b"]).data[1].embedding)
check(NAME, "images", lambda: client.images.generate(model=IMAGE_MODEL, prompt="a nest", size="256x256").data[0].b64_json)
check(NAME, "models", lambda: MODEL in [model.id for model in client.models.list()])
check(NAME, "responses", lambda: client.responses.create(model=MODEL, input=QUESTION).output_text)
check(NAME, "responses, streamed", response_stream)
check(NAME, "responses, tools", response_tools)
check(NAME, "responses, several turns", response_turns)
check(NAME, "responses, nested JSON", lambda: client.responses.parse(model=MODEL, input=ECHO, text_format=Person).output_parsed.model_dump() == NESTED)
check(NAME, "batches", batch)
check(NAME, "an unknown model", unknown_model)
check(NAME, "a prompt that is too long", too_long)
end()
