"""vLLM samples by cuckoo's rules, so that what it answers can be audited, and says what it thinks of answers of others. See README.md.

A request opts in by "vllm_xargs": {"cuckoo": "<the parameters as JSON>"} and is sent with "temperature": 0. The chosen token is the only
one left with a finite logit, so that vLLM's own argmax takes it. Requests without it are untouched.
"""

import json
from dataclasses import dataclass, field

import torch
from llguidance import LLMatcher
from llguidance.hf import from_tokenizer
from llguidance.torch import allocate_token_bitmask, fill_next_token_bitmask
from vllm.tokenizers import cached_tokenizer_from_config
from vllm.v1.sample.logits_processor import AdapterLogitsProcessor

from cuckoo_examine import BROKEN, END, record, shortfall
from cuckoo_rules import Sampling, choose

# The version of what this plugin and cuckoo's miner say to each other, and of the rules.
PLUGIN, RULES = 1, 1
# Bytes of a report are ids of tokens.
BYTES = 256


@dataclass
class Request:
    """What a request asks of the plugin."""

    sampling: Sampling
    # Tokens at the end of the prompt that belong to the answer.
    answered: int = 0
    # The tokens that somebody claims to have chosen next: they are taken, and what they lack is reported behind them.
    claimed: list = field(default_factory=list)
    # A JSON Schema that the answer obeys, and the tokens that end it.
    schema: str = ""
    ends: list = field(default_factory=list)
    # The plugin says what it is, and nothing else.
    hello: bool = False

    def __post_init__(self):
        # What is wrong has to show here: in the engine's process it would end that.
        numbers = [self.answered, *self.claimed, *self.ends]
        if not all(isinstance(number, int) and 0 <= number < 1 << 31 for number in numbers):
            raise ValueError("`answered`, `claimed` and `ends` are numbers of tokens and their ids")
        if len(self.claimed) >= BROKEN:
            raise ValueError(f"more than {BROKEN - 1} tokens are claimed at once")
        if self.schema:
            check_schema(self.schema)


def parameters(params) -> Request | None:
    given = (params.extra_args or {}).get("cuckoo")
    if given is None:
        return None
    fields = json.loads(given)
    own = {name: fields.pop(name) for name in list(fields) if name in Request.__dataclass_fields__ and name != "sampling"}
    return Request(Sampling(**fields), **own)


# What may stand between two words of JSON, as in crates/gpu/src/engine/mistral/grammar.rs.
WHITESPACE = r" |\n {0,16}"


def grammar(schema: str) -> str:
    """A schema as llguidance takes it."""
    options = json.loads(schema)
    options["x-guidance"] = {"whitespace_pattern": WHITESPACE}
    return json.dumps({"grammars": [{"json_schema": options}]})


def check_schema(schema: str) -> None:
    if wrong := LLMatcher.validate_grammar(grammar(schema)):
        raise ValueError(f"the schema cannot be used: {wrong.splitlines()[0]}")


class Grammar:
    """Which tokens a schema allows, after those that were taken."""

    def __init__(self, tokenizer, schema: str):
        self.matcher = LLMatcher(tokenizer, grammar(schema))
        self.mask = allocate_token_bitmask(1, tokenizer.vocab_size)
        self.taken = 0

    def among(self, logits: torch.Tensor) -> torch.Tensor:
        """The logits with all tokens out of question that are not allowed next."""
        fill_next_token_bitmask(self.matcher, self.mask, 0)
        bits = self.mask[0].to(logits.device)
        ids = torch.arange(logits.numel(), device=logits.device)
        word = torch.clamp(ids // 32, max=bits.numel() - 1)
        allowed = ((bits[word] >> (ids % 32)) & 1).bool() & (ids < bits.numel() * 32)
        return torch.where(allowed, logits, float("-inf"))

    def take(self, ids: list) -> None:
        """Goes on by these tokens. One that is not allowed is an error, after which nothing is."""
        for id in ids:
            self.taken += 1
            if not self.matcher.is_stopped() or self.matcher.is_error():
                self.matcher.consume_token(id)


class Answer:
    """One request's choices, or what is examined of it."""

    def __init__(self, request: Request, hello: bytes, grammar: Grammar | None):
        self.request, self.hello, self.grammar = request, hello, grammar
        self.report, self.examined = bytearray(), 0

    def __call__(self, prompt: list[int], output: list[int], logits: torch.Tensor) -> torch.Tensor:
        chosen = self.next(prompt, output, logits)
        return torch.full_like(logits, float("-inf")).index_fill_(0, chosen, 0.0)

    def next(self, prompt: list[int], output: list[int], logits: torch.Tensor) -> torch.Tensor:
        request, place = self.request, len(output)
        if request.hello:
            return self.byte(self.hello, place, logits)
        split = max(len(prompt) - request.answered, 0)
        claimed = request.claimed
        if not claimed:
            answer = prompt[split:] + output
            chosen = choose(self.allowed(answer, logits), request.sampling, prompt[:split], answer)
            if self.grammar:
                self.grammar.take([int(chosen)])
            return chosen
        if place >= len(claimed):
            # Where vLLM began again in the middle, what was found before is not known.
            report = bytes(self.report) if self.examined == len(claimed) else bytes([BROKEN])
            return self.byte(report, place - len(claimed), logits)
        if self.examined == place:
            answer = prompt[split:] + claimed[:place]
            lacks = shortfall(self.allowed(answer, logits), request.sampling, prompt[:split], answer, claimed[place])
            self.report += record(place, lacks)
            self.examined += 1
        return torch.tensor([min(claimed[place], logits.numel() - 1)], device=logits.device)

    def allowed(self, answer: list[int], logits: torch.Tensor) -> torch.Tensor:
        if self.grammar is None:
            return logits
        # Those that are new: in a window all before it, and later the last one.
        self.grammar.take(answer[self.grammar.taken :])
        return self.grammar.among(logits)

    @staticmethod
    def byte(report: bytes, place: int, logits: torch.Tensor) -> torch.Tensor:
        value = report[place] if place < len(report) else END
        # A model with fewer tokens than bytes has none for it.
        return torch.tensor([min(value, logits.numel() - 1)], device=logits.device)


class CuckooSampler(AdapterLogitsProcessor):
    def __init__(self, vllm_config, device, is_pin_memory):
        super().__init__(vllm_config, device, is_pin_memory)
        self.model, self.tokenizers = vllm_config.model_config, {}
        self.hello = json.dumps(
            {"plugin": PLUGIN, "rules": RULES, "class": device_class(device, self.model.dtype), "quantised": self.model.quantization}
        ).encode()

    @classmethod
    def validate_params(cls, params):
        try:
            parameters(params)
        except (TypeError, AttributeError, KeyError) as error:
            raise ValueError(f"vllm_xargs.cuckoo: {error}") from error

    def is_argmax_invariant(self) -> bool:
        return False

    def new_req_logits_processor(self, params):
        request = parameters(params)
        if request is None:
            return None
        grammar = Grammar(self.tokenizer(request.ends), request.schema) if request.schema else None
        return Answer(request, self.hello, grammar)

    def tokenizer(self, ends: list[int]):
        key = tuple(ends)
        if key not in self.tokenizers:
            known = cached_tokenizer_from_config(self.model)
            size = max(self.model.get_vocab_size(), len(known))
            self.tokenizers[key] = from_tokenizer(known, size, eos_token=list(ends) or None)
        return self.tokenizers[key]


def device_class(device, dtype) -> str:
    """The device and its numbers, as cuckoo's own engine calls them."""
    numbers = {torch.float32: "f32", torch.bfloat16: "bf16", torch.float16: "f16"}.get(dtype, str(dtype).removeprefix("torch."))
    if device.type != "cuda":
        return f"{device.type}-{numbers}"
    major, minor = torch.cuda.get_device_capability(device)
    return f"cuda-sm{major}{minor}-{numbers}"


