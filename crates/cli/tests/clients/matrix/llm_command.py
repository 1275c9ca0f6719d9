# /// script
# dependencies = ["llm==0.36"]
# ///
"""The command `llm` with a model that its user configured."""

import os
import pathlib
import subprocess
import sys
import tempfile

from checks import KEY, MODEL, QUESTION, URL, check, end

home = pathlib.Path(tempfile.mkdtemp())
(home / "extra-openai-models.yaml").write_text(f"- model_id: here\n  model_name: {MODEL}\n  api_base: {URL}\n  supports_tools: true\n  supports_schema: true\n")
environment = {**os.environ, "LLM_USER_PATH": str(home), "OPENAI_API_KEY": KEY}


def llm(*arguments):
    told = subprocess.run([sys.executable, "-m", "llm", *arguments], env=environment, capture_output=True, text=True, timeout=60, stdin=subprocess.DEVNULL)
    assert told.returncode == 0, told.stderr
    return told.stdout.strip()


NAME = "llm"
check(NAME, "hello", lambda: llm("-m", "here", "--no-stream", QUESTION))
check(NAME, "stream", lambda: llm("-m", "here", QUESTION))
check(NAME, "several turns", lambda: llm("-m", "here", "-c", "echo: goodbye") == "goodbye")
check(NAME, "schema", lambda: llm("-m", "here", "--schema", "name, age int", 'echo: {"name": "Ada", "age": 3}'))
end()
