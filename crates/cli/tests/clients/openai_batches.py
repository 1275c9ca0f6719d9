"""The official OpenAI client's `files` and `batches` against a coordinator: python openai_batches.py BASE_URL MODEL."""

import json
import sys
import time

import openai

base_url, model = sys.argv[1:]
client = openai.OpenAI(base_url=base_url, api_key="unused", max_retries=0)


def wait(batch):
    for _ in range(600):
        batch = client.batches.retrieve(batch.id)
        if batch.status in ("completed", "failed", "cancelled", "expired"):
            return batch
        time.sleep(0.1)
    raise AssertionError(batch)


def run(endpoint, bodies):
    lines = [json.dumps({"custom_id": f"{number}", "method": "POST", "url": endpoint, "body": body}) for number, body in enumerate(bodies)]
    file = client.files.create(file=("birds.jsonl", "\n".join(lines).encode()), purpose="batch")
    assert file.filename == "birds.jsonl" and file.bytes == len("\n".join(lines)), file
    batch = client.batches.create(input_file_id=file.id, endpoint=endpoint, completion_window="24h", metadata={"shop": "birds"})
    assert batch.metadata == {"shop": "birds"}, batch
    batch = wait(batch)
    assert batch.status == "completed" and batch.request_counts.completed == len(bodies), batch
    answers = [json.loads(line) for line in client.files.content(batch.output_file_id).text.splitlines()]
    assert all(answer["error"] is None and answer["response"]["status_code"] == 200 for answer in answers), answers
    return batch, {answer["custom_id"]: answer["response"]["body"] for answer in answers}


say = [{"role": "user", "content": f"echo: bird {number}"} for number in range(3)]
batch, answers = run("/v1/chat/completions", [{"model": model, "messages": [message]} for message in say])
assert [answers[f"{number}"]["choices"][0]["message"]["content"] for number in range(3)] == ["bird 0", "bird 1", "bird 2"], answers
_, answers = run("/v1/responses", [{"model": model, "input": [message]} for message in say])
assert answers["2"]["output"][0]["content"][0]["text"] == "bird 2", answers
kept = client.responses.retrieve(answers["2"]["id"])
assert kept.output_text == "bird 2", kept
kinds = {each.kind: each.id for each in client.models.list()}
if embeds := kinds.get("embedding"):
    _, answers = run("/v1/embeddings", [{"model": embeds, "input": f"text {number}"} for number in range(3)])
    alone = client.embeddings.create(model=embeds, input="text 1", encoding_format="float")
    assert answers["1"]["data"][0]["embedding"] == alone.data[0].embedding, answers

assert batch.id in [each.id for each in client.batches.list()]
assert [each.id for each in client.batches.list(limit=1)][-1] == batch.id, "the last page ends with the first batch"
files = [each.id for each in client.files.list()]
assert batch.input_file_id in files and batch.output_file_id in files, files
client.files.delete(batch.input_file_id)
try:
    client.batches.create(input_file_id=batch.input_file_id, endpoint="/v1/embeddings", completion_window="24h")
    raise AssertionError("the file is still there")
except openai.NotFoundError as error:
    assert error.body["param"] == "input_file_id", error.body
print("ok")
