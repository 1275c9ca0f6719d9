"""What a token lacks that somebody claims to have chosen (crates/protocol/src/task/sampler.rs and sampler/kept.rs), and how that is told.

A report is a record for each token that lacks something: its place among the claimed ones in one byte, and the logits that it lacks as
four bytes of single precision, lowest first; and the byte END. Each byte is the id of a token.
"""

import math
import struct

import numpy
import torch

from cuckoo_rules import Sampling, adjusted, choose, gumbel

END, BROKEN = 255, 254
# What a token lacks at least that is not kept.
HAIR = 1e-12


def record(place: int, lacks: float) -> bytes:
    return bytes([place]) + struct.pack("<f", lacks) if lacks > 0 else b""


def shortfall(logits: torch.Tensor, sampling: Sampling, prompt: list, answer: list, claimed: int) -> float:
    """Logits that the token lacks to be the one that `choose` takes after `answer`."""
    if claimed >= logits.numel():
        return math.inf
    chosen = int(choose(logits, sampling, prompt, answer))
    if chosen == claimed:
        return 0.0
    values = adjusted(logits, sampling, prompt, answer).to(torch.float64).cpu().numpy()
    if values[claimed] == -math.inf:
        return math.inf
    if sampling.temperature <= 0:
        lacks = values[chosen] - values[claimed]
    else:
        temperature = sampling.temperature / 1e6
        noise = gumbel(sampling.seed, len(answer), torch.arange(values.size)).numpy()
        lacks = Scaled(values / temperature, noise, sampling).lacks(claimed) * temperature
    factor = sampling.repetition_penalty / 1e6
    return max(float(lacks), 0.0) / max(factor, 1 / factor)


class Scaled:
    """Logits divided by the temperature, with the noise of their tokens."""

    def __init__(self, scaled: numpy.ndarray, noise: numpy.ndarray, sampling: Sampling):
        self.scaled, self.noise = scaled, noise
        self.by_count = 0 < sampling.top_k < scaled.size
        self.top_p = sampling.top_p / 1e6 if sampling.top_p < 1_000_000 else None
        self.least = scaled.max() + math.log(min(sampling.min_p, 1_000_000) / 1e6) if sampling.min_p > 0 else -math.inf
        order = numpy.argsort(-scaled, kind="stable")
        self.last = self.outsider = -math.inf
        if self.by_count:
            self.outsider = scaled[order[sampling.top_k]]
            order = order[: sampling.top_k]
            self.last = scaled[order[-1]]
        self.order = order
        ordered = scaled[order]
        self.total = ordered.max() + math.log(numpy.exp(ordered - ordered.max()).sum())
        self.reached = numpy.cumsum(numpy.exp(ordered - self.total))
        self.count = order.size
        if self.top_p is not None:
            enough = numpy.flatnonzero(self.reached >= self.top_p)
            self.count = int(enough[0]) + 1 if enough.size else order.size

    def lacks(self, claimed: int) -> float:
        claim = self.scaled[claimed] + self.noise[claimed]
        lacks = max(self.least - self.scaled[claimed], self.last - self.scaled[claimed], self.lack(claimed))
        lead = 0.0
        tokens = self.order[: self.count]
        own = numpy.minimum(self.scaled[tokens] + self.noise[tokens] - claim, self.scaled[tokens] - self.least)
        for place in numpy.flatnonzero((self.scaled[tokens] >= self.least) & (own > 0)):
            if own[place] > lead:
                lead = max(lead, self.margin(int(place), min(own[place], self.scaled[tokens[place]] - self.outsider)))
        return max(lead, lacks)

    def excess(self, mass: float) -> float:
        """How far the log-odds of a set's probability are above those of top-p."""
        if self.top_p <= 0:
            return math.inf
        if mass <= 0:
            return -math.inf
        if mass >= 1:
            return math.inf
        return math.log(mass / (1 - mass)) - math.log(self.top_p / (1 - self.top_p))

    def lack(self, claimed: int) -> float:
        """What a token lacks for top-p to keep it."""
        if self.top_p is None or claimed in self.order[: self.count]:
            return 0.0
        least = math.inf
        for place, index in enumerate(self.order):
            excess = -math.inf if place == 0 else self.excess(float(self.reached[place - 1]))
            if excess >= least:
                break
            least = min(least, max(self.scaled[index] - self.scaled[claimed], excess, HAIR))
        return least

    def margin(self, place: int, most: float) -> float:
        """What the kept token at this place can lose before top-p leaves it out; at most `most`."""
        if self.top_p is None:
            return most
        value = self.scaled[self.order[place]]
        own = math.exp(value - self.total)
        least = most
        for end in range(max(place, 1), self.order.size):
            lead = value - self.scaled[self.order[end]]
            if lead >= least:
                break
            least = min(least, max(lead, -self.excess(float(self.reached[end]) - own), 0.0))
        return least
