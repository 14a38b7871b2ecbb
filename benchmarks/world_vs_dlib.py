"""What dlib finds in datasets: share of frames with a face, and its landmarks beside the file's own.

Run by world_vs_dlib.sh. Distances are in units of the distance between the eyes' outer corners.
"""

import sys

import cv2
import dlib
import h5py
import numpy as np


def look(detector, predictor, image):
    """dlib's landmarks [68, 2] of the largest face in an aligned crop, or None."""
    # The detector wants faces of 80 pixels and some room around them.
    margin = image.shape[0] // 4
    padded = cv2.copyMakeBorder(image, margin, margin, margin, margin, cv2.BORDER_REPLICATE)
    factor = max(1.0, 320 / padded.shape[0])
    large = cv2.resize(padded, None, fx=factor, fy=factor, interpolation=cv2.INTER_LINEAR)
    boxes = detector(large, 0)
    if not boxes:
        return None
    shape = predictor(large, max(boxes, key=lambda box: box.area()))
    points = np.array([[point.x, point.y] for point in shape.parts()], float)
    return (points + 0.5) / factor - 0.5 - margin


def main(model, *files):
    detector, predictor = dlib.get_frontal_face_detector(), dlib.shape_predictor(model)
    for kind, label in (("real", 0), ("fake", 1)):
        errors, frames = [], 0
        for name in files:
            with h5py.File(name) as file:
                labels = file["videos/label"][:]
                for index, video in enumerate(file["frames/video"][:]):
                    if labels[video] != label:
                        continue
                    frames += 1
                    found = look(detector, predictor, file["frames/image"][index])
                    if found is None:
                        continue
                    exact = file["frames/landmarks"][index][:68]
                    eyes = np.linalg.norm(exact[45] - exact[36])
                    errors.append(np.linalg.norm(found - exact, axis=1).mean() / eyes)
        errors = np.array(errors)
        print(
            f"{kind}: {len(errors)} of {frames} frames have a face ({len(errors) / frames:.1%}); landmarks off by "
            f"{errors.mean():.1%} of the eyes' distance on average, median {np.median(errors):.1%}, "
            f"{np.mean(errors < 0.08):.1%} of the faces below 8 %"
        )


if __name__ == "__main__":
    main(*sys.argv[1:])
