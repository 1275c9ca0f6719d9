# /// script
# dependencies = ["llama-index-core>=0.14,<0.16", "llama-index-llms-openai-like==0.8.1", "llama-index-embeddings-openai-like"]
# ///
"""LlamaIndex through its class for servers that are like OpenAI's."""

from llama_index.core.llms import ChatMessage
from llama_index.core.tools import FunctionTool
from llama_index.embeddings.openai_like import OpenAILikeEmbedding
from llama_index.llms.openai_like import OpenAILike
from pydantic import BaseModel

from checks import ECHO, EMBEDDING_MODEL, KEY, MODEL, NESTED, QUESTION, URL, check, end

options = {"model": MODEL, "api_base": URL, "api_key": KEY, "max_retries": 0, "context_window": 4096}
chat = OpenAILike(is_chat_model=True, is_function_calling_model=True, **options)
weather = FunctionTool.from_defaults(lambda city="x": "sunny", name="weather", description="The weather")


class Address(BaseModel):
    street: str
    number: int


class Person(BaseModel):
    name: str
    address: Address
    tags: list[str]


def tools():
    answer = chat.chat_with_tools([weather], user_msg=QUESTION)
    return chat.get_tool_calls_from_response(answer)


def nested():
    plain = OpenAILike(is_chat_model=True, should_use_structured_outputs=True, **options)
    return plain.as_structured_llm(Person).chat([ChatMessage(role="user", content=ECHO)]).raw.model_dump() == NESTED


NAME = "LlamaIndex"
check(NAME, "hello", lambda: chat.chat([ChatMessage(role="user", content=QUESTION)]).message.content)
check(NAME, "stream", lambda: len(list(chat.stream_chat([ChatMessage(role="user", content=QUESTION)]))) > 3)
check(NAME, "tools", tools)
check(NAME, "nested JSON", nested)
check(NAME, "completion", lambda: OpenAILike(is_chat_model=False, **options).complete(QUESTION).text)
check(NAME, "embeddings", lambda: OpenAILikeEmbedding(model_name=EMBEDDING_MODEL, api_base=URL, api_key=KEY).get_text_embedding("a"))
end()
