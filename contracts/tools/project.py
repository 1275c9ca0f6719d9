"""A copy of the contracts for tools that change their sources, and what such tools read from syntax trees."""

import json
import os
import shutil
import signal
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
COPIED = ["src", "test", "script", "tools", "snapshots", "foundry.toml", "package.json"]
# Sizes depend on the compiler's settings.
NEVER = ["--no-match-test", "test_fits_the_size_limit"]


def cache():
    """Where copies are kept."""
    return Path(os.environ.get("CUCKOO_CACHE", Path.home() / ".cache" / "cuckoo"))


def span(node):
    """Where a node of a syntax tree begins and ends, in bytes."""
    start, length, _ = map(int, node["src"].split(":"))
    return start, start + length


class Project:
    """A copy of the project, in which sources are changed, built and tested."""

    def __init__(self, folder, timeout):
        self.folder, self.timeout = folder, timeout
        folder.mkdir(parents=True, exist_ok=True)
        for name in COPIED:
            target = folder / name
            if target.is_dir():
                shutil.rmtree(target)
            source = ROOT / name
            if source.is_dir():
                shutil.copytree(source, target)
            else:
                shutil.copy2(source, target)
        (folder / "deployments").mkdir(exist_ok=True)
        link = folder / "node_modules"
        if not link.exists():
            link.symlink_to((ROOT / "node_modules").resolve())

    def forge(self, *arguments, **settings):
        """Runs forge with its settings as variables; returns its exit code, None when it took too long, and what it
        printed."""
        environment = {**os.environ, "FOUNDRY_PROFILE": "fast"}
        environment.update((f"FOUNDRY_{name.upper()}", value) for name, value in settings.items())
        process = subprocess.Popen(
            ["tools/foundry", "forge", *arguments],
            cwd=self.folder, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
            start_new_session=True,
        )  # fmt: skip
        try:
            output, _ = process.communicate(timeout=self.timeout)
            return process.returncode, output
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()
            return None, ""

    def trees(self):
        """The syntax tree of each file in src."""
        out = self.folder / "out" / "trees"
        shutil.rmtree(out, ignore_errors=True)
        code, output = self.forge(
            "build", "src", "--build-info", "--force", "--skip", "test", "--skip", "script",
            "--out", str(out), "--cache-path", str(self.folder / "cache" / "trees"),
        )  # fmt: skip
        if code != 0:
            sys.exit(f"The sources do not compile:\n{output}")
        found = {}
        for file in sorted((out / "build-info").glob("*.json")):
            for path, entry in json.loads(file.read_text())["output"]["sources"].items():
                if path.startswith("src/") and not path.startswith("src/interfaces/"):
                    found[path] = entry["ast"]
        return dict(sorted(found.items()))
