# /// script
# dependencies = ["pydantic-ai-slim[openai,anthropic]==2.68.0"]
# ///
"""pydantic-ai with its chat model, its default model (responses) and Anthropic's."""

from pydantic import BaseModel
from pydantic_ai import Agent, NativeOutput, PromptedOutput
from pydantic_ai.models.anthropic import AnthropicModel
from pydantic_ai.models.openai import OpenAIChatModel, OpenAIResponsesModel
from pydantic_ai.providers.anthropic import AnthropicProvider
from pydantic_ai.providers.openai import OpenAIProvider

from checks import BASE, ECHO, KEY, MODEL, NESTED, QUESTION, URL, check, end

provider = OpenAIProvider(base_url=URL, api_key=KEY)
chat = OpenAIChatModel(MODEL, provider=provider)
responses = OpenAIResponsesModel(MODEL, provider=provider)
anthropic = AnthropicModel(MODEL, provider=AnthropicProvider(base_url=BASE, api_key=KEY))
CALL = 'echo: {"name": "final_result", "arguments": ' + ECHO.removeprefix("echo: ") + "}"


class Address(BaseModel):
    street: str
    number: int


class Person(BaseModel):
    name: str
    address: Address
    tags: list[str]


def with_tool(model):
    agent = Agent(model)

    @agent.tool_plain
    def weather() -> str:
        """The weather."""
        return "sunny"

    return "sunny" in agent.run_sync(QUESTION).output


async def stream(model):
    async with Agent(model).run_stream(QUESTION) as told:
        return len([part async for part in told.stream_text(delta=True, debounce_by=None)]) > 3


def turns(model):
    agent = Agent(model, instructions="Be brief.")
    first = agent.run_sync(QUESTION)
    return agent.run_sync("echo: goodbye", message_history=first.all_messages()).output == "goodbye"


NAME = "pydantic-ai"
for kind, model in (("chat", chat), ("responses", responses), ("Anthropic", anthropic)):
    check(NAME, f"{kind}: hello", lambda: Agent(model).run_sync(QUESTION).output)
    check(NAME, f"{kind}: stream", lambda: stream(model))
    check(NAME, f"{kind}: tools", lambda: with_tool(model))
    check(NAME, f"{kind}: several turns", lambda: turns(model))
check(NAME, "nested JSON by a tool", lambda: Agent(chat, output_type=Person, retries=0).run_sync(CALL).output.model_dump() == NESTED)
check(NAME, "nested JSON, native", lambda: Agent(chat, output_type=NativeOutput(Person), retries=0).run_sync(ECHO).output.model_dump() == NESTED)
check(NAME, "nested JSON, prompted", lambda: Agent(chat, output_type=PromptedOutput(Person), retries=0).run_sync(ECHO).output.model_dump() == NESTED)
end()
