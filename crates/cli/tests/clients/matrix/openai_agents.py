# /// script
# dependencies = ["openai-agents==0.24.0"]
# ///
"""openai-agents with its default model (responses) and with chats."""

from agents import Agent, AsyncOpenAI, OpenAIChatCompletionsModel, OpenAIResponsesModel, Runner, function_tool, set_tracing_disabled
from pydantic import BaseModel

from checks import ECHO, KEY, MODEL, NESTED, QUESTION, URL, check, end

set_tracing_disabled(True)


def client():
    return AsyncOpenAI(base_url=URL, api_key=KEY, max_retries=0)


@function_tool
def weather(city: str = "x") -> str:
    """The weather of a city."""
    return "sunny"


class Address(BaseModel):
    street: str
    number: int


class Person(BaseModel):
    name: str
    address: Address
    tags: list[str]


async def run(kind, asked, **more):
    return (await Runner.run(Agent(name="a", model=kind(model=MODEL, openai_client=client()), **more), asked, max_turns=4)).final_output


async def stream(kind):
    told = Runner.run_streamed(Agent(name="a", model=kind(model=MODEL, openai_client=client())), QUESTION)
    return len([event async for event in told.stream_events()]) > 3 and told.final_output


async def nested(kind, **more):
    return (await run(kind, ECHO, output_type=Person, **more)).model_dump() == NESTED


NAME = "openai-agents"
for label, kind in (("responses", OpenAIResponsesModel), ("chat", OpenAIChatCompletionsModel)):
    check(NAME, f"{label}: hello", lambda: run(kind, QUESTION, instructions="Be brief."))
    check(NAME, f"{label}: stream", lambda: stream(kind))
    check(NAME, f"{label}: tools", lambda: run(kind, QUESTION, tools=[weather]))
    check(NAME, f"{label}: nested JSON", lambda: nested(kind))
    check(NAME, f"{label}: nested JSON and tools", lambda: nested(kind, tools=[weather]))
end()
