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

// The client itself does what the model calls, and tells it what came of it.
const time = { name: "time", description: "What time it is", parameters: { type: "object" }, function: () => "noon" };
const tools = [{ type: "function", function: { ...time, parse: JSON.parse } }];
for (const stream of [false, true]) {
  const runner = client.chat.completions.runTools({ ...chat, max_tokens: 100, tools, stream });
  assert.equal(await runner.finalContent(), "It says: noon");
}

// Vectors and images, where miners offer models that make them.
const kinds = {};
for await (const each of client.models.list()) kinds[each.kind] = each.id;
if (kinds.embedding) {
  const embed = (input, format) =>
    client.embeddings.create({ model: kinds.embedding, input, ...(format && { encoding_format: format }) });
  const [two, one] = [await embed(["a nest", "an egg"]), await embed("a nest", "float")];
  // Numbers have as many digits as single precision needs.
  assert.deepEqual(two.data[0].embedding, one.data[0].embedding.map(Math.fround));
  assert.notDeepEqual(two.data[0].embedding, two.data[1].embedding);
}
if (kinds.image) {
  const drawn = await client.images.generate({ model: kinds.image, prompt: "a nest", size: "256x128" });
  const png = Buffer.from(drawn.data[0].b64_json, "base64");
  assert.deepEqual([png.toString("latin1", 1, 4), png.readUInt32BE(16), png.readUInt32BE(20)], ["PNG", 256, 128]);
}

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
assert.equal((await refused(400, { tools: [1] })).param, "tools[0]");
console.log("ok");
