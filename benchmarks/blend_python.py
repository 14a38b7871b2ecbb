#!/usr/bin/env python3
"""The blendfake recipe in OpenCV, albumentations and NumPy: what users of such tools run. For its speed.

    python benchmarks/blend_python.py --recipes 32       one JSON object: medians in ms of processor time
    python benchmarks/blend_python.py --table FOLDER     the table from blendway-N.json and python-N.json

Written from the method's description (docs/method.md). Random numbers are each library's own, so that the
pictures differ from Blendway's; blend_oracle.py is what compares pictures.
"""

import argparse
import json
import pathlib
import statistics
import time

SIZE = 256


def load():
    """The libraries and the transforms; imported late, for --table needs none of them."""
    global cv2, np, A, oracle, RECOLOR, MOVE, ELASTIC, COLOURS
    import albumentations as A
    import cv2
    import numpy as np
    import blend_oracle as oracle
    cv2.setNumThreads(1)
    RECOLOR = A.Compose([
        A.RGBShift((-20, 20), (-20, 20), (-20, 20), p=0.3),
        A.HueSaturationValue((-0.3, 0.3), (-0.3, 0.3), (-0.3, 0.3), p=1),
        A.RandomBrightnessContrast((-0.1, 0.1), (-0.1, 0.1), p=1),
        A.OneOf([
            A.Downscale((0.25, 0.5), {"downscale": cv2.INTER_NEAREST, "upscale": cv2.INTER_LINEAR}, p=1),
            A.Sharpen((0.2, 0.5), (0.5, 1), p=1)], p=1)])
    MOVE = A.Affine(
        scale={"x": (0.95, 1 / 0.95), "y": (0.95, 1 / 0.95)}, translate_percent={"x": (-0.03, 0.03), "y": (-0.015, 0.015)},
        mask_interpolation=cv2.INTER_LINEAR, p=1)
    ELASTIC = A.ElasticTransform(alpha=50, sigma=7, noise_distribution="uniform", p=1)
    COLOURS = [
        A.RGBShift((-20, 20), (-20, 20), (-20, 20), p=1), A.HueSaturationValue((-0.3, 0.3), (-0.3, 0.3), (-0.3, 0.3), p=1),
        A.RandomBrightnessContrast((-0.3, 0.3), (-0.3, 0.3), p=1)]


def soft_mask(mask, random):
    size = tuple(int(side) for side in random.integers(192, 257, 2))
    first, second = (int(5 + 2 * random.integers(11)) for _ in range(2))
    mask = cv2.GaussianBlur(cv2.resize(mask, size), (first, first), 0)
    mask /= mask.max()
    mask[mask < 1] = 0
    mask = cv2.GaussianBlur(mask, (second, second), float(random.integers(5, 46)))
    mask /= mask.max()
    return cv2.resize(mask, (SIZE, SIZE)) * float(random.choice([0.25, 0.5, 0.75, 1, 1, 1]))


def mixed(source, target, mask):
    mask = mask[..., None]
    return np.rint(mask * source + (1 - mask) * target).astype(np.uint8)


def colours_transferred(image, model, mask):
    inside = (mask > 0).astype(np.uint8)
    mean, deviation = (v.ravel() for v in cv2.meanStdDev(image, mask=inside))
    wanted_mean, wanted_deviation = (v.ravel() for v in cv2.meanStdDev(model, mask=inside))
    scale = wanted_deviation / np.maximum(deviation, 1e-9)
    tables = [np.clip(np.rint((np.arange(256) - m) * s + w), 0, 255) for m, s, w in zip(mean, scale, wanted_mean)]
    return cv2.LUT(image, np.stack(tables, 1).astype(np.uint8)[None])


def drawn(landmarks, random):
    shape = str(random.choice(["full", "components", "extended", "hull"]))
    recipe = {"mask_shape": shape, "cut_to_68": bool(random.random() < 0.25)}
    return oracle.drawn_mask(landmarks, recipe, (SIZE, SIZE)).astype(np.float32) / 255


def self_blend(face, landmarks, random):
    source, target = face, face
    if random.random() < 0.5:
        source = RECOLOR(image=source)["image"]
    else:
        target = RECOLOR(image=target)["image"]
    moved = MOVE(image=source, mask=drawn(landmarks, random))
    mask = ELASTIC(image=moved["mask"])["image"]
    return mixed(moved["image"], target, soft_mask(mask, random)), target


def cross_blend(face, landmarks, other, random):
    moved = MOVE(image=other, mask=drawn(landmarks, random))
    mask = ELASTIC(image=moved["mask"])["image"]
    source = colours_transferred(moved["image"], face, mask)
    return mixed(source, face, soft_mask(mask, random))


def augment(images, quality):
    """The same changes for all four pictures, each through JPEG."""
    parameters = [(t, t.get_params()) for t in COLOURS]
    results = []
    for image in images:
        for transform, values in parameters:
            more = transform.get_params_dependent_on_data({"shape": image.shape}, {"image": image})
            image = transform.apply(image, **values, **more)
        data = cv2.imencode(".jpg", image, [cv2.IMWRITE_JPEG_QUALITY, quality])[1]
        results.append(cv2.imdecode(data, cv2.IMREAD_COLOR))
    return results


def measure(count):
    random = np.random.default_rng(1)
    face, other, fake = (oracle.random_picture(random, SIZE) for _ in range(3))
    points = oracle.random_landmarks(random, 81, SIZE)
    landmarks = (points - points.mean(0)) * (0.33 * SIZE / np.abs(points - points.mean(0)).max()) + SIZE / 2

    def quadruple(n):
        images = [np.ascontiguousarray(i[:, ::-1]) if n % 2 else i for i in (face, other, fake)]
        blended, real = self_blend(images[0], landmarks, random)
        cross = cross_blend(real, landmarks, images[1], random)
        augment([real, blended, cross, images[2]], 40 + n % 61)

    def median(work):
        times = []
        for n in range(count + 2):
            start = time.process_time()
            work(n)
            times.append(1000 * (time.process_time() - start))
        return statistics.median(times[2:])

    result = {
        "self_blend_ms": median(lambda n: self_blend(face, landmarks, random)),
        "cross_blend_ms": median(lambda n: cross_blend(face, landmarks, other, random)),
        "augment_ms": median(lambda n: augment([face, other, fake, face], 40 + n % 61)),
        "quadruple_ms": median(quadruple)}
    result["quadruples_per_second"] = 1000 / result["quadruple_ms"]
    return result


def table(folder):
    def rounds(name):
        return [json.loads(path.read_text()) for path in sorted(folder.glob(f"{name}-*.json"))]
    ours, theirs = rounds("blendway"), rounds("python")
    names = {"self_blend_ms": "self-blended pair, ms", "cross_blend_ms": "cross-blend, ms",
             "augment_ms": "final augmentation of four, ms", "quadruple_ms": "whole quadruple, ms",
             "quadruples_per_second": "quadruples a second"}
    print(f"{'median (least … most) of ' + str(len(ours)) + ' rounds':36} {'Python':>26} {'Blendway':>24} {'ratio':>7}")
    for key, name in names.items():
        a, b = [r[key] for r in theirs], [r[key] for r in ours]
        cell = lambda v: f"{statistics.median(v):.2f} ({min(v):.2f} … {max(v):.2f})"
        ratio = statistics.median(a) / statistics.median(b)
        print(f"{name:36} {cell(a):>26} {cell(b):>24} {ratio if key.endswith('ms') else 1 / ratio:6.1f}×")


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--recipes", type=int, default=32)
    parser.add_argument("--table", type=pathlib.Path)
    options = parser.parse_args()
    if options.table:
        table(options.table)
    else:
        load()
        print(json.dumps(measure(options.recipes)))
