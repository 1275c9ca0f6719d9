// Codex, which knows the responses alone, asked one question without a terminal.

import { spawnSync } from "node:child_process";
import { mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { check, key, model, url } from "./checks.mjs";

const home = mkdtempSync(join(tmpdir(), "codex-"));
writeFileSync(join(home, "config.toml"), `model = "${model}"
model_provider = "cuckoo"

[model_providers.cuckoo]
name = "cuckoo"
base_url = "${url}"
env_key = "CUCKOO_KEY"
wire_api = "responses"
request_max_retries = 0
stream_max_retries = 0
`);

await check("codex", "one question", async () => {
  const command = join(import.meta.dirname, "node_modules", ".bin", "codex");
  const options = { cwd: home, env: { ...process.env, CODEX_HOME: home, CUCKOO_KEY: key }, encoding: "utf8", timeout: 120_000, input: "" };
  const told = spawnSync(command, ["exec", "--skip-git-repo-check", "--sandbox", "read-only", "echo: the nest is full"], options);
  if (told.status !== 0 || !told.stdout.includes("the nest is full")) throw new Error(`${told.status} ${told.stdout.slice(-200)} ${told.stderr.slice(-400)}`);
  return true;
});
