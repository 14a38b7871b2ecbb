"""Writes golden.json: measures of small score lists as scikit-learn computes them.

    pip install numpy scikit-learn
    python make_golden.py > golden.json
"""

import json

import numpy as np
from sklearn.metrics import (
    accuracy_score,
    average_precision_score,
    roc_auc_score,
    roc_curve,
)


def measures(scores, labels):
    fpr, tpr, _ = roc_curve(labels, scores, drop_intermediate=False)
    # fpr + tpr rises along the curve; the equal error rate is the fpr where it passes 1.
    eer = float(np.interp(1.0, fpr + tpr, fpr))
    return {
        "auc": float(roc_auc_score(labels, scores)),
        "eer": eer,
        "average_precision": float(average_precision_score(labels, scores)),
        "accuracy": float(accuracy_score(labels, scores > 0.5)),
    }


def case(name, scores, labels):
    scores = np.asarray(scores, dtype=np.float64)
    labels = np.asarray(labels, dtype=int)
    return {
        "name": name,
        "scores": scores.tolist(),
        "labels": labels.tolist(),
        **measures(scores, labels),
    }


def random_case(name, seed, count, digits, shift):
    rng = np.random.default_rng(seed)
    labels = rng.integers(0, 2, count)
    labels[:2] = [0, 1]
    scores = 1 / (1 + np.exp(-rng.normal(size=count) - shift * (labels - 0.5)))
    return case(name, np.round(scores, digits), labels)


cases = [
    case("perfect", [0.1, 0.2, 0.8, 0.9], [0, 0, 1, 1]),
    case("inverted", [0.9, 0.8, 0.2, 0.1], [0, 0, 1, 1]),
    case("all equal", [0.5, 0.5, 0.5, 0.5, 0.5], [0, 1, 0, 1, 1]),
    case("two items", [0.3, 0.7], [0, 1]),
    case("one fake among many", [0.2, 0.4, 0.6, 0.55, 0.1, 0.9], [0, 0, 0, 1, 0, 0]),
    random_case("smooth", 1, 40, 6, 1.5),
    random_case("many ties", 2, 60, 1, 1.0),
    random_case("few thresholds, weak", 3, 50, 1, 0.2),
    random_case("strong", 4, 64, 3, 4.0),
]
print(json.dumps(cases, indent=0, separators=(",", ":")).replace("\n", ""))
