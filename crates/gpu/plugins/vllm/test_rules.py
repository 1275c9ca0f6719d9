"""The rules in torch choose what the Rust code has chosen (choices.json): python3 -m unittest test_rules. Needs torch, not vLLM."""

import json
import math
import pathlib
import unittest

import torch

from cuckoo_examine import record, shortfall
from cuckoo_rules import Sampling, choose, gumbel, mix

CHOICES = json.loads((pathlib.Path(__file__).parent / "choices.json").read_text())


class Rules(unittest.TestCase):
    def test_noise_is_the_same(self):
        for seed, position, token, expected in CHOICES["noise"]:
            self.assertAlmostEqual(gumbel(int(seed), position, torch.tensor([token])).item(), expected, delta=1e-12)
        self.assertEqual(mix(0), int(CHOICES["mixed"]))

    def test_choices_are_the_same(self):
        for case in CHOICES["choices"]:
            sampling = Sampling(**{**case["sampling"], "seed": int(case["sampling"]["seed"])})
            logits = torch.tensor(case["logits"], dtype=torch.float32)
            self.assertEqual(choose(logits, sampling, case["prompt"], case["answer"]).item(), case["chosen"], case["sampling"])

    def test_what_a_token_lacks_is_the_same(self):
        for case in CHOICES["choices"]:
            sampling = Sampling(**{**case["sampling"], "seed": int(case["sampling"]["seed"])})
            logits = torch.tensor(case["logits"], dtype=torch.float32)
            for token, expected in enumerate(case["lacks"]):
                found = shortfall(logits, sampling, case["prompt"], case["answer"], token)
                self.assertAlmostEqual(found, expected / 1e6, delta=1e-6 * max(1, found), msg=(case["sampling"], token))
            self.assertEqual(case["lacks"][case["chosen"]], 0)

    def test_a_token_that_is_not_allowed_lacks_everything(self):
        logits = torch.tensor([1.0, float("-inf")])
        self.assertEqual([shortfall(logits, Sampling(), [], [], token) for token in range(3)], [0, math.inf, math.inf])
        self.assertEqual([record(3, 0.0), record(3, 0.5), record(0, math.inf)], [b"", b"\x03\0\0\0\x3f", b"\0\0\0\x80\x7f"])

    def test_a_seed_has_64_bits(self):
        for seed in (-1, 1 << 64):
            self.assertRaises(ValueError, Sampling, seed=seed)


if __name__ == "__main__":
    unittest.main()
