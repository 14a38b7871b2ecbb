"""compare.py — Blendway's step against PyTorch's on the same tensors, number by number.

  python benchmarks/parity/compare.py --blendway .build/release/blendway --case prodet-b4 [--size 256]
      [--quadruples 1] [--channels 512] [--hidden 256] [--ranks 0] [--threads 2] [--json]

Cases: prodet-ARCH, the published detector with DeepfakeBench's names; torchvision-b0 … -b7, timm-b0 …, a
backbone alone. Random weights. PyTorch runs in float32 and in float64; the float64 one says who is right.
Exits with 1 when a number is worse than its limit. The published network has ReLUs, in front of which biases are
moved a little, so that rounding decides no input's sign; --kinks leaves them: then gradients of PyTorch in
float32 differ from its own in float64 by up to 1e-2, and so do ours.

With --precision bf16 (or bf16-model) Blendway's step has products of bfloat16 numbers, and PyTorch's beside it runs
under its autocast; both are compared with PyTorch in float32. Exits with 1 when ours is farther off than the autocast,
by the median over a group's tensors.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile

import h5py
import numpy as np
import torch
from safetensors.torch import save_file

from published import Published, away_from_kinks, settle

# Largest relative differences allowed to PyTorch in float32.
LIMITS = {"losses": 1e-4, "logits": 1e-4, "features": 1e-4, "gradients": 1e-3, "buffers": 1e-4}


def random_images(count, size, generator):
    """Blobs and noise in [-1, 1]: neither flat nor white."""
    coarse = torch.randn(count, 3, max(size // 8, 1), max(size // 8, 1), generator=generator)
    smooth = torch.nn.functional.interpolate(coarse, size=(size, size), mode="bilinear")
    return (0.5 * smooth + 0.2 * torch.randn(count, 3, size, size, generator=generator)).clamp(-1, 1)


def values(x):
    x = x.detach().contiguous()
    return (x.float() if x.dtype == torch.bfloat16 else x).numpy()


def nhwc(x):
    return values(x.permute(0, 2, 3, 1))


class Detector:
    """The published detector: losses, logits, features."""

    def __init__(self, arch, options, generator):
        size, quads, channels = options.size, options.quadruples, options.channels
        with torch.no_grad():
            probe = Published(arch, 1, 8, 8).eval().backbone.efficientnet(torch.zeros(1, 3, size, size))
        side = probe.shape[-1]
        self.make = lambda: Published(arch, side, channels, options.hidden)
        self.images = random_images(4 * quads, size, generator)
        self.lambdas = {p: torch.rand(quads, generator=generator) for p in ("rs", "sc", "cf")}
        self.noises = {p: torch.randn(quads, channels, side, side, generator=generator) for p in self.lambdas}
        self.arguments = ["--arch", f"prodet-{arch}"]

    def write(self, path):
        with h5py.File(path, "w") as file:
            file["images"] = nhwc(self.images)
            for pair, values in self.lambdas.items():
                file["lambda_" + pair] = values.numpy()
                file["noise_" + pair] = nhwc(self.noises[pair])

    def without_kinks(self, state, training):
        network = self.make().double()
        network.load_state_dict(state)
        network.train(training)
        away_from_kinks(network, lambda network: network.step(*self.tensors(torch.float64)))
        biases = {name for name, _ in network.named_parameters() if name.endswith("bias")}
        return {k: network.state_dict()[k].to(v.dtype) if k in biases else v for k, v in state.items()}

    def tensors(self, dtype):
        cast = lambda tensors: {k: v.to(dtype) for k, v in tensors.items()}
        return self.images.to(dtype), cast(self.lambdas), cast(self.noises)

    def run(self, network, dtype):
        losses, logits, features = network.step(*self.tensors(dtype))
        losses["total"].backward()
        return {"losses": {k: v.item() for k, v in losses.items()},
                "logits": {k: values(v) for k, v in logits.items()},
                "features": {"features": nhwc(features.detach())}}


class BackboneOnly:
    """features() of a network of a library; the loss is their product with given numbers."""

    def __init__(self, library, arch, options, generator):
        if library == "torchvision":
            import torchvision
            self.make = lambda: getattr(torchvision.models, f"efficientnet_{arch}")(weights=None)
            self.features = lambda network, x: network.features(x)
        else:
            import timm
            self.make = lambda: timm.create_model(f"efficientnet_{arch}", pretrained=False, drop_rate=0, drop_path_rate=0)
            self.features = lambda network, x: network.forward_features(x)
        self.images = random_images(options.quadruples * 4, options.size, generator)
        with torch.no_grad():
            shape = self.features(self.make().eval(), self.images[:1]).shape
        self.gradients = torch.randn(len(self.images), *shape[1:], generator=generator)
        self.arguments = ["--arch", f"efficientnet-{arch}"]

    def write(self, path):
        with h5py.File(path, "w") as file:
            file["images"] = nhwc(self.images)
            file["feature_gradients"] = nhwc(self.gradients)

    def run(self, network, dtype):
        for module in network.modules():
            if type(module).__name__ == "StochasticDepth":
                module.p = 0.0
        features = self.features(network, self.images.to(dtype))
        (features * self.gradients.to(dtype)).sum().backward()
        return {"losses": {}, "logits": {}, "features": {"features": nhwc(features.detach())}}


def pytorch(case, state, training, dtype, autocast=False):
    network = case.make().to(dtype)
    network.load_state_dict({k: v.to(dtype) if v.is_floating_point() else v for k, v in state.items()})
    network.train(training)
    with torch.autocast("cpu", dtype=torch.bfloat16, enabled=autocast):
        result = case.run(network, dtype)
    result["gradients"] = {k: p.grad.numpy() for k, p in network.named_parameters() if p.grad is not None}
    result["buffers"] = {k: b.numpy() for k, b in network.named_buffers() if b.is_floating_point()}
    return result


def blendway(options, arguments, folder, training):
    out = os.path.join(folder, "out.h5")
    command = [options.blendway, "verify-step", "--weights", os.path.join(folder, "w.safetensors"), "--batch",
               os.path.join(folder, "batch.h5"), "--out", out, "--force", "--train-mode", str(training).lower(),
               "--threads", str(options.threads), "--set", f"train.precision={options.precision}"] + arguments
    if options.ranks:
        command = options.mpirun.split() + ["-n", str(options.ranks)] + command
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL, timeout=560)
    result = {}
    with h5py.File(out) as file:
        result["features"] = {"features": file["features"][()]}
        for group in ("losses", "logits", "gradients", "buffers"):
            result[group] = {k: v[()] for k, v in file[group].items()} if group in file else {}
    return result


def difference(a, b):
    """Norm of the difference over the norm of b."""
    a, b = np.asarray(a, np.float64).ravel(), np.asarray(b, np.float64).ravel()
    if a.shape != b.shape:
        return float("inf")
    return float(np.linalg.norm(a - b) / max(np.linalg.norm(b), 1e-300))


def compare(ours, float32, float64):
    """By group: the largest difference, its name, and what PyTorch itself loses to rounding."""
    rows = []
    largest = max((np.linalg.norm(v) for v in float64["gradients"].values()), default=0)
    for group in LIMITS:
        values, exact, own, name, zeros, ours_zero = [0.0], 0.0, 0.0, "", 0, 0.0
        for key, reference in float32[group].items():
            if key not in ours[group]:
                sys.exit(f"Blendway's result lacks {group}/{key}")
            if group == "gradients" and np.linalg.norm(float64[group][key]) < 1e-9 * largest:
                # A shift that a batch norm takes away again: zero in theory, rounding noise in PyTorch.
                zeros, ours_zero = zeros + 1, max(ours_zero, float(np.abs(ours[group][key]).max()) / largest)
                continue
            value = difference(ours[group][key], reference)
            name = key if value >= max(values) else name
            values.append(value)
            exact = max(exact, difference(ours[group][key], float64[group][key]))
            own = max(own, difference(reference, float64[group][key]))
        if float32[group]:
            rows.append({"group": group, "compared": len(float32[group]) - zeros, "worst": max(values), "name": name,
                         "median": float(np.median(values[1:])), "above": sum(v > LIMITS[group] for v in values), "to_float64": exact, "pytorch_to_float64": own, "limit": LIMITS[group],
                         "zero_in_theory": zeros, "ours_where_zero": ours_zero})
    return rows


def compare_rounded(ours, autocast, float32):
    """By group: how far Blendway and PyTorch's autocast are from PyTorch in float32."""
    rows = []
    largest = max((np.linalg.norm(v) for v in float32["gradients"].values()), default=0)
    for group in LIMITS:
        keys = [k for k, v in float32[group].items() if group != "gradients" or np.linalg.norm(v) > 1e-5 * largest]
        if keys:
            both = [[difference(one[group][k], float32[group][k]) for k in keys] for one in (ours, autocast)]
            rows.append({"group": group, "compared": len(keys), "median": float(np.median(both[0])), "worst": max(both[0]),
                         "autocast_median": float(np.median(both[1])), "autocast_worst": max(both[1])})
    return rows


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--blendway", default=".build/release/blendway")
    parser.add_argument("--case", default="prodet-b4")
    parser.add_argument("--size", type=int, default=256)
    parser.add_argument("--quadruples", type=int, default=1)
    parser.add_argument("--channels", type=int, default=512)
    parser.add_argument("--hidden", type=int, default=256)
    parser.add_argument("--ranks", type=int, default=0)
    parser.add_argument("--mpirun", default="mpirun --oversubscribe --bind-to none")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--kinks", action="store_true")
    parser.add_argument("--precision", default="float32", choices=("float32", "bf16", "bf16-model"))
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()

    torch.manual_seed(options.seed)
    generator = torch.Generator().manual_seed(options.seed)
    kind, arch = options.case.split("-")
    case = Detector(arch, options, generator) if kind == "prodet" else BackboneOnly(kind, arch, options, generator)
    network = case.make()
    settle(network, random_images(8, options.size, generator))
    state = {k: v.detach().clone() for k, v in network.state_dict().items()}
    failed, report = False, []
    with tempfile.TemporaryDirectory() as folder:
        case.write(os.path.join(folder, "batch.h5"))
        settled = state
        for training in (True, False):
            state = case.without_kinks(settled, training) if kind == "prodet" and not options.kinks else settled
            save_file({k: v.contiguous() for k, v in state.items()}, os.path.join(folder, "w.safetensors"))
            ours = blendway(options, case.arguments, folder, training)
            mode = "training" if training else "evaluation"
            if options.precision != "float32":
                rows = compare_rounded(ours, pytorch(case, state, training, torch.float32, autocast=True),
                                       pytorch(case, state, training, torch.float32))
                report.append({"mode": mode, "rows": rows})
                failed |= any(not row["median"] <= row["autocast_median"] for row in rows if row["autocast_median"] > 0)
                if not options.json:
                    print(f"{options.case}, {options.size}×{options.size}, {len(case.images)} images, {mode} mode, "
                          f"{options.precision}: distance from PyTorch in float32")
                    print(f"  {'':10}{'compared':>9}{'median':>9}{'largest':>9}{'autocast':>10}{'largest':>9}")
                    for r in rows:
                        print(f"  {r['group']:10}{r['compared']:9}{r['median']:9.1e}{r['worst']:9.1e}"
                              f"{r['autocast_median']:10.1e}{r['autocast_worst']:9.1e}")
                continue
            rows = compare(ours, pytorch(case, state, training, torch.float32), pytorch(case, state, training, torch.float64))
            report.append({"mode": mode, "rows": rows})
            failed |= any(not row["worst"] <= row["limit"] for row in rows)
            if not options.json:
                print(f"{options.case}, {options.size}×{options.size}, {len(case.images)} images, "
                      f"{options.ranks or 1} ranks, {mode} mode")
                print(f"  {'':10}{'compared':>9}{'median':>9}{'largest':>9}{'limit':>9}{'above':>7}"
                      f"{'to float64':>12}{'PyTorch so':>12}  largest is")
                for r in rows:
                    print(f"  {r['group']:10}{r['compared']:9}{r['median']:9.1e}{r['worst']:9.1e}{r['limit']:9.0e}{r['above']:7}"
                          f"{r['to_float64']:12.1e}{r['pytorch_to_float64']:12.1e}  {r['name']}")
                    if r["zero_in_theory"]:
                        print(f"  {'':10}{r['zero_in_theory']:9} more are zero in theory; ours there at most "
                              f"{r['ours_where_zero']:.0e} of the largest norm")
    if options.json:
        print(json.dumps({"case": options.case, "passed": not failed, "modes": report}))
    sys.exit(1 if failed else 0)


if __name__ == "__main__":
    main()
