# /// script
# requires-python = "<3.13"
# dependencies = ["aider-chat==0.86.2"]
# ///
"""aider asked one question about a file."""

import os
import pathlib
import subprocess
import sys
import tempfile

from checks import KEY, MODEL, URL, check, end

folder = pathlib.Path(tempfile.mkdtemp())
(folder / "a.txt").write_text("hello\n")
environment = {**os.environ, "OPENAI_API_BASE": URL, "OPENAI_API_KEY": KEY, "HOME": str(folder)}
options = ["--no-git", "--yes-always", "--no-check-update", "--no-show-model-warnings", "--no-analytics", "--no-pretty", "--model", f"openai/{MODEL}"]


def ask(*more):
    command = [sys.executable, "-m", "aider", *options, *more, "--message", "/ask echo: the file says hello", "a.txt"]
    told = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, timeout=120, stdin=subprocess.DEVNULL)
    assert "the file says hello" in told.stdout.split("/ask")[-1], told.stdout[-500:] + told.stderr[-500:]
    return True


NAME = "aider"
check(NAME, "stream", ask)
check(NAME, "whole", lambda: ask("--no-stream"))
end()
