"""golden_step.py — one step of the published detector in PyTorch, in float64, as numbers to hold on to.

    python Tests/LaunchTests/Oracle/golden_step.py >Tests/LaunchTests/Oracle/golden_step.json

GoldenStepTests makes the same weights and the same batch and compares; it needs no Python. Every array is given by
its name, shape, offset and scale: element i of array number k is offset + scale · number(k, i), exact in float32.
Biases in front of ReLUs are listed as they are: they are moved a little, so that rounding decides no sign. Of a
gradient or buffer three numbers are kept: its norm, and its products with two arrays of the same formula.
"""

import json
import math
import os
import sys

import numpy as np
import torch

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../../../benchmarks/parity"))
from published import Published, away_from_kinks  # noqa: E402

QUADRUPLES, SIZE, CHANNELS, HIDDEN, SIDE = 2, 96, 16, 8, 2
PROBES = (1001, 1002)


def number(k, shape):
    """Multiples of 2⁻¹⁵ in [-1, 1)."""
    i = np.arange(math.prod(shape), dtype=np.uint64)
    mixed = ((i + np.uint64(1)) * np.uint64(2654435761) + np.uint64(k) * np.uint64(2246822519)) % np.uint64(1 << 32)
    mixed = (mixed ^ (mixed >> np.uint64(15))) * np.uint64(2654435769) % np.uint64(1 << 32)
    return ((mixed >> np.uint64(16)).astype(np.float64) / 32768 - 1).reshape(shape)


def recipe(name, shape):
    """Offset and scale, powers of two."""
    if name.endswith("running_mean"):
        return 0.0, 0.125
    if name.endswith("running_var"):
        return 1.0, 0.25
    if len(shape) == 1:
        # The weight of a batch norm is near 1, all else of one dimension is a bias.
        return (1.0, 0.25) if name.endswith("weight") else (0.0, 0.125)
    return 0.0, 2.0 ** round(math.log2(math.sqrt(3 / math.prod(shape[1:]))))


def summary(k, array):
    flat = np.asarray(array, np.float64)
    return [float(np.linalg.norm(flat))] + [float((flat * number(probe + k, flat.shape)).sum()) for probe in PROBES]


def main():
    network = Published("tiny", SIDE, CHANNELS, HIDDEN).double()
    arrays, state = [], {}
    for k, (name, value) in enumerate(network.state_dict().items()):
        if name.endswith("num_batches_tracked"):
            continue
        shape = list(value.shape)
        offset, scale = recipe(name, shape)
        arrays.append({"name": name, "k": k, "shape": shape, "offset": offset, "scale": scale})
        state[name] = torch.from_numpy(offset + scale * number(k, shape))
    network.load_state_dict(state, strict=False)

    def given(k, *shape):
        return torch.from_numpy(number(k, shape))

    pairs = ("rs", "sc", "cf")
    # As Blendway reads them: channels last.
    images = given(2001, 4 * QUADRUPLES, SIZE, SIZE, 3).permute(0, 3, 1, 2)
    noises = {p: given(2002 + n, QUADRUPLES, SIDE, SIDE, CHANNELS).permute(0, 3, 1, 2) for n, p in enumerate(pairs)}
    lambdas = {p: torch.tensor([0.25, 0.75], dtype=torch.float64) + n / 8 for n, p in enumerate(pairs)}
    network.train()
    away_from_kinks(network, lambda network: network.step(images, lambdas, noises))
    with torch.no_grad():
        for array in arrays:
            value = network.state_dict()[array["name"]]
            if "running" in array["name"]:
                value.copy_(state[array["name"]])
            elif not torch.equal(value, state[array["name"]]):
                value.copy_(value.float().double())
                array["values"] = value.flatten().tolist()

    losses, logits, features = network.step(images, lambdas, noises)
    losses["total"].backward()
    by_name = {array["name"]: array["k"] for array in arrays}
    json.dump({
        "pytorch": torch.__version__, "quadruples": QUADRUPLES, "size": SIZE, "channels": CHANNELS, "side": SIDE,
        "arrays": arrays, "lambdas": {p: v.tolist() for p, v in lambdas.items()},
        "losses": {n: v.item() for n, v in losses.items()},
        "logits": {n: v.detach().flatten().tolist() for n, v in logits.items()},
        "features": summary(0, features.detach().permute(0, 2, 3, 1).numpy()),
        "gradients": {n: summary(by_name[n], p.grad.numpy()) for n, p in network.named_parameters()},
        "buffers": {n: summary(by_name[n], b.numpy()) for n, b in network.named_buffers() if b.is_floating_point()},
    }, sys.stdout, indent=None, separators=(",", ":"))
    print()


if __name__ == "__main__":
    main()
