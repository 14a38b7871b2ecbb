"""bf16_accuracy.py - the paired tests of bf16_accuracy.sh, from an experiment's folder.

Student's paired t-test over the seeds that both settings of a pair X, X-bf16 have finished; plain Python.
"""

import json
import math
import pathlib
import statistics
import sys


def two_sided(t, degrees):
    """P(|T| >= |t|), by Simpson's rule over Student's density."""
    density = lambda x: (1 + x * x / degrees) ** (-(degrees + 1) / 2)
    norm = math.gamma((degrees + 1) / 2) / (math.sqrt(degrees * math.pi) * math.gamma(degrees / 2))
    count, width = 2000, abs(t) / 2000
    area = density(0) + density(abs(t)) + sum((4 if i % 2 else 2) * density(i * width) for i in range(1, count))
    return max(0.0, 1 - 2 * norm * area * width / 3)


def validation(run):
    """The best frame AUC on the validation split."""
    return json.loads((run / "train.json").read_text()).get("best_val_frame_auc")


def unseen(run):
    """The mean frame AUC over the datasets of unseen manipulations."""
    path = run / "eval.json"
    datasets = json.loads(path.read_text())["datasets"] if path.exists() else []
    values = [d["frame_auc"] for d in datasets if "unseen" in d["name"]]
    return statistics.mean(values) if values else None


def main():
    runs = pathlib.Path(sys.argv[1]) / "runs"
    names = sorted(p.name for p in runs.iterdir() if p.is_dir())
    failed = False
    print(f"{'pair':16}{'measure':18}{'seeds':>6}{'float32':>10}{'bf16':>10}{'difference':>12}{'sd of it':>10}{'p':>8}")
    for name in names:
        if name + "-bf16" not in names:
            continue
        for measure, value in (("validation AUC", validation), ("unseen AUC", unseen)):
            pairs = []
            for seed in sorted(p.name for p in (runs / name).iterdir()):
                one, other = (runs / n / seed for n in (name, name + "-bf16"))
                if (one / "eval.json").exists() and (other / "eval.json").exists():
                    pairs.append((value(one), value(other)))
            pairs = [(a, b) for a, b in pairs if a is not None and b is not None]
            if len(pairs) < 2:
                print(f"{name:16}{measure:18}{len(pairs):6}   too few finished seeds")
                failed = True
                continue
            differences = [b - a for a, b in pairs]
            mean, sd = statistics.mean(differences), statistics.stdev(differences)
            p = two_sided(mean / (sd / math.sqrt(len(pairs))), len(pairs) - 1) if sd > 0 else float(mean == 0)
            print(f"{name:16}{measure:18}{len(pairs):6}{statistics.mean(a for a, _ in pairs):10.4f}"
                  f"{statistics.mean(b for _, b in pairs):10.4f}{mean:+12.4f}{sd:10.4f}{p:8.2f}")
    sys.exit(failed)


if __name__ == "__main__":
    main()
