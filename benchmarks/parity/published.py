"""published.py — the published detector in PyTorch, written from docs/method.md: an oracle for Blendway.

Module names are chosen so that the state_dict has DeepfakeBench's names. Not fast, not for training.
"""

import math

import torch
from torch import nn
from torch.nn import functional as F

# (width, depth, native size) of the compound rule; tiny is Blendway's own.
SCALING = {
    "tiny": (1.0, 1.0, 128),
    "b0": (1.0, 1.0, 224), "b1": (1.0, 1.1, 240), "b2": (1.1, 1.2, 260), "b3": (1.2, 1.4, 300),
    "b4": (1.4, 1.8, 380), "b5": (1.6, 2.2, 456), "b6": (1.8, 2.6, 528), "b7": (2.0, 3.1, 600),
}
# Expansion, kernel, stride, channels, repeats of each stage.
BASE = [(1, 3, 1, 16, 1), (6, 3, 2, 24, 2), (6, 5, 2, 40, 2), (6, 3, 2, 80, 3), (6, 5, 1, 112, 3),
        (6, 5, 2, 192, 4), (6, 3, 1, 320, 1)]
TINY = [(1, 3, 1, 16, 1), (4, 3, 2, 24, 2), (4, 5, 2, 40, 2), (4, 3, 2, 64, 2), (4, 5, 2, 96, 1)]


def widths(arch):
    """Channels of the stem and of the features, and the stages, of an architecture."""
    factor, depth, _ = SCALING[arch]

    def wide(channels):
        wanted = channels * factor
        rounded = max(8, int(wanted + 4) // 8 * 8)
        return rounded + 8 if rounded < 0.9 * wanted else rounded

    if arch == "tiny":
        return 16, 192, TINY
    return wide(32), wide(1280), [(e, k, s, wide(c), math.ceil(depth * n)) for e, k, s, c, n in BASE]


class PaddedConv(nn.Conv2d):
    """A convolution with its own zeros before and after each axis."""

    def __init__(self, inside, outside, kernel, stride=1, padding=(0, 0), groups=1, bias=False):
        super().__init__(inside, outside, kernel, stride=stride, groups=groups, bias=bias)
        self.sides = (padding[0], padding[1], padding[0], padding[1])

    def forward(self, x):
        return super().forward(F.pad(x, self.sides))


def same(size, kernel, stride):
    total = max(0, (math.ceil(size / stride) - 1) * stride + kernel - size)
    return total // 2, total - total // 2


def norm(channels):
    return nn.BatchNorm2d(channels, eps=1e-3, momentum=0.01)


class Block(nn.Module):
    def __init__(self, inside, outside, expansion, kernel, stride, size):
        super().__init__()
        wide = inside * expansion
        if expansion != 1:
            self._expand_conv, self._bn0 = PaddedConv(inside, wide, 1), norm(wide)
        self._depthwise_conv = PaddedConv(wide, wide, kernel, stride, same(size, kernel, stride), groups=wide)
        self._bn1 = norm(wide)
        squeezed = max(1, inside // 4)
        self._se_reduce = PaddedConv(wide, squeezed, 1, bias=True)
        self._se_expand = PaddedConv(squeezed, wide, 1, bias=True)
        self._project_conv, self._bn2 = PaddedConv(wide, outside, 1), norm(outside)
        self.expands, self.adds = expansion != 1, stride == 1 and inside == outside

    def forward(self, x):
        y = F.silu(self._bn0(self._expand_conv(x))) if self.expands else x
        y = F.silu(self._bn1(self._depthwise_conv(y)))
        gate = self._se_expand(F.silu(self._se_reduce(y.mean((2, 3), keepdim=True))))
        y = self._bn2(self._project_conv(y * gate.sigmoid()))
        return y + x if self.adds else y


class EfficientNet(nn.Module):
    """The stem unpadded; what follows padded as in the network for the native size."""

    def __init__(self, arch):
        super().__init__()
        stem, features, stages = widths(arch)
        self._conv_stem, self._bn0 = PaddedConv(3, stem, 3, 2), norm(stem)
        blocks, inside, size = [], stem, math.ceil(SCALING[arch][2] / 2)
        for expansion, kernel, stride, channels, repeats in stages:
            for position in range(repeats):
                step = stride if position == 0 else 1
                blocks.append(Block(inside, channels, expansion, kernel, step, size))
                inside, size = channels, math.ceil(size / step)
        self._blocks = nn.ModuleList(blocks)
        self._conv_head, self._bn1 = PaddedConv(inside, features, 1), norm(features)

    def forward(self, x):
        x = F.silu(self._bn0(self._conv_stem(x)))
        for block in self._blocks:
            x = block(x)
        return F.silu(self._bn1(self._conv_head(x)))


class Backbone(nn.Module):
    def __init__(self, arch):
        super().__init__()
        self.efficientnet = EfficientNet(arch)


class Reshape(nn.Module):
    def forward(self, x):
        return x[:, :, None, None]


class Attention(nn.Module):
    def __init__(self, channels, hidden, side):
        super().__init__()
        for number in (1, 2, 3):
            setattr(self, f"inverse_conv{number}", nn.Sequential(
                nn.Linear(2, hidden), nn.LeakyReLU(0.01), nn.Linear(hidden, channels), Reshape(),
                nn.ConvTranspose2d(channels, channels, side)))
        self.attention = nn.Sequential(
            nn.Conv2d(4 * channels, channels, 1), nn.BatchNorm2d(channels), nn.ReLU(),
            nn.Conv2d(channels, channels, 1), nn.BatchNorm2d(channels), nn.ReLU(),
            nn.Conv2d(channels, channels, 3, padding=1), nn.Sigmoid())

    def forward(self, generation, blending, identity, features):
        maps = [self.inverse_conv1(generation), self.inverse_conv2(blending), self.inverse_conv3(identity)]
        return features * self.attention(torch.cat(maps + [features], 1))


class Transition(nn.Module):
    def __init__(self, channels):
        super().__init__()
        self.noise_process = nn.Sequential(
            nn.Conv2d(channels, channels, 3, padding=1), nn.LeakyReLU(0.01),
            nn.Conv2d(channels, channels, 3, padding=1), nn.LeakyReLU(0.01))
        self.concat_process = nn.Sequential(
            nn.Conv2d(2 * channels, channels, 1), nn.LeakyReLU(0.01),
            nn.Conv2d(channels, channels, 3, padding=1), nn.LeakyReLU(0.01))

    def forward(self, features, noise):
        return self.concat_process(torch.cat([features, self.noise_process(noise)], 1))


def head(channels, hidden):
    return nn.Sequential(
        nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(channels, hidden), nn.LeakyReLU(0.01),
        nn.Linear(hidden, 2))


class Published(nn.Module):
    def __init__(self, arch="b4", side=8, channels=512, hidden=256):
        super().__init__()
        self.backbone = Backbone(arch)
        self.adjust_feature = nn.Conv2d(widths(arch)[1], channels, 1)
        self.blend_classifier = head(channels, hidden)
        self.ID_inconsistency_classifier = head(channels, hidden)
        self.deepfake_classifier = head(channels, hidden)
        self.final_classifier = head(channels, hidden)
        self.fea_att = Attention(channels, hidden, side)
        self.real2sbi, self.sbi2bi, self.bi2fake = (Transition(channels) for _ in range(3))

    def features(self, images):
        return self.adjust_feature(self.backbone.efficientnet(images))

    def heads(self, features):
        logits = {
            "generation": self.deepfake_classifier(features), "blending": self.blend_classifier(features),
            "identity": self.ID_inconsistency_classifier(features)}
        attended = self.fea_att(logits["generation"], logits["blending"], logits["identity"], features)
        logits["final"] = self.final_classifier(attended)
        return logits

    def forward(self, images):
        return self.heads(self.features(images))["final"]

    def step(self, images, lambdas, noises):
        """Losses, logits of anchors and bridges, and features of the anchors. `images` r…r s…s c…c f…f;
        lambdas and noises by "rs", "sc", "cf"."""
        features = self.features(images)
        anchors = dict(zip("rscf", features.chunk(4)))
        blocks = {"rs": self.real2sbi, "sc": self.sbi2bi, "cf": self.bi2fake}
        losses, bridges = {}, []
        for (a, b), block in blocks.items():
            predicted = block(anchors[a], noises[a + b])
            losses["transition_" + a + b] = F.mse_loss(predicted, anchors[b])
            mix = lambdas[a + b][:, None, None, None]
            bridges.append(mix * anchors[b] + (1 - mix) * anchors[a])
        logits = self.heads(torch.cat([features] + bridges))

        one = torch.ones_like(lambdas["rs"])
        zero = 0 * one
        targets = {
            "blending": [zero, one, one, one, lambdas["rs"], one, one],
            "identity": [zero, zero, one, one, zero, lambdas["sc"], one],
            "generation": [zero, zero, zero, one, zero, zero, lambdas["cf"]]}
        targets["final"] = targets["blending"]
        for name, rows in targets.items():
            present = torch.cat(rows)
            logs = F.log_softmax(logits[name], 1)
            losses[name] = -((1 - present) * logs[:, 0] + present * logs[:, 1]).mean()
        losses["total"] = sum(losses.values())
        return losses, logits, features


def settle(network, images):
    """Running statistics as after training on such images, a little moved."""
    norms = [m for m in network.modules() if isinstance(m, nn.BatchNorm2d)]
    momenta = [m.momentum for m in norms]
    network.train()
    with torch.no_grad():
        for m in norms:
            m.momentum = 1.0
            m.weight.uniform_(0.5, 1.5)
            m.bias.normal_(0, 0.2)
        network(images)
        for m, momentum in zip(norms, momenta):
            m.momentum = momentum
            m.running_mean += 0.1 * m.running_var.sqrt() * torch.randn_like(m.running_mean)
            m.running_var *= torch.empty_like(m.running_var).uniform_(0.8, 1.25)


def away_from_kinks(network, run):
    """Moves the biases in front of ReLUs so that no input of one is near zero when `run(network)` calls it.

    At zero a ReLU's slope jumps: where rounding decides an input's sign, two programs that are both right differ
    by a whole path of the gradient. Each channel's bias is moved by at most a fiftieth of the inputs' spread, to
    where its inputs leave the widest gap. Give a network in float64; running statistics change with `run`.
    """
    hooks = []
    for parent in network.modules():
        children = list(parent.children()) if isinstance(parent, nn.Sequential) else []
        for before, activation in zip(children, children[1:]):
            if isinstance(activation, (nn.ReLU, nn.LeakyReLU)):
                hooks.append(activation.register_forward_pre_hook(mover(before.bias)))
    with torch.no_grad():
        run(network)
    for hook in hooks:
        hook.remove()


def mover(bias):
    def move(_, inputs):
        z = inputs[0]
        shifts = torch.linspace(-0.02, 0.02, 401, dtype=z.dtype) * z.std()
        values = z.transpose(0, 1).flatten(1)
        gaps = torch.stack([(values + shift).abs().amin(1) for shift in shifts])
        best = shifts[gaps.argmax(0)]
        bias.data += best
        return z + best.reshape([1, -1] + [1] * (z.dim() - 2))
    return move
