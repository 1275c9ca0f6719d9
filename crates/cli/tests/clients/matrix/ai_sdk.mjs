// The AI SDK with the provider for compatible servers, with OpenAI's and with Anthropic's.

import { createAnthropic } from "@ai-sdk/anthropic";
import { createOpenAI } from "@ai-sdk/openai";
import { createOpenAICompatible } from "@ai-sdk/openai-compatible";
import { embed, generateText, isStepCount, jsonSchema, Output, stepCountIs, streamText, tool } from "ai";

import { check, echo, embeddingModel, key, model, nested, question, same, url } from "./checks.mjs";

globalThis.AI_SDK_LOG_WARNINGS = false;
const NAME = "AI SDK";
const compatible = createOpenAICompatible({ name: "cuckoo", baseURL: url, apiKey: key, supportsStructuredOutputs: true, includeUsage: true });
const openai = createOpenAI({ baseURL: url, apiKey: key });
const anthropic = createAnthropic({ baseURL: url, apiKey: key });
const steps = (stepCountIs ?? isStepCount)(3);
const weather = tool({ description: "The weather", inputSchema: jsonSchema({ type: "object", properties: {} }), execute: async () => "sunny" });
const address = { type: "object", properties: { street: { type: "string" }, number: { type: "number" } }, required: ["street", "number"], additionalProperties: false };
const schema = jsonSchema({ type: "object", properties: { name: { type: "string" }, address, tags: { type: "array", items: { type: "string" } } }, required: ["name", "address", "tags"], additionalProperties: false });
const output = Output.object({ schema });

async function stream(chat, more = {}) {
  let [parts, text, failure] = [0, "", null];
  const told = streamText({ model: chat, prompt: question, maxRetries: 0, onError: ({ error }) => (failure = error), ...more });
  for await (const part of told.textStream) [parts, text] = [parts + 1, text + part];
  if (failure) throw failure;
  return { parts, text };
}

const kinds = { compatible: compatible(model), "OpenAI, default": openai(model), "OpenAI, chat": openai.chat(model), Anthropic: anthropic(model) };
for (const [kind, chat] of Object.entries(kinds)) {
  await check(NAME, `${kind}: hello`, async () => (await generateText({ model: chat, prompt: question, maxRetries: 0 })).text);
  await check(NAME, `${kind}: stream`, async () => (await stream(chat)).parts > 3);
  await check(NAME, `${kind}: tools`, async () => (await generateText({ model: chat, prompt: question, tools: { weather }, stopWhen: steps, maxRetries: 0 })).text.includes("sunny"));
  await check(NAME, `${kind}: tools streamed`, async () => (await stream(chat, { tools: { weather }, stopWhen: steps })).text.includes("sunny"));
  if (kind === "Anthropic") continue;
  await check(NAME, `${kind}: nested JSON`, async () => same((await generateText({ model: chat, prompt: echo, output, maxRetries: 0 })).output, nested));
  await check(NAME, `${kind}: nested JSON and tools`, async () => same((await generateText({ model: chat, prompt: echo, output, tools: { weather }, maxRetries: 0 })).output, nested));
}
await check(NAME, "penalties of nothing", async () => (await generateText({ model: compatible(model), prompt: question, presencePenalty: 0, frequencyPenalty: 0, maxRetries: 0 })).text);
await check(NAME, "completion", async () => (await generateText({ model: compatible.completionModel(model), prompt: question, maxRetries: 0 })).text);
await check(NAME, "embedding", async () => (await embed({ model: compatible.embeddingModel(embeddingModel), value: "a", maxRetries: 0 })).embedding.length);
