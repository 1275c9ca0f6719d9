// LangChain for JavaScript: its chat class, its completion class and embeddings.

import { ChatOpenAI, OpenAI, OpenAIEmbeddings } from "@langchain/openai";

import { check, echo, embeddingModel, key, model, nested, question, same, url } from "./checks.mjs";

const NAME = "LangChain (JavaScript)";
const options = { model, apiKey: key, configuration: { baseURL: url }, maxRetries: 0 };
const chat = new ChatOpenAI(options);
const weather = { type: "function", function: { name: "weather", description: "The weather", parameters: { type: "object", properties: {} } } };
const address = { type: "object", properties: { street: { type: "string" }, number: { type: "number" } }, required: ["street", "number"] };
const schema = { title: "person", type: "object", properties: { name: { type: "string" }, address, tags: { type: "array", items: { type: "string" } } }, required: ["name", "address", "tags"] };

await check(NAME, "hello", async () => (await chat.invoke(question)).content);
await check(NAME, "stream", async () => {
  let parts = 0;
  for await (const part of await chat.stream(question)) parts += part.content ? 1 : 0;
  return parts > 3;
});
await check(NAME, "tools", async () => (await chat.bindTools([weather]).invoke(question)).tool_calls.length);
await check(NAME, "nested JSON", async () => same(await chat.withStructuredOutput(schema).invoke(echo), nested));
await check(NAME, "responses", async () => (await new ChatOpenAI({ ...options, useResponsesApi: true }).invoke(question)).content);
await check(NAME, "completion class", async () => await new OpenAI(options).invoke(question));
await check(NAME, "embeddings", async () => (await new OpenAIEmbeddings({ ...options, model: embeddingModel }).embedQuery("a")).length);
