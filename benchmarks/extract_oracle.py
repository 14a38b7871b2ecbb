"""extract_oracle.py — the published preprocessing in Python, written anew from its description, to time it
and to compare crops: decode with OpenCV, detect with dlib on the doubled frame, align five landmarks by
a similarity, warp, detect and find landmarks in the crop again. One core.

    python extract_oracle.py MODEL.dat FRAMES OUT.npz VIDEO_OR_PHOTO…

Writes crops, landmarks and boxes of the frames in which a face was found, and prints seconds of processor
time and counts as JSON.
"""

import json
import sys
import time

import cv2
import dlib
import numpy as np

SIZE, SCALE = 256, 1.3
TEMPLATE = np.array(
    [[38.2946, 51.6963], [73.5318, 51.5014], [56.0252, 71.7366], [41.5493, 92.3655], [70.7299, 92.2041]]
)


def similarity(points, template):
    """Least squares, as Umeyama: rotation, one scale, shift; a 2×3 matrix."""
    p, q = points - points.mean(0), template - template.mean(0)
    a = (p * q).sum() / (p * p).sum()
    b = (p[:, 0] * q[:, 1] - p[:, 1] * q[:, 0]).sum() / (p * p).sum()
    rotation = np.array([[a, -b], [b, a]])
    shift = template.mean(0) - rotation @ points.mean(0)
    return np.hstack([rotation, shift[:, None]])


def face(frame, detector, predictor):
    rgb = cv2.cvtColor(frame, cv2.COLOR_BGR2RGB)
    found = detector(rgb, 1)
    if not found:
        return None
    box = max(found, key=lambda rect: rect.width() * rect.height())
    shape = predictor(rgb, box)
    five = np.array([[shape.part(i).x, shape.part(i).y] for i in (37, 44, 30, 49, 55)], dtype=np.float64)
    template = (TEMPLATE * SIZE / 112 + SIZE * (SCALE - 1) / 2) / SCALE
    crop = cv2.warpAffine(rgb, similarity(five, template), (SIZE, SIZE))
    again = detector(crop, 1)
    if not again:
        return None
    marks = predictor(crop, again[0])
    points = np.array([[marks.part(i).x, marks.part(i).y] for i in range(marks.num_parts)])
    return crop, points, (box.left(), box.top(), box.right(), box.bottom())


def frames(path, wanted):
    video = cv2.VideoCapture(path)
    count = int(video.get(cv2.CAP_PROP_FRAME_COUNT))
    chosen = {i * count // wanted for i in range(wanted)} if count > wanted else set(range(max(count, 1)))
    number = 0
    while True:
        there, frame = video.read()
        if not there:
            return
        if number in chosen:
            yield number, frame
        number += 1


def main():
    model, wanted, out, *inputs = sys.argv[1:]
    cv2.setNumThreads(1)
    detector, predictor = dlib.get_frontal_face_detector(), dlib.shape_predictor(model)
    crops, points, boxes, names = [], [], [], []
    seen = 0
    began = time.process_time()
    for path in inputs:
        for number, frame in frames(path, int(wanted)):
            seen += 1
            result = face(frame, detector, predictor)
            if result is None:
                continue
            crops.append(result[0])
            points.append(result[1])
            boxes.append(result[2])
            names.append(f"{path.split('/')[-1].rsplit('.', 1)[0]}:{number}")
    seconds = time.process_time() - began
    np.savez(out, crops=np.array(crops), points=np.array(points), boxes=np.array(boxes), names=np.array(names))
    print(json.dumps({"seconds": seconds, "frames": seen, "faces": len(crops)}))


main()
