// openai-node with its defaults: chats, tools that it runs itself, structured output, responses, batches.

import OpenAI, { toFile } from "openai";

import { check, echo, embeddingModel, key, model, nested, question, same, url } from "./checks.mjs";

const client = new OpenAI({ baseURL: url, apiKey: key, maxRetries: 0 });
const messages = [{ role: "user", content: question }];
const parameters = { type: "object", properties: { city: { type: "string" } } };
const tools = [{ type: "function", function: { name: "weather", description: "The weather", parameters } }];
const run = [{ type: "function", function: { name: "weather", parameters, parse: JSON.parse, function: async () => "sunny" } }];
const address = { type: "object", properties: { street: { type: "string" }, number: { type: "number" } }, required: ["street", "number"], additionalProperties: false };
const schema = { type: "object", properties: { name: { type: "string" }, address, tags: { type: "array", items: { type: "string" } } }, required: ["name", "address", "tags"], additionalProperties: false };
const NAME = "openai-node";

await check(NAME, "hello", async () => (await client.chat.completions.create({ model, messages })).choices[0].message.content);
await check(NAME, "stream", async () => {
  let parts = 0;
  for await (const chunk of await client.chat.completions.create({ model, messages, stream: true })) parts += chunk.choices[0]?.delta?.content ? 1 : 0;
  return parts > 3;
});
await check(NAME, "stream helper", async () => await client.chat.completions.stream({ model, messages }).finalContent());
await check(NAME, "tools", async () => (await client.chat.completions.create({ model, messages, tools })).choices[0].message.tool_calls.length);
await check(NAME, "tools run", async () => (await client.chat.completions.runTools({ model, messages, tools: run }).finalContent()).includes("sunny"));
await check(NAME, "tools run, streamed", async () => (await client.chat.completions.runTools({ model, messages, tools: run, stream: true }).finalContent()).includes("sunny"));
await check(NAME, "nested JSON", async () => {
  const response_format = { type: "json_schema", json_schema: { name: "person", strict: true, schema } };
  const told = await client.chat.completions.parse({ model, messages: [{ role: "user", content: echo }], response_format });
  return same(JSON.parse(told.choices[0].message.content), nested);
});
await check(NAME, "embeddings", async () => (await client.embeddings.create({ model: embeddingModel, input: "a" })).data[0].embedding.length);
await check(NAME, "models", async () => {
  for await (const each of client.models.list()) if (each.id === model) return true;
});
await check(NAME, "responses", async () => (await client.responses.create({ model, input: question })).output_text);
await check(NAME, "responses, streamed", async () => {
  let text = "";
  const stream = client.responses.stream({ model, input: question });
  for await (const event of stream) if (event.type === "response.output_text.delta") text += event.delta;
  // Older releases of the client set no `output_text` here.
  const { output } = await stream.finalResponse();
  return text && output.flatMap((item) => item.content ?? []).map((part) => part.text).join("") === text;
});
await check(NAME, "responses, nested JSON", async () => {
  const format = { type: "json_schema", name: "person", strict: true, schema };
  return same(JSON.parse((await client.responses.parse({ model, input: echo, text: { format } })).output_text), nested);
});
await check(NAME, "responses, several turns", async () => {
  const first = await client.responses.create({ model, input: question });
  return (await client.responses.create({ model, input: "echo: goodbye", previous_response_id: first.id })).output_text === "goodbye";
});
await check(NAME, "batches", async () => {
  const body = { model, messages, max_tokens: 5 };
  const lines = [0, 1].map((n) => JSON.stringify({ custom_id: `n${n}`, method: "POST", url: "/v1/chat/completions", body }));
  const file = await client.files.create({ file: await toFile(Buffer.from(lines.join("\n")), "batch.jsonl"), purpose: "batch" });
  let batch = await client.batches.create({ input_file_id: file.id, endpoint: "/v1/chat/completions", completion_window: "24h" });
  for (let tries = 0; tries < 300 && !["completed", "failed", "expired"].includes(batch.status); tries++) {
    await new Promise((resolve) => setTimeout(resolve, 200));
    batch = await client.batches.retrieve(batch.id);
  }
  const text = await (await client.files.content(batch.output_file_id)).text();
  return text.trim().split("\n").length === 2;
});
