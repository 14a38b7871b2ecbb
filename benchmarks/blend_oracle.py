#!/usr/bin/env python3
"""Blends made a second time, with OpenCV, NumPy and SciPy, and compared with Blendway's.

Needs opencv-python-headless, numpy and scipy; benchmarks/blend_vs_python.sh gets them and runs this:

    python benchmarks/blend_oracle.py --program .build/release/blendway --cases 400 --seed 1

Draws random faces (landmarks of 68 and 81 points, turned and partly outside the picture), pictures and
recipes, has `blendway blend` apply each recipe, applies it with OpenCV, and compares mask and picture.
Ends with status 1 if one is out of tolerance.

The values that the tests compare with are made anew by

    BLENDWAY_BLEND_GOLDEN=$PWD/benchmarks/blend_golden swift test -c release --filter GoldenInput
    python benchmarks/blend_oracle.py --golden benchmarks/blend_golden

What OpenCV does with these recipes is the definition here: its rasteriser, 8-bit colour spaces,
resizing, warping and blurring. Only the random numbers (Philox) are computed by hand.
"""

import argparse
import concurrent.futures
import json
import pathlib
import subprocess
import sys
import tempfile

import cv2
import numpy as np
from scipy.ndimage import gaussian_filter

ELASTIC_STREAM = 5


def philox_words(key, stream, count):
    """The first `count` 32-bit words of Philox4x32-10 with counter (block, stream << 24, 0, 0)."""
    low = np.uint64(0xFFFFFFFF)
    blocks = (count + 3) // 4
    c = [np.arange(blocks, dtype=np.uint64)]
    c += [np.full(blocks, word, np.uint64) for word in (stream << 24, 0, 0)]
    k0, k1 = key & 0xFFFFFFFF, key >> 32
    for _ in range(10):
        p0 = c[0] * np.uint64(0xD2511F53)
        p1 = c[2] * np.uint64(0xCD9E8D57)
        shift = np.uint64(32)
        c = [(p1 >> shift) ^ c[1] ^ np.uint64(k0), p1 & low, (p0 >> shift) ^ c[3] ^ np.uint64(k1), p0 & low]
        k0, k1 = (k0 + 0x9E3779B9) & 0xFFFFFFFF, (k1 + 0xBB67AE85) & 0xFFFFFFFF
    return np.stack(c, axis=1).ravel()[:count]


def bytes_of(values):
    return np.clip(np.rint(values), 0, 255).astype(np.uint8)


# --- Masks ------------------------------------------------------------------------------------

def spread(*parts):
    return [i for part in parts for i in (part if isinstance(part, range) else [part])]


FULL = [spread(range(17), range(48, 68)), spread(range(27, 31), 33), spread(range(17, 27), 0, 27, 16, 33)]
COMPONENTS = [
    spread(range(0, 9), 17), spread(range(8, 17), 26), spread(range(17, 20), 8),
    spread(range(24, 27), 8), spread(range(19, 25), 8), spread(range(17, 22), 27, range(31, 36), 8),
    spread(range(22, 27), 27, range(31, 36), 8), spread(range(27, 31), range(31, 36)),
]


def drawn_mask(points, recipe, shape):
    points = np.array(points, np.float64)
    if recipe["cut_to_68"]:
        points = points[:68]
    if recipe["mask_shape"] == "extended":
        left = (points[36] + (points[36] + points[0]) / 2) / 2
        right = (points[45] + (points[16] + points[45]) / 2) / 2
        below = np.array([left, *points[36:40], *points[42:46], right])
        points[17:27] += (points[17:27] - below) / 2
    # On a canvas that holds all points: OpenCV bends lines a little where the canvas cuts them off.
    grid = np.floor(points + 0.5).astype(np.int32)
    corner = np.minimum(grid.min(0), 0) - 8
    grid -= corner
    canvas = np.maximum(grid.max(0), np.array(shape[::-1]) - corner) + 8
    mask = np.zeros(canvas[::-1], np.uint8)
    if recipe["mask_shape"] == "hull":
        cv2.fillConvexPoly(mask, cv2.convexHull(grid), 255, lineType=cv2.LINE_AA)
    else:
        for group in FULL if recipe["mask_shape"] == "full" else COMPONENTS:
            cv2.fillConvexPoly(mask, cv2.convexHull(grid[group]), 255)
    return np.ascontiguousarray(mask[-corner[1]:, -corner[0]:][:shape[0], :shape[1]])


def affine_matrix(affine, shape):
    height, width = shape
    cx, cy = (width - 1) / 2, (height - 1) / 2
    sx, sy = affine["scale_x"], affine["scale_y"]
    return np.array([
        [sx, 0, cx - sx * cx + affine["translate_x"] * width],
        [0, sy, cy - sy * cy + affine["translate_y"] * height]])


def elastic(mask, recipe):
    if recipe["amplitude"] == 0:
        return mask
    height, width = mask.shape
    scale = (width + height) / 512
    words = philox_words(recipe["key"], ELASTIC_STREAM, width * height)
    def field(half):
        raw = (half.astype(np.float64) + 0.5) / 32768 - 1
        smooth = gaussian_filter(raw.reshape(height, width), recipe["sigma"] * scale, mode="reflect", truncate=4)
        return smooth * recipe["amplitude"] * scale * scale
    x, y = np.meshgrid(np.arange(width), np.arange(height))
    dx, dy = field(words & np.uint64(0xFFFF)), field(words >> np.uint64(16))
    return cv2.remap(
        mask, (x + dx).astype(np.float32), (y + dy).astype(np.float32), cv2.INTER_LINEAR,
        borderMode=cv2.BORDER_REFLECT_101)


def soft_mask(mask, recipe, ratio):
    height, width = mask.shape
    scale = (width + height) / 512
    def kernel(k):
        return 2 * max(1, int(np.floor((k // 2) * scale + 0.5))) + 1
    size = (max(8, int(recipe["width"] * width / 256 + 0.5)), max(8, int(recipe["height"] * height / 256 + 0.5)))
    first, second = kernel(recipe["first_kernel"]), kernel(recipe["second_kernel"])
    mask = cv2.resize(mask, size, interpolation=cv2.INTER_LINEAR).astype(np.float64)
    sigma = 0.3 * ((first - 1) * 0.5 - 1) + 0.8
    mask = cv2.GaussianBlur(mask, (first, first), sigma)
    mask = mask / mask.max()
    mask[mask < 1 - 1e-13] = 0  # in exact arithmetic below 1; sums of weights differ in the last bits
    mask = cv2.GaussianBlur(mask, (second, second), recipe["second_sigma"] * scale)
    mask = (mask / mask.max()).astype(np.float32)
    return cv2.resize(mask, (width, height), interpolation=cv2.INTER_LINEAR) * ratio


# --- Colours ----------------------------------------------------------------------------------

def shift_hsv(image, shift):
    hsv = cv2.cvtColor(image, cv2.COLOR_RGB2HSV).astype(np.float32)
    hsv[..., 0] = np.mod(hsv[..., 0] + shift[0], 180) * 2
    hsv[..., 1:] = np.clip(hsv[..., 1:] + np.array(shift[1:]), 0, 255) / 255
    return bytes_of(cv2.cvtColor(hsv, cv2.COLOR_HSV2RGB) * 255)


def recolored(image, recipe):
    if recipe.get("rgb_shift"):
        image = bytes_of(image + np.array(recipe["rgb_shift"]))
    image = shift_hsv(image, recipe["hsv_shift"])
    image = bytes_of(image * (1 + recipe["contrast"]) + 255 * recipe["brightness"])
    height, width = image.shape[:2]
    if "downscale" in recipe["detail"]:
        factor = recipe["detail"]["downscale"]["factor"]
        small = cv2.resize(image, (width // factor, height // factor), interpolation=cv2.INTER_NEAREST)
        return cv2.resize(small, (width, height), interpolation=cv2.INTER_LINEAR)
    sharpen = recipe["detail"]["sharpen"]
    kernel = np.full((3, 3), -sharpen["alpha"])
    kernel[1, 1] = 1 - sharpen["alpha"] + sharpen["alpha"] * (8 + sharpen["lightness"])
    return cv2.filter2D(image, -1, kernel, borderType=cv2.BORDER_REFLECT_101)


def colours_transferred(image, model, mask):
    inside = (mask > 0).astype(np.uint8)
    mean, deviation = (v.ravel() for v in cv2.meanStdDev(image, mask=inside))
    wanted_mean, wanted_deviation = (v.ravel() for v in cv2.meanStdDev(model, mask=inside))
    scale = np.where(deviation > 0, wanted_deviation / np.where(deviation > 0, deviation, 1), 1)
    return bytes_of((image - mean) * scale + wanted_mean)


# --- Comparison -------------------------------------------------------------------------------

def picture(path):
    return cv2.cvtColor(cv2.imread(str(path), cv2.IMREAD_COLOR), cv2.COLOR_BGR2RGB)


def blend(face, foreground, case):
    """What OpenCV makes of a case: (mask as drawn, final weights, real picture, blended picture)."""
    recipe = case["recipe"]
    shape = face.shape[:2]
    drawn = drawn_mask(case["landmarks"], recipe, shape)
    matrix = affine_matrix(recipe["affine"], shape)
    def warp(image):
        return cv2.warpAffine(image, matrix, shape[::-1], flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_CONSTANT)
    mask = elastic(warp(drawn.astype(np.float32) / 255), recipe["elastic"])
    target = face
    if case["kind"] == "cross":
        source = colours_transferred(warp(foreground), face, mask)
    else:
        changed = recolored(face, recipe["recoloring"])
        source, target = (changed, face) if recipe["recoloring"]["side"] == "source" else (face, changed)
        source = warp(source)
    weights = soft_mask(mask, recipe["soft_mask"], recipe["ratio"])
    blended = bytes_of(weights[..., None] * source.astype(np.float32) + (1 - weights[..., None]) * target)
    return drawn, weights, target, blended


def edge_of(mask):
    """Pixels within one of a change of the drawn mask."""
    kernel = np.ones((3, 3), np.uint8)
    return cv2.dilate(mask, kernel) != cv2.erode(mask, kernel)


def random_landmarks(random, count, size):
    """An upright face by formula, then scaled, turned, moved, and shaken point by point."""
    def arc(n, x, y, rx, ry, start, end):
        t = np.linspace(start, end, n) * np.pi
        return np.stack([x + rx * np.cos(t), y + ry * np.sin(t)], 1)
    parts = [arc(17, 0, -0.1, 0.8, 1.1, 1, 0), arc(5, -0.38, -0.38, 0.26, 0.14, 1, 2), arc(5, 0.38, -0.38, 0.26, 0.14, 1, 2),
             np.array([[0.01 * i, -0.3 + 0.15 * i] for i in range(4)]), arc(5, 0, 0.25, 0.16, 0.06, 1, 0),
             arc(6, -0.36, -0.28, 0.15, 0.07, 1, 1 + 5 / 3), arc(6, 0.36, -0.28, 0.15, 0.07, 1, 1 + 5 / 3),
             arc(12, 0, 0.55, 0.32, 0.14, 1, 1 + 11 / 6), arc(8, 0, 0.55, 0.22, 0.07, 1, 1 + 7 / 4)]
    if count == 81:
        parts.append(arc(13, 0, -0.4, 0.78, 0.65, 1, 2))
    points = np.concatenate(parts) + random.uniform(-0.03, 0.03, (count, 2))
    angle, radius = random.uniform(-0.9, 0.9), size * random.uniform(0.25, 0.6)
    turn = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    return (points @ turn.T * radius + size * random.uniform(0.1, 0.9, 2)).astype(np.float32)


def random_picture(random, size):
    """Smooth waves with some grain, so that every change shows."""
    y, x = np.mgrid[:size, :size]
    image = 128 + random.uniform(-6, 6, (size, size, 3))
    for channel in range(3):
        for _ in range(3):
            fx, fy, phase, height = random.uniform([0, 0, 0, 10], [0.15, 0.15, 6, 40])
            image[..., channel] += height * np.sin(fx * x + fy * y + phase)
    return bytes_of(image)


def random_recipe(random, kind):
    """A recipe with the method's distributions."""
    def uniform(bound, n=None):
        return random.uniform(-bound, bound, n)
    def kernel():
        return int(5 + 2 * random.integers(11))
    recipe = {
        "mask_shape": str(random.choice(["full", "components", "extended", "hull"])),
        "cut_to_68": bool(random.random() < 0.25),
        "affine": {"translate_x": uniform(0.03), "translate_y": uniform(0.015),
                   "scale_x": random.uniform(0.95, 1 / 0.95), "scale_y": random.uniform(0.95, 1 / 0.95)},
        "elastic": {"amplitude": 50, "sigma": 7, "key": int(random.integers(1 << 53))},
        "soft_mask": {"width": int(random.integers(192, 257)), "height": int(random.integers(192, 257)),
                      "first_kernel": kernel(), "second_kernel": kernel(), "second_sigma": int(random.integers(5, 46))},
        "ratio": float(random.choice([0.25, 0.5, 0.75, 1, 1, 1]))}
    if kind == "self":
        recipe["recoloring"] = {
            "side": str(random.choice(["source", "target"])), "hsv_shift": uniform(0.3, 3).tolist(),
            "brightness": uniform(0.1), "contrast": uniform(0.1),
            "detail": {"downscale": {"factor": int(random.choice([2, 4]))}} if random.random() < 0.5
            else {"sharpen": {"alpha": random.uniform(0.2, 0.5), "lightness": random.uniform(0.5, 1)}}}
        if random.random() < 0.3:
            recipe["recoloring"]["rgb_shift"] = uniform(20, 3).tolist()
    return recipe


def run_case(program, folder, number, seed):
    """One random case made by both; None if Blendway refuses it for an empty mask."""
    random = np.random.default_rng([seed, number])
    size = [256, 256, 256, 128, 64][number % 5]
    kind = "cross" if number % 3 == 2 else "self"
    landmarks = random_landmarks(random, 68 if number % 2 == 0 else 81, size)
    face, other, recipe = random_picture(random, size), random_picture(random, size), random_recipe(random, kind)
    folder.mkdir()
    for name, image in ("face", face), ("foreground", other):
        cv2.imwrite(str(folder / f"{name}.png"), cv2.cvtColor(image, cv2.COLOR_RGB2BGR))
    np.save(folder / "landmarks.npy", landmarks)
    (folder / "recipe.json").write_text(json.dumps({f"{kind}_blend": recipe}))
    command = [program, "blend", "--image", folder / "face.png", "--landmarks", folder / "landmarks.npy",
               "--recipe", folder / "recipe.json", "--out", folder / "blended.png", "--mask", folder / "mask.png",
               "--real", folder / "real.png", "--steps", folder / "steps"]
    if kind == "cross":
        command += ["--foreground", folder / "foreground.png"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120)
    if done.returncode == 65 and "mask has no pixel" in done.stderr:
        return None
    if done.returncode != 0:
        raise SystemExit(f"case {number}: {done.stderr}")

    case = {"kind": kind, "recipe": recipe, "landmarks": landmarks}
    drawn, weights, target, blended = blend(face, other, case)
    grey = lambda path: cv2.imread(str(path), cv2.IMREAD_GRAYSCALE)
    near = lambda a, b: (np.abs(a.astype(int) - b.astype(int)) <= 2).mean()
    ours = grey(folder / "steps" / f"{kind}-mask-drawn.png")
    # What counts is whether a pixel is fully inside: the erosion keeps nothing else.
    wrong_edge = ((ours == 255) != (drawn == 255)).sum() / max(1, edge_of(drawn).sum())
    difference = np.abs(grey(folder / "mask.png") / 255.0 - weights)
    return {
        "case": number, "kind": kind, "shape": recipe["mask_shape"], "size": size, "edge": wrong_edge,
        "mask": difference.max(), "mask_off": (difference > 0.02).mean(),
        "real": near(picture(folder / "real.png"), target), "blended": near(picture(folder / "blended.png"), blended)}


def write_golden(folder):
    """OpenCV's results for the cases of cases.json, which share face.png and foreground.png."""
    for number, case in enumerate(json.loads((folder / "cases.json").read_text())):
        results = blend(picture(folder / "face.png"), picture(folder / "foreground.png"), case)
        for name, values in zip(("drawn", "mask", "real", "blended"), results):
            if name == "mask":
                values = bytes_of(values * 255)
            if values.ndim == 3:
                values = cv2.cvtColor(values, cv2.COLOR_RGB2BGR)
            if name != "real" or case["kind"] == "self":
                cv2.imwrite(str(folder / f"{number}_{name}.png"), values, [cv2.IMWRITE_PNG_COMPRESSION, 9])


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--golden", type=pathlib.Path)
    parser.add_argument("--program")
    parser.add_argument("--cases", type=int, default=400)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--verbose", action="store_true")
    options = parser.parse_args()
    cv2.setNumThreads(1)
    if options.golden:
        return write_golden(options.golden)
    with tempfile.TemporaryDirectory() as folder, concurrent.futures.ThreadPoolExecutor(options.jobs) as pool:
        results = list(pool.map(
            lambda n: run_case(options.program, pathlib.Path(folder) / str(n), n, options.seed), range(options.cases)))
    refused = results.count(None)
    results = [r for r in results if r]
    bad = [r for r in results if r["edge"] > 0.005 or r["real"] < 0.995 or r["blended"] < 0.995]
    for r in results if options.verbose else bad:
        print("case {case}, {kind} {shape} {size}: edge pixels wrong {edge:.3%}; weights: largest difference {mask:.4f}, above 0.02"
              " {mask_off:.3%}; within 2 levels: real {real:.3%}, blended {blended:.3%}".format(**r))
    for shape in "full", "components", "extended", "hull":
        of = [r for r in results if r["shape"] == shape]
        if of:
            print(f"{shape:10} {len(of):4} blends: edge pixels wrong at most {max(r['edge'] for r in of):.3%}, pictures within 2 levels"
                  f" at least {min(min(r['real'], r['blended']) for r in of):.3%}, mean {np.mean([r['blended'] for r in of]):.3%}")
    print(f"{len(results)} blends compared, {refused} refused for an empty mask, {len(bad)} out of tolerance")
    sys.exit(1 if bad or not results or refused > 0.05 * options.cases else 0)


if __name__ == "__main__":
    main()
