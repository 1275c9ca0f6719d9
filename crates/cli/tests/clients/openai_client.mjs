// The official OpenAI client against a coordinator: node openai_client.mjs BASE_URL MODEL.
import assert from "node:assert/strict";
import OpenAI from "openai";

const [baseURL, model] = process.argv.slice(2);
const client = new OpenAI({ baseURL, apiKey: "unused", maxRetries: 0 });
const chat = { model, messages: [{ role: "user", content: "Say something." }], max_tokens: 12, seed: 7 };

const names = [];
for await (const each of client.models.list()) names.push(each.id);
assert(names.includes(model), names.join());
assert.equal((await client.models.retrieve(model)).id, model);

const whole = await client.chat.completions.create(chat);
const { message, finish_reason: finish } = whole.choices[0];
assert.equal(message.role, "assistant");
assert(message.content && ["stop", "length"].includes(finish), JSON.stringify(whole));
assert(whole.usage.completion_tokens > 0 && whole.usage.completion_tokens <= 12);

const options = { ...chat, stream: true, stream_options: { include_usage: true } };
const chunks = [];
for await (const chunk of await client.chat.completions.create(options)) chunks.push(chunk);
assert.equal(chunks.map((chunk) => chunk.choices[0]?.delta.content ?? "").join(""), message.content);
assert(chunks.length > 3, "streamed in one piece");
assert.deepEqual(chunks.at(-1).usage, whole.usage);

// A client that leaves in the middle takes the task back; the next request is answered as ever.
const left = await client.chat.completions.create({ ...chat, stream: true });
for await (const _ of left) break;
assert.equal((await client.chat.completions.create(chat)).choices[0].message.content, message.content);

const several = await client.chat.completions.create({ ...chat, n: 2, logprobs: true });
assert.deepEqual(several.choices.map((choice) => choice.index), [0, 1]);
for (const choice of several.choices)
  assert.equal(choice.logprobs.content.map((token) => token.token).join(""), choice.message.content);

const continued = await client.completions.create({ model, prompt: "Once upon a time", max_tokens: 12, seed: 7 });
assert(continued.choices[0].text && continued.usage.completion_tokens > 0, JSON.stringify(continued));

const refused = async (status, changes) => {
  try {
    await client.chat.completions.create({ ...chat, ...changes });
  } catch (error) {
    assert(error instanceof OpenAI.APIError && error.status === status, `${error}`);
    assert.equal(error.type, "invalid_request_error");
    return error;
  }
  assert.fail(`accepted: ${JSON.stringify(changes)}`);
};
assert.equal((await refused(404, { model: "no-such-model" })).code, "model_not_found");
assert.equal((await refused(400, { messages: [] })).param, "messages");
assert.equal((await refused(400, { temperature: 9 })).param, "temperature");
assert.equal((await refused(400, { tools: [] })).param, "tools");
console.log("ok");
