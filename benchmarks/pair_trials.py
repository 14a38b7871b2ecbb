#!/usr/bin/env python3
"""How often `blendway inspect --pairs` is right: pairs that are, are not, or are shifted, under perturbations.

    pair_trials.py BLENDWAY WORK [FILE …]

Makes a built-in world in the folder WORK, and from it and from each FILE (datasets of real videos, such as
`blendway extract` makes; their fakes are made here, by blurring, turning and tinting the face and moving the crop
as another alignment would) copies whose pairs are right, shifted by 1, 2 or 5 frames, or swapped between people,
each as it is and with the fakes' pixels at JPEG quality 40, with noise, or blurred. Prints one row a copy. Needs
numpy, h5py and opencv-python-headless.
"""
import json
import os
import subprocess
import sys

import cv2
import h5py
import numpy as np

DAMAGES = ["none", "JPEG 40", "noise", "blur"]
TRUTHS = ["right", "shifted by 1", "shifted by 2", "shifted by 5", "swapped"]
GROUPS = ["frames", "videos"]


def damaged(image, kind, random):
    """One fake's pixels after what a platform or a camera would do to them."""
    width = image.shape[1]
    out = image.astype(np.float32)
    if kind == "noise":
        out = out + random.normal(size=out.shape) * 8
    if kind == "blur":
        out = cv2.GaussianBlur(out, (0, 0), width / 100)
    out = np.clip(out, 0, 255).astype(np.uint8)
    if kind == "JPEG 40":
        coded = cv2.imencode(".jpg", out[..., ::-1], [cv2.IMWRITE_JPEG_QUALITY, 40])[1]
        out = cv2.imdecode(coded, cv2.IMREAD_COLOR)[..., ::-1]
    return out


def made_fake(image, points, random):
    """A stand-in for a fake of a real frame, with landmarks: another face, and another alignment of the crop."""
    height, width = image.shape[:2]
    mask = np.zeros((height, width), np.float32)
    cv2.fillConvexPoly(mask, cv2.convexHull(np.round(points[:68]).astype(np.int32)), 1)
    mask = cv2.GaussianBlur(mask, (0, 0), width / 60)[..., None]
    turn = cv2.getRotationMatrix2D(tuple(map(float, points[30])), random.normal() * 2, 1.03)
    face = cv2.warpAffine(cv2.GaussianBlur(image, (0, 0), width / 80), turn, (width, height), borderMode=cv2.BORDER_REFLECT)
    face = face * random.uniform(0.85, 1.15, 3) + random.normal(size=3) * 8
    out = image * (1 - mask) + face * mask
    move = cv2.getRotationMatrix2D((width / 2, height / 2), random.normal() * 0.5, 1 + random.normal() * 0.008)
    move[:, 2] += random.normal(size=2) * width * 0.004
    out = cv2.warpAffine(out, move, (width, height))
    return np.clip(out, 0, 255).astype(np.uint8), points @ move[:, :2].T + move[:, 2]


def load(path, random):
    """Images, landmarks, and of each frame its video and number; of each video label, target and identity."""
    with h5py.File(path) as file:
        images, points = file["frames/image"][:], file["frames/landmarks"][:]
        video, index = file["frames/video"][:], file["frames/index"][:]
        label, target = file["videos/label"][:], file["videos/target"][:]
    if label.any():
        return images, points, video, index, label, target
    fakes = [made_fake(image, p, random) for image, p in zip(images, points)]
    count = len(label)
    return (
        np.concatenate([images, np.stack([image for image, _ in fakes])]),
        np.concatenate([points, np.stack([p for _, p in fakes]).astype(np.float32)]),
        np.concatenate([video, video + count]), np.concatenate([index, index]),
        np.concatenate([label, label + 1]), np.concatenate([target, np.arange(count)]).astype(np.int32))


def write(path, images, points, video, index, label, target):
    text = h5py.string_dtype()
    names = [f"v{row}" for row in range(len(label))]
    with h5py.File(path, "w") as file:
        file.attrs.update({
            "format": "blendway-dataset", "format_version": "1.2", "dataset": "trial", "split": "test",
            "compression": "", "landmark_detector": "", "creation_command": "pair_trials.py", "content_hash": "none",
            "max_pair_distance": np.int64(0)})
        file.create_dataset("frames/image", data=images, chunks=(1, *images.shape[1:]))
        file.create_dataset("frames/landmarks", data=points.astype("<f4"))
        file.create_dataset("frames/video", data=video.astype("<i4"))
        file.create_dataset("frames/index", data=index.astype("<i4"))
        for name, value in [("name", names), ("method", names), ("identity", names), ("source", names)]:
            file.create_dataset(f"videos/{name}", data=value, dtype=text)
        file.create_dataset("videos/label", data=label.astype("<i4"))
        file.create_dataset("videos/target", data=target.astype("<i4"))


def main():
    program, work, *files = sys.argv[1:]
    world = os.path.join(work, "world")
    options = ["--identities", "30", "--videos", "2", "--frames", "16", "--size", "128", "--seed", "3"]
    if not os.path.exists(f"{world}/train.h5"):
        subprocess.run([program, "synth", "--out", world, *options], check=True, stdout=subprocess.DEVNULL)
    print(f"{'source':12} {'fakes':8} {'pairs':13} {'videos':>6} {'same moment':>11} {'same scene':>10} "
          f"{'unclear':>7} {'shifted':>7} {'unrelated':>9}")
    for path in [f"{world}/train.h5", *files]:
        random = np.random.default_rng(7)
        images, points, video, index, label, target = load(path, random)
        reals = np.flatnonzero(label == 0)
        for damage in DAMAGES:
            fake = label[video] == 1
            pixels = images.copy()
            for frame in np.flatnonzero(fake):
                pixels[frame] = damaged(images[frame], damage, random)
            for truth in TRUTHS:
                numbers, targets = index.astype(np.int64), target.copy()
                if truth.startswith("shifted"):
                    numbers[fake] += int(truth.split()[-1])
                if truth == "swapped":
                    targets[label == 1] = np.roll(reals, len(reals) // 2)[np.searchsorted(reals, target[label == 1])]
                trial = os.path.join(work, "trial.h5")
                write(trial, pixels, points, video, numbers, label, targets)
                result = subprocess.run([program, "inspect", trial, "--pairs", "--json"], capture_output=True, text=True)
                found = json.loads(result.stdout)["pairs"]
                told = [found[key] for key in ("same_moment", "same_scene", "unclear", "shifted", "unrelated")]
                print(f"{'world' if path.startswith(world) else os.path.basename(path)[:12]:12} {damage:8} {truth:13} "
                      f"{sum(told):6} {told[0]:11} {told[1]:10} {told[2]:7} {told[3]:7} {told[4]:9}", flush=True)
                os.remove(trial)


main()
