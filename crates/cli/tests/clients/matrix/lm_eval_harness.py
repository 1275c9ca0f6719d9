# /// script
# dependencies = ["lm-eval[api]==0.4.13", "transformers"]
# ///
"""lm-eval's own client of completions: generation, and the log-likelihood that multiple choice is made of."""

from lm_eval.api.instance import Instance
from lm_eval.models.openai_completions import LocalCompletionsAPI

from checks import MODEL, URL, check, end

client = LocalCompletionsAPI(
    model=MODEL, base_url=URL + "/completions", tokenizer_backend=None, tokenized_requests=False, num_concurrent=1, max_retries=1, batch_size=1
)


def generate():
    asked = ("Say something.", {"until": ["zz"], "max_gen_toks": 8, "temperature": 0})
    return client.generate_until([Instance("generate_until", {}, asked, 0)], disable_tqdm=True)[0]


def choose():
    asked = [Instance("loglikelihood", {}, ("The sky is", f" {colour}"), n) for n, colour in enumerate(("blue", "green"))]
    told = client.loglikelihood(asked, disable_tqdm=True)
    return all(value <= 0 for value, _ in told) and len(told) == 2


NAME = "lm-eval"
check(NAME, "generation", generate)
check(NAME, "multiple choice", choose)
end()
