"""A dataset as another program writes it: by h5py, with text of variable length, big-endian numbers and
deflated images. The content hash is computed here, by hashlib, from its definition in docs/data.md.

    make_h5py.py OUT.h5
"""

import hashlib
import sys

import h5py
import numpy as np

SIZE, LANDMARKS, FRAMES = 32, 68, 2
# name, method, label, identity, target's row, source
VIDEOS = [
    ("anna", "original", 0, "anna", -1, "films/anna.mp4"),
    ("björn, 2", "original", 0, "björn", -1, "films/björn 2.mp4"),
    ("anna_björn", "FaceSwap", 1, "anna", 0, "films/anna_björn.mp4"),
    ("björn_anna", "FaceSwap", 1, "björn", 1, ""),
]

count = len(VIDEOS) * FRAMES
video = np.repeat(np.arange(len(VIDEOS)), FRAMES).astype("<i4")
index = np.tile(np.arange(FRAMES) * 7, len(VIDEOS)).astype("<i4")
y, x, c = np.mgrid[0:SIZE, 0:SIZE, 0:3]
images = np.stack([(x * (3 + n) + y * (5 + 2 * n) + c * 40 + n * 11) % 256 for n in range(count)]).astype("u1")
angle = np.arange(LANDMARKS) * (2 * np.pi / LANDMARKS)
points = np.stack([
    np.stack([16 + (9 + n / 4) * np.cos(angle), 16 + (11 - n / 8) * np.sin(angle)], axis=1) for n in range(count)
]).astype("<f4")
labels = np.array([row[2] for row in VIDEOS], "<i4")

frames = np.flatnonzero(labels[video] == 0).astype("<i4")
flat = points[frames].reshape(len(frames), -1).astype("f8")
near = np.full((len(frames), 3), -1, "<i4")
distance = np.full((len(frames), 3), -1, "<f4")
for i in range(len(frames)):
    others = np.flatnonzero(video[frames] != video[frames[i]])
    d = np.sqrt(((flat[others] - flat[i]) ** 2).sum(1))
    order = np.argsort(d, kind="stable")[:3]
    near[i, :len(order)], distance[i, :len(order)] = frames[others[order]], d[order]

contents = {
    "/frames/image": images, "/frames/landmarks": points, "/frames/video": video, "/frames/index": index,
    "/videos/name": [r[0] for r in VIDEOS], "/videos/method": [r[1] for r in VIDEOS], "/videos/label": labels,
    "/videos/identity": [r[3] for r in VIDEOS], "/videos/target": np.array([r[4] for r in VIDEOS], "<i4"),
    "/videos/source": [r[5] for r in VIDEOS],
    "/neighbours/frame": frames, "/neighbours/neighbour": near, "/neighbours/distance": distance,
}
lines = []
with h5py.File(sys.argv[1], "w") as file:
    file.attrs.update({
        "format": "blendway-dataset", "format_version": "1.0", "dataset": "by hand", "split": "train",
        "compression": "", "landmark_detector": "a ring", "creation_command": "make_h5py.py"})
    for path, value in contents.items():
        if isinstance(value, list):
            file.create_dataset(path, data=value, dtype=h5py.string_dtype())
            kind, shape, data = "string", [len(value)], b"".join(v.encode() + b"\0" for v in value)
        else:
            kind, shape, data = value.dtype.name, value.shape, np.ascontiguousarray(value).tobytes()
            if path == "/frames/image":
                file.create_dataset(path, data=value, chunks=(1, *shape[1:]), compression="gzip", fletcher32=True)
            else:
                file.create_dataset(path, data=value.astype(value.dtype.newbyteorder(">")))
        lines.append(f"{path} {kind} {','.join(map(str, shape))} {hashlib.sha256(data).hexdigest()}\n")
    file.attrs["content_hash"] = hashlib.sha256("".join(sorted(lines)).encode()).hexdigest()
