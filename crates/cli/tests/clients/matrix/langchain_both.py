# /// script
# dependencies = ["langchain==1.5.2", "langchain-openai==1.7.4", "langchain-anthropic==1.7.10"]
# ///
"""LangChain for Python: its chat class, its completion class, embeddings and agents."""

from functools import reduce
from operator import add

from langchain.agents import create_agent
from langchain_anthropic import ChatAnthropic
from langchain_core.tools import tool
from langchain_openai import ChatOpenAI, OpenAI, OpenAIEmbeddings
from pydantic import BaseModel

from checks import BASE, ECHO, EMBEDDING_MODEL, KEY, MODEL, NESTED, QUESTION, URL, check, end

options = {"base_url": URL, "api_key": KEY, "max_retries": 0}
chat = ChatOpenAI(model=MODEL, **options)


@tool
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


def agent():
    told = create_agent(chat, [weather]).invoke({"messages": [("user", QUESTION)]})
    return "sunny" in told["messages"][-1].content


NAME = "LangChain"
check(NAME, "hello", lambda: chat.invoke(QUESTION).content)
check(NAME, "stream", lambda: len([chunk for chunk in chat.stream(QUESTION) if chunk.content]) > 3)
check(NAME, "batch", lambda: len(chat.batch(["a", "b", "c"])) == 3)
check(NAME, "tools", lambda: chat.bind_tools([weather]).invoke(QUESTION).tool_calls)
check(NAME, "tools, strict", lambda: chat.bind_tools([weather], strict=True).invoke(QUESTION).tool_calls)
check(NAME, "tools, required", lambda: chat.bind_tools([weather], tool_choice="any").invoke(QUESTION).tool_calls)
check(NAME, "tools streamed", lambda: reduce(add, chat.bind_tools([weather]).stream(QUESTION)).tool_calls)
check(NAME, "agent", agent)
check(NAME, "nested JSON", lambda: chat.with_structured_output(Person).invoke(ECHO).model_dump() == NESTED)
check(NAME, "JSON mode", lambda: chat.with_structured_output(Person, method="json_mode").invoke(ECHO).model_dump() == NESTED)
check(NAME, "log-probabilities", lambda: chat.bind(logprobs=True).invoke(QUESTION).response_metadata["logprobs"]["content"])
check(NAME, "responses", lambda: ChatOpenAI(model=MODEL, use_responses_api=True, **options).invoke(QUESTION).text)
check(NAME, "completion class", lambda: OpenAI(model=MODEL, **options).invoke(QUESTION))
check(NAME, "completion class, streamed", lambda: "".join(OpenAI(model=MODEL, **options).stream(QUESTION)))
check(NAME, "embeddings", lambda: OpenAIEmbeddings(model=EMBEDDING_MODEL, check_embedding_ctx_length=False, **options).embed_documents(["a", "b"]))
check(NAME, "Anthropic class", lambda: ChatAnthropic(model=MODEL, base_url=BASE, api_key=KEY, max_retries=0, max_tokens=40).invoke(QUESTION).content)
end()
