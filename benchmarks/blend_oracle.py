#!/usr/bin/env python3
"""Blends made a second time, with OpenCV, NumPy and SciPy, and compared with Blendway's.

Needs Python 3.9 with opencv-python-headless, numpy and scipy (nothing else of this project does):

    python3 -m venv .venv && .venv/bin/pip install opencv-python-headless numpy scipy
    BLENDWAY_BLEND_DUMP=$PWD/blends swift test -c release --filter OracleDump
    .venv/bin/python benchmarks/blend_oracle.py blends

The values that the tests compare with are made anew by

    BLENDWAY_BLEND_GOLDEN=$PWD/benchmarks/blend_golden swift test -c release --filter OracleDump
    .venv/bin/python benchmarks/blend_oracle.py --golden benchmarks/blend_golden

Each folder below the one given holds one blend: case.json (kind "self" or "cross", landmarks,
recipe), face.png, foreground.png (cross), what Blendway made of them (real.png for self, drawn.png:
the mask as drawn, mask.f32: the final weights as little-endian floats, blended.png). Ends with
status 1 if a mask or picture is out of tolerance.

What OpenCV does with these recipes is the definition here: its rasteriser, 8-bit colour spaces,
resizing, warping and blurring. Only the random numbers (Philox) are computed by hand.
"""

import json
import pathlib
import sys

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
    if recipe["cutTo68"]:
        points = points[:68]
    if recipe["maskShape"] == "extended":
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
    if recipe["maskShape"] == "hull":
        cv2.fillConvexPoly(mask, cv2.convexHull(grid), 255, lineType=cv2.LINE_AA)
    else:
        for group in FULL if recipe["maskShape"] == "full" else COMPONENTS:
            cv2.fillConvexPoly(mask, cv2.convexHull(grid[group]), 255)
    return np.ascontiguousarray(mask[-corner[1]:, -corner[0]:][:shape[0], :shape[1]])


def affine_matrix(affine, shape):
    height, width = shape
    cx, cy = (width - 1) / 2, (height - 1) / 2
    sx, sy = affine["scaleX"], affine["scaleY"]
    return np.array([
        [sx, 0, cx - sx * cx + affine["translateX"] * width],
        [0, sy, cy - sy * cy + affine["translateY"] * height]])


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
    first, second = kernel(recipe["firstKernel"]), kernel(recipe["secondKernel"])
    mask = cv2.resize(mask, size, interpolation=cv2.INTER_LINEAR).astype(np.float64)
    sigma = 0.3 * ((first - 1) * 0.5 - 1) + 0.8
    mask = cv2.GaussianBlur(mask, (first, first), sigma)
    mask = mask / mask.max()
    mask[mask < 1 - 1e-13] = 0  # in exact arithmetic below 1; sums of weights differ in the last bits
    mask = cv2.GaussianBlur(mask, (second, second), recipe["secondSigma"] * scale)
    mask = (mask / mask.max()).astype(np.float32)
    return cv2.resize(mask, (width, height), interpolation=cv2.INTER_LINEAR) * ratio


# --- Colours ----------------------------------------------------------------------------------

def shift_hsv(image, shift):
    hsv = cv2.cvtColor(image, cv2.COLOR_RGB2HSV).astype(np.float32)
    hsv[..., 0] = np.mod(hsv[..., 0] + shift[0], 180) * 2
    hsv[..., 1:] = np.clip(hsv[..., 1:] + np.array(shift[1:]), 0, 255) / 255
    return bytes_of(cv2.cvtColor(hsv, cv2.COLOR_HSV2RGB) * 255)


def recolored(image, recipe):
    if recipe.get("rgbShift"):
        image = bytes_of(image + np.array(recipe["rgbShift"]))
    image = shift_hsv(image, recipe["hsvShift"])
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
    weights = soft_mask(mask, recipe["softMask"], recipe["ratio"])
    blended = bytes_of(weights[..., None] * source.astype(np.float32) + (1 - weights[..., None]) * target)
    return drawn, weights, target, blended


def edge_of(mask):
    """Pixels within one of a change of the drawn mask."""
    kernel = np.ones((3, 3), np.uint8)
    return cv2.dilate(mask, kernel) != cv2.erode(mask, kernel)


def check(folder):
    case = json.loads((folder / "case.json").read_text())
    face = picture(folder / "face.png")
    foreground = picture(folder / "foreground.png") if case["kind"] == "cross" else None
    drawn, weights, target, blended = blend(face, foreground, case)
    ours = cv2.imread(str(folder / "drawn.png"), cv2.IMREAD_GRAYSCALE)
    # Grey edge pixels of the hull are compared by whether they count as fully inside.
    wrong_edge = ((ours == 255) != (drawn == 255)).sum() / max(1, edge_of(drawn).sum())
    our_weights = np.fromfile(folder / "mask.f32", "<f4").reshape(weights.shape)
    near = lambda a, b: (np.abs(a.astype(int) - b.astype(int)) <= 2).mean()
    real = near(picture(folder / "real.png"), target) if case["kind"] == "self" else 1.0
    return {
        "case": folder.name, "kind": case["kind"], "shape": case["recipe"]["maskShape"], "size": face.shape[0],
        "edge": wrong_edge, "mask": np.abs(our_weights - weights).max(),
        "mask_off": (np.abs(our_weights - weights) > 0.02).mean(),
        "real": real, "blended": near(picture(folder / "blended.png"), blended),
    }


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
    if sys.argv[1] == "--golden":
        return write_golden(pathlib.Path(sys.argv[2]))
    results = [check(path.parent) for path in sorted(pathlib.Path(sys.argv[1]).glob("*/case.json"))]
    # Blendway's hulls include lattice points on their outline, of which OpenCV's anti-aliasing pales some.
    bad = [r for r in results if not (r["real"] >= 0.995 and r["mask_off"] <= (0.02 if r["shape"] == "hull" else 0.002)
                                      and r["blended"] >= (0.99 if r["shape"] == "hull" else 0.995))]
    bad_edges = [r for r in results if r["edge"] > 0.005 and r["shape"] != "hull"]
    for r in bad + bad_edges if "--verbose" not in sys.argv else results:
        print("{case} {kind:5} {shape:10} {size:3}  edge pixels wrong {edge:.3%}  mask: largest difference {mask:.4f},"
              " above 0.02 {mask_off:.3%}  within 2 levels: real {real:.3%}, blended {blended:.3%}".format(**r))
    print(f"{len(results)} blends: {len(bad)} pictures or final masks and {len(bad_edges)} drawn masks out of tolerance;"
          f" worst picture {min(min(r['real'], r['blended']) for r in results):.3%} within 2 levels")
    sys.exit(1 if bad or bad_edges or not results else 0)


if __name__ == "__main__":
    main()
