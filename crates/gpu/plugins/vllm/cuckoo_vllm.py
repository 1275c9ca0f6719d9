"""vLLM samples by cuckoo's rules, so that what it answers can be audited. See README.md.

A request opts in by "vllm_xargs": {"cuckoo": "<the parameters as JSON>"} and is sent with "temperature": 0. The chosen token is the only
one left with a finite logit, so that vLLM's own argmax takes it. Requests without it are untouched.
"""

import json

import torch
from vllm.v1.sample.logits_processor import AdapterLogitsProcessor

from cuckoo_rules import Sampling, choose


def parameters(params) -> Sampling | None:
    given = (params.extra_args or {}).get("cuckoo")
    return None if given is None else Sampling(**json.loads(given))


class CuckooSampler(AdapterLogitsProcessor):
    @classmethod
    def validate_params(cls, params):
        try:
            parameters(params)
        except TypeError as error:
            raise ValueError(f"vllm_xargs.cuckoo: {error}") from error

    def is_argmax_invariant(self) -> bool:
        return False

    def new_req_logits_processor(self, params):
        sampling = parameters(params)
        if sampling is None:
            return None

        def only(prompt_ids: list[int], output_ids: list[int], logits: torch.Tensor) -> torch.Tensor:
            chosen = choose(logits, sampling, prompt_ids, output_ids)
            return torch.full_like(logits, float("-inf")).index_fill_(0, chosen, 0.0)

        return only
