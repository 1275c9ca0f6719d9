"""The rules in torch choose what the Rust code has chosen (choices.json): python3 -m unittest test_rules. Needs torch, not vLLM."""

import json
import pathlib
import unittest

import torch

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

    def test_a_seed_has_64_bits(self):
        for seed in (-1, 1 << 64):
            self.assertRaises(ValueError, Sampling, seed=seed)


if __name__ == "__main__":
    unittest.main()
