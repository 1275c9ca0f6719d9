# /// script
# dependencies = ["instructor==1.17.0"]
# ///
"""instructor in each of its modes, with a nested model."""

import instructor
import openai
from pydantic import BaseModel

from checks import ECHO, KEY, MODEL, NESTED, URL, check, end

client = openai.OpenAI(base_url=URL, api_key=KEY, max_retries=0)
CALL = 'echo: {"name": "Person", "arguments": ' + ECHO.removeprefix("echo: ") + "}"


class Address(BaseModel):
    street: str
    number: int


class Person(BaseModel):
    name: str
    address: Address
    tags: list[str]


def ask(mode, content):
    patched = instructor.from_openai(client, mode=mode)
    told = patched.create(model=MODEL, messages=[{"role": "user", "content": content}], response_model=Person, max_retries=0)
    return told.model_dump() == NESTED


def partial():
    patched = instructor.from_openai(client, mode=instructor.Mode.JSON)
    parts = patched.create_partial(model=MODEL, messages=[{"role": "user", "content": ECHO}], response_model=Person)
    return list(parts)[-1].model_dump() == NESTED


NAME = "instructor"
check(NAME, "TOOLS", lambda: ask(instructor.Mode.TOOLS, CALL))
check(NAME, "TOOLS_STRICT", lambda: ask(instructor.Mode.TOOLS_STRICT, CALL))
check(NAME, "JSON", lambda: ask(instructor.Mode.JSON, ECHO))
check(NAME, "JSON_SCHEMA", lambda: ask(instructor.Mode.JSON_SCHEMA, ECHO))
check(NAME, "MD_JSON", lambda: ask(instructor.Mode.MD_JSON, "echo: ```json\n" + ECHO.removeprefix("echo: ") + "\n```"))
check(NAME, "stream", partial)
end()
