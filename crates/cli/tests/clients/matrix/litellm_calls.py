# /// script
# dependencies = ["litellm==1.110.2"]
# ///
"""LiteLLM under the providers that people name for a server like OpenAI's."""

import asyncio

import litellm

from checks import EMBEDDING_MODEL, IMAGE_MODEL, KEY, MODEL, QUESTION, URL, check, end

litellm.suppress_debug_info = True
options = {"api_base": URL, "api_key": KEY, "num_retries": 0}
asked = [{"role": "user", "content": QUESTION}]
tools = [{"type": "function", "function": {"name": "weather", "description": "w", "parameters": {"type": "object", "properties": {}}}}]


def streamed_tools(name):
    chunks = list(litellm.completion(model=name, messages=asked, tools=tools, stream=True, **options))
    return litellm.stream_chunk_builder(chunks).choices[0].message.tool_calls


NAME = "LiteLLM"
for provider in ("openai", "custom_openai", "hosted_vllm"):
    name = f"{provider}/{MODEL}"
    check(NAME, f"{provider}: hello", lambda: litellm.completion(model=name, messages=asked, **options).choices[0].message.content)
    check(NAME, f"{provider}: stream", lambda: len(list(litellm.completion(model=name, messages=asked, stream=True, **options))) > 3)
    check(NAME, f"{provider}: tools", lambda: litellm.completion(model=name, messages=asked, tools=tools, tool_choice="auto", **options).choices[0].message.tool_calls)
    check(NAME, f"{provider}: tools streamed", lambda: streamed_tools(name))
    check(NAME, f"{provider}: JSON", lambda: litellm.completion(model=name, messages=asked, response_format={"type": "json_object"}, **options).choices[0].message.content)
name = f"openai/{MODEL}"
check(NAME, "penalties", lambda: litellm.completion(model=name, messages=asked, presence_penalty=0, frequency_penalty=0.2, **options).id)
check(NAME, "embedding", lambda: litellm.embedding(model=f"openai/{EMBEDDING_MODEL}", input=["x"], **options).data[0]["embedding"])
check(NAME, "completion", lambda: litellm.text_completion(model=f"text-completion-openai/{MODEL}", prompt="x", **options).choices[0].text)
check(NAME, "image", lambda: litellm.image_generation(model=f"openai/{IMAGE_MODEL}", prompt="x", size="256x256", **options).data[0].b64_json)
check(NAME, "responses", lambda: litellm.responses(model=name, input=QUESTION, **options).output)
check(NAME, "Anthropic's messages", lambda: asyncio.run(litellm.anthropic.messages.acreate(model=name, messages=asked, max_tokens=20, **options)))
end()
