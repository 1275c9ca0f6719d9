// What every client's file shares: where the API is, and how a case is told, as checks.py does it.

export const base = process.env.CUCKOO_API ?? "http://127.0.0.1:8780";
export const url = `${base}/v1`;
export const key = process.env.CUCKOO_KEY ?? "unused";
export const model = process.env.CUCKOO_MODEL ?? "scripted";
export const embeddingModel = process.env.CUCKOO_EMBEDDING_MODEL ?? "embedder";

export const question = "Say something.";
export const nested = { name: "Ada", address: { street: "High Street", number: 3 }, tags: ["a", "b"] };
// The scripted engine says what follows `echo: `, where a model would be asked for it.
export const echo = `echo: ${JSON.stringify(nested)}`;

export const same = (one, other) => JSON.stringify(one) === JSON.stringify(other);

/** Runs a case: `run` gives something true, or the case fails. */
export async function check(client, name, run) {
  try {
    const value = await run();
    if (!value) throw new Error(`got ${JSON.stringify(value)}`);
    console.log(`ok\t${client}\t${name}`);
  } catch (error) {
    process.exitCode = 1;
    console.log(`fails\t${client}\t${name}\t${error.name}: ${String(error.message).replace(/\s+/g, " ").slice(0, 300)}`);
  }
}
