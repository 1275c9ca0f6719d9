// Anthropic's client for JavaScript with its defaults.

import Anthropic from "@anthropic-ai/sdk";

import { base, check, key, model, question } from "./checks.mjs";

const client = new Anthropic({ baseURL: base, apiKey: key, maxRetries: 0 });
const asked = { model, max_tokens: 40, messages: [{ role: "user", content: question }] };
const tools = [{ name: "weather", description: "The weather", input_schema: { type: "object", properties: {} } }];
const NAME = "anthropic (JavaScript)";

await check(NAME, "hello", async () => (await client.messages.create(asked)).content[0].text);
await check(NAME, "stream", async () => {
  const stream = client.messages.stream(asked);
  let text = "";
  stream.on("text", (part) => (text += part));
  return (await stream.finalMessage()).content[0].text === text && text;
});
await check(NAME, "tools", async () => (await client.messages.create({ ...asked, tools })).content.some((block) => block.type === "tool_use"));
await check(NAME, "tools streamed", async () => (await client.messages.stream({ ...asked, tools }).finalMessage()).stop_reason === "tool_use");
