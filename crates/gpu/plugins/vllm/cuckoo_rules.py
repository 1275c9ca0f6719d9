"""cuckoo's rules of sampling (crates/protocol/src/task/sampler.rs) in torch: the choice is a function of logits, request and tokens before.

`cuckoo_vllm.py` runs them within vLLM; `test_rules.py` compares them with choices that the Rust code has made.
"""

from dataclasses import dataclass, field

import torch

MASK = (1 << 64) - 1
ADD, MUL1, MUL2 = 0x9E3779B97F4A7C15, 0xBF58476D1CE4E5B9, 0x94D049BB133111EB


@dataclass
class Sampling:
    """A request's parameters as cuckoo's frames have them: whole numbers, millionths where the name says so in the Rust code."""

    seed: int = 0
    temperature: int = 0
    top_p: int = 1_000_000
    top_k: int = 0
    min_p: int = 0
    frequency_penalty: int = 0
    presence_penalty: int = 0
    repetition_penalty: int = 1_000_000
    logit_bias: list = field(default_factory=list)

    def __post_init__(self):
        biases = [number for pair in self.logit_bias for number in pair]
        others = {name: value for name, value in vars(self).items() if name != "logit_bias"}
        if not all(isinstance(number, int) for number in [*biases, *others.values()]):
            raise ValueError("the parameters are whole numbers")
        if any(len(pair) != 2 or pair[0] < 0 for pair in self.logit_bias):
            raise ValueError("a bias is a token's id and millionths")
        if not 0 <= self.seed <= MASK:
            raise ValueError("the seed is not a number of 64 bits")
        if len({id for id, _ in self.logit_bias}) < len(self.logit_bias):
            raise ValueError("a token has two biases")
        # Neither changes anything.
        self.repetition_penalty = self.repetition_penalty or 1_000_000

    @property
    def counts_tokens(self) -> bool:
        return self.repetition_penalty != 1_000_000 or self.frequency_penalty != 0 or self.presence_penalty != 0


def signed(value: int) -> int:
    return value - (1 << 64) if value >> 63 else value


def mix(value: int) -> int:
    """The finaliser of SplitMix64."""
    value = (value + ADD) & MASK
    value = ((value ^ (value >> 30)) * MUL1) & MASK
    value = ((value ^ (value >> 27)) * MUL2) & MASK
    return value ^ (value >> 31)


def shifted(value: torch.Tensor, by: int) -> torch.Tensor:
    """A logical shift to the right; torch's is arithmetic."""
    return (value >> by) & ((1 << (64 - by)) - 1)


def mixed(value: torch.Tensor) -> torch.Tensor:
    """`mix` of every element; products of int64 wrap around."""
    value = value + signed(ADD)
    value = (value ^ shifted(value, 30)) * signed(MUL1)
    value = (value ^ shifted(value, 27)) * signed(MUL2)
    return value ^ shifted(value, 31)


def gumbel(seed: int, position: int, tokens: torch.Tensor) -> torch.Tensor:
    bits = mixed(tokens ^ signed(mix(mix(seed) ^ position)))
    uniform = (shifted(bits, 11).to(torch.float64) + 0.5) / float(1 << 53)
    return -torch.log(-torch.log(uniform))


def first_largest(values: torch.Tensor) -> torch.Tensor:
    """Index of the largest, the lowest of equals, without a copy to the host."""
    index = torch.arange(values.numel(), device=values.device)
    # Where a value is not a number, none is the largest.
    return torch.where(values == values.max(), index, values.numel() - 1).min()


def adjusted(logits: torch.Tensor, sampling: Sampling, prompt: list, answer: list) -> torch.Tensor:
    """Bias and penalties: steps 1 to 3. What is computed in double precision is rounded to single after step 1, and after step 3."""
    logits = logits.to(torch.float32)
    biases = [(id, bias) for id, bias in sampling.logit_bias if id < logits.numel()]
    if biases:
        ids = torch.tensor([id for id, _ in biases], device=logits.device)
        added = torch.tensor([bias for _, bias in biases], dtype=torch.float64, device=logits.device) / 1e6
        logits = logits.index_copy(0, ids, (logits[ids].to(torch.float64) + added).to(torch.float32))
    if not sampling.counts_tokens:
        return logits
    counted = prompt if sampling.repetition_penalty != 1_000_000 else []
    counts = {id: 0 for id in counted}
    for id in answer:
        counts[id] = counts.get(id, 0) + 1
    counts = {id: count for id, count in counts.items() if id < logits.numel()}
    if not counts:
        return logits
    ids = torch.tensor(list(counts), device=logits.device)
    times = torch.tensor(list(counts.values()), dtype=torch.float64, device=logits.device)
    value, factor = logits[ids].to(torch.float64), sampling.repetition_penalty / 1e6
    value = torch.where(value > 0, value / factor, value * factor)
    taken = sampling.frequency_penalty / 1e6 * times + torch.where(times > 0, sampling.presence_penalty / 1e6, 0.0)
    return logits.index_copy(0, ids, (value - taken).to(torch.float32))


def kept(scaled: torch.Tensor, sampling: Sampling) -> torch.Tensor | None:
    """What top-k and top-p keep: steps 6 and 7; None where that is everything."""
    by_count = 0 < sampling.top_k < scaled.numel()
    if not by_count and sampling.top_p >= 1_000_000:
        return None
    # Stable: lower ids first among equals.
    ordered, order = torch.sort(scaled, descending=True, stable=True)
    if by_count:
        ordered, order = ordered[: sampling.top_k], order[: sampling.top_k]
    if sampling.top_p < 1_000_000:
        reached = torch.cumsum(torch.exp(ordered - torch.logsumexp(ordered, 0)), 0)
        before = torch.cat((torch.zeros(1, dtype=reached.dtype, device=reached.device), reached[:-1]))
        order = order[before < sampling.top_p / 1e6]
    inside = torch.zeros_like(scaled, dtype=torch.bool)
    inside[order] = True
    return inside


def choose(logits: torch.Tensor, sampling: Sampling, prompt: list, answer: list) -> torch.Tensor:
    """The id of the token after `answer`."""
    logits = adjusted(logits, sampling, prompt, answer)
    if sampling.temperature <= 0:
        return first_largest(logits)
    scaled = logits.to(torch.float64) / (sampling.temperature / 1e6)
    value = scaled + gumbel(sampling.seed, len(answer), torch.arange(logits.numel(), device=logits.device))
    inside = kept(scaled, sampling)
    if inside is not None:
        value = torch.where(inside, value, float("-inf"))
    if sampling.min_p > 0:
        least = scaled.max() + torch.log(torch.tensor(min(sampling.min_p, 1_000_000) / 1e6, dtype=torch.float64))
        value = torch.where(scaled >= least, value, float("-inf"))
    return first_largest(value)
