"""Writes LossesGolden.swift and OptimizerGolden.swift: what PyTorch computes for the same inputs.

    pip install torch
    python Tests/ModelTests/Oracle/losses_golden.py Tests/ModelTests

Inputs are small fractions that float32 holds exactly, made by integer rules that the Swift tests
repeat; only results are stored. Made with torch 2.13.0.
"""

import pathlib
import sys

import torch

PARAMETERS = 37  # Not a multiple of any vector width.
EXEMPT = slice(5, 9)  # No weight decay here.
STEPS = 6
DIMENSION = 5


def parameters():
    return torch.tensor([((37 * i + 11) % 64 - 32) / 32 for i in range(PARAMETERS)])


def gradient(step):
    # Every fifth one is so small that eps matters.
    return torch.tensor(
        [((53 * i + 29 * step + 7) % 128 - 64) / 64 * (2.0**-24 if i % 5 == 0 else 1) for i in range(PARAMETERS)]
    )


def rate(step):
    return 0.01 / (1 + step)


def array(values, digits=9):
    numbers = [f"{v:.{digits}g}" for v in values]
    lines = [", ".join(numbers[i : i + 6]) for i in range(0, len(numbers), 6)]
    return "[\n        " + ",\n        ".join(lines) + ",\n    ]"


def run(make, clip=None):
    start = parameters()
    groups = [start[: EXEMPT.start], start[EXEMPT], start[EXEMPT.stop :]]
    groups = [torch.nn.Parameter(g.clone()) for g in groups]
    decayed, exempt = [groups[0], groups[2]], [groups[1]]
    optimizer = make(decayed, exempt)
    for step in range(STEPS):
        g = gradient(step)
        for p, part in zip(groups, [g[: EXEMPT.start], g[EXEMPT], g[EXEMPT.stop :]]):
            p.grad = part.clone()
        if clip is not None:
            torch.nn.utils.clip_grad_norm_(groups, clip)
        for group in optimizer.param_groups:
            group["lr"] = rate(step)
        optimizer.step()
    state = {}
    for key in optimizer.state[groups[0]]:
        if key != "step":
            state[key] = torch.cat([optimizer.state[p][key] for p in groups])
    return torch.cat([p.detach() for p in groups]), state


def with_groups(kind, decay, **options):
    return lambda decayed, exempt: kind(
        [{"params": decayed, "weight_decay": decay}, {"params": exempt, "weight_decay": 0}], lr=0.01, **options
    )


def optimizers():
    out = ["// OptimizerGolden.swift — written by Oracle/losses_golden.py; do not edit.\n", "enum OptimizerGolden {"]
    cases = {
        "adam": (with_groups(torch.optim.Adam, 0.05, foreach=False), None),
        "adamClipped": (with_groups(torch.optim.Adam, 0.05, foreach=False), 0.5),
        "adamW": (with_groups(torch.optim.AdamW, 0.05, foreach=False), None),
        "sgd": (with_groups(torch.optim.SGD, 0.05, foreach=False), None),
        "momentum": (with_groups(torch.optim.SGD, 0.05, momentum=0.9, foreach=False), None),
        "nesterov": (with_groups(torch.optim.SGD, 0.05, momentum=0.9, nesterov=True, foreach=False), None),
    }
    for name, (make, clip) in cases.items():
        final, state = run(make, clip)
        out.append(f"    static let {name}: [Float] = {array(final)}")
        if name in ("adam", "momentum"):
            for key, values in state.items():
                if values is not None:
                    swift = {"exp_avg": "FirstMoment", "exp_avg_sq": "SecondMoment", "momentum_buffer": "Buffer"}[key]
                    out.append(f"    static let {name}{swift}: [Float] = {array(values)}")
    norm = torch.linalg.vector_norm(gradient(0).double()).item()
    out.append(f"    static let norm = {norm!r}")
    return "\n".join(out) + "\n}\n"


def feature(batch, i, d):
    return ((41 * i + 17 * d + 23 * batch + 5 * i * d) % 64 - 32) / 32


def orientation(batches, order, pairs, margin=1.0, epsilon=1e-6, momentum=0.9):
    """The orientation loss, written once more with autograd in double; batches are lists of anchor numbers."""
    running, results = {}, []
    for batch, anchors in enumerate(batches):
        z = torch.tensor(
            [[feature(batch, i, d) + 0.5 * anchors[i] * (d + 1) / DIMENSION for d in range(DIMENSION)]
             for i in range(len(anchors))],
            dtype=torch.float32,
        ).double().requires_grad_()
        index = torch.tensor(anchors)
        means = {k: z[index == k].mean(0) for k in order if (index == k).any()}
        for k, mean in means.items():
            running[k] = momentum * running[k] + (1 - momentum) * mean.detach() if k in running else mean.detach()
        u = running[order[-1]] - running[order[0]]
        u = u / u.norm()
        p = {k: z[index == k] @ u for k in means}
        total = sum(len(v) for v in p.values())
        sigma = (sum(((v - v.mean()) ** 2).sum() for v in p.values()) / total + epsilon).sqrt()
        loss = sum(
            torch.nn.functional.softplus(margin - (p[b].mean() - p[a].mean()) / sigma)
            for a, b in pairs if a in p and b in p
        )
        loss.backward()
        results.append((loss.item(), sigma.item(), z.grad.flatten().tolist()))
    return results


def losses():
    out = ["// LossesGolden.swift — written by Oracle/losses_golden.py; do not edit.\n", "enum LossesGolden {"]
    batches = [[0, 0, 1, 1, 1, 2, 2, 3, 3], [0, 1, 2, 2, 3, 3, 3], [0, 0, 1, 1, 3, 3]]
    for name, order, pairs in [
        ("progressive", [0, 1, 2, 3], [(0, 1), (1, 2), (2, 3)]),
        ("deepfakeFirst", [0, 3, 1, 2], [(0, 3), (3, 1), (1, 2)]),
        ("surround", [0, 1, 2, 3], [(0, 1), (0, 2), (0, 3)]),
    ]:
        results = orientation(batches, order, pairs)
        out.append(f"    static let {name}Losses: [Double] = {array([r[0] for r in results], 15)}")
        out.append(f"    static let {name}Sigmas: [Double] = {array([r[1] for r in results], 15)}")
        # The second batch: its running means differ from its own.
        out.append(f"    static let {name}Gradient: [Double] = {array(results[1][2], 15)}")

    rows = 5
    def logits(k):
        return torch.tensor([[((13 * r + 7 * c) % 32 - 16) / 4 for c in range(k)] for r in range(rows)],
                            dtype=torch.float64, requires_grad=True)
    q = torch.tensor([r / 4 for r in range(rows)], dtype=torch.float64)
    two = logits(2)
    loss = torch.nn.functional.cross_entropy(two, torch.stack([1 - q, q], 1), reduction="sum")
    loss.backward()
    out.append(f"    static let binary = {loss.item()!r}")
    out.append(f"    static let binaryGradient: [Double] = {array(two.grad.flatten().tolist(), 15)}")
    four = logits(4)
    classes = torch.zeros(rows, 4, dtype=torch.float64)
    for r in range(rows):
        classes[r, r % 3] = 1 - q[r]
        classes[r, r % 3 + 1] = q[r]
    loss = torch.nn.functional.cross_entropy(four, classes, reduction="sum")
    loss.backward()
    out.append(f"    static let multiClass = {loss.item()!r}")
    out.append(f"    static let multiClassGradient: [Double] = {array(four.grad.flatten().tolist(), 15)}")
    three = logits(3)
    labels = torch.stack([q, q.flip(0), q], 1)
    loss = torch.nn.functional.binary_cross_entropy_with_logits(three, labels, reduction="sum")
    loss.backward()
    out.append(f"    static let multiLabel = {loss.item()!r}")
    out.append(f"    static let multiLabelGradient: [Double] = {array(three.grad.flatten().tolist(), 15)}")
    return "\n".join(out) + "\n}\n"


folder = pathlib.Path(sys.argv[1])
(folder / "OptimizerGolden.swift").write_text(optimizers())
(folder / "LossesGolden.swift").write_text(losses())
