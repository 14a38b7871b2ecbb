"""step_vs_pytorch.py - the measuring part of step_vs_pytorch.sh, which prepares what it needs.

Every peer is a process of its own that waits for its turn: "run 4" on standard input makes it do four
steps and answer with their times. A round gives each peer one turn, so that all see the same weather of a
shared machine; what counts are medians over all rounds and their ratios. Blendway is started anew for
each of its turns, with two steps that do not count.

A training step is forward, backward and Adam of EfficientNet-B4 with two classes on random images; it is
torchvision's network, the same layers and widths as Blendway's, with stochastic depth.
"""

import argparse
import json
import os
import pathlib
import platform
import resource
import statistics
import subprocess
import sys
import time

# Takes away PyTorch's page faults: glibc then keeps freed memory, in huge pages.
TUNED_MALLOC = (
    "glibc.malloc.hugetlb=1:glibc.malloc.mmap_threshold=4294967296:glibc.malloc.trim_threshold=17179869184"
)
BLENDWAY = os.environ.get("BLENDWAY", ".build/release/blendway")

# name: (mode, what it is, environment); names with bf16 take part with --bf16 only
PEERS = {
    "compiled": ("train", "torch.compile, channels_last, fused Adam, tuned malloc", {"GLIBC_TUNABLES": TUNED_MALLOC}),
    "eager-tuned": ("train", "PyTorch eager, channels_last, tuned malloc", {"GLIBC_TUNABLES": TUNED_MALLOC}),
    "eager": ("train", "PyTorch eager, channels_last, as it comes", {}),
    "openvino": ("inference", "OpenVINO float32", {}),
    "compiled-bf16": ("train", "torch.compile, bf16 autocast, channels_last, fused Adam, tuned malloc", {"GLIBC_TUNABLES": TUNED_MALLOC}),
    "eager-bf16": ("train", "PyTorch eager, bf16 autocast, channels_last, tuned malloc", {"GLIBC_TUNABLES": TUNED_MALLOC}),
    "openvino-bf16": ("inference", "OpenVINO bf16", {}),
    "eager-inference": ("inference", "PyTorch eager, channels_last, tuned malloc", {"GLIBC_TUNABLES": TUNED_MALLOC}),
}


# MARK: A peer, in its own process


def usage():
    return resource.getrusage(resource.RUSAGE_SELF)


def torch_step(name, options):
    import torch
    import torchvision

    if os.environ.get("ATEN_CPU_CAPABILITY") == "avx2":  # of --isa; the compiler has a switch of its own
        import torch._inductor.config

        torch._inductor.config.cpp.simdlen = 256
    torch.set_num_threads(options.peer_threads)
    torch.manual_seed(1)
    network = torchvision.models.efficientnet_b4(num_classes=2).to(memory_format=torch.channels_last)
    images = torch.randn(options.batch, 3, options.size, options.size).to(memory_format=torch.channels_last)
    labels = torch.arange(options.batch) % 2
    if name == "eager-inference":
        network.eval()

        def infer():
            with torch.inference_mode():
                network(images)

        return infer
    network.train()
    adam = torch.optim.Adam(network.parameters(), lr=1e-5, fused=name.startswith("compiled"))
    loss_of = torch.nn.functional.cross_entropy
    model = torch.compile(network) if name.startswith("compiled") else network
    autocast = torch.autocast("cpu", dtype=torch.bfloat16, enabled=name.endswith("bf16"))

    def step():
        adam.zero_grad(set_to_none=True)
        with autocast:
            loss = loss_of(model(images), labels)
        loss.backward()
        adam.step()

    return step


def openvino_step(name, options):
    import numpy
    import openvino
    import torch
    import torchvision

    torch.manual_seed(1)
    network = torchvision.models.efficientnet_b4(num_classes=2).eval()
    shape = (options.batch, 3, options.size, options.size)
    model = openvino.convert_model(network, example_input=torch.zeros(shape), input=[shape])
    del network
    compiled = openvino.Core().compile_model(
        model,
        "CPU",
        {
            # Processors with bfloat16 would otherwise compute in that.
            "INFERENCE_PRECISION_HINT": "bf16" if name.endswith("bf16") else "f32",
            "INFERENCE_NUM_THREADS": options.peer_threads,
            "PERFORMANCE_HINT": "LATENCY",
        },
    )
    request = compiled.create_infer_request()
    images = numpy.random.default_rng(1).standard_normal(shape, dtype=numpy.float32)
    return lambda: request.infer([images])


def peer(name, options):
    """Serves turns until standard input ends."""
    answers = os.fdopen(os.dup(1), "w", buffering=1)
    os.dup2(2, 1)  # libraries may print; only answers go to the parent
    step = openvino_step(name, options) if name.startswith("openvino") else torch_step(name, options)
    for _ in range(3):
        step()
    print(json.dumps({"ready": True}), file=answers)
    for line in sys.stdin:
        times, before = [], usage().ru_minflt
        count = int(line.split()[1])
        for _ in range(count):
            start = time.perf_counter()
            step()
            times.append(time.perf_counter() - start)
        faults = (usage().ru_minflt - before) / count
        print(json.dumps({"seconds": times, "faults": faults, "peak_mb": usage().ru_maxrss / 1024}), file=answers)


# MARK: The comparison


class Peer:
    """A process that is given turns."""

    def __init__(self, name, threads, options):
        self.name = name
        environment = os.environ | PEERS[name][2]
        environment |= {"OMP_NUM_THREADS": str(threads), "MKL_NUM_THREADS": str(threads)}
        environment.setdefault("TORCHINDUCTOR_CACHE_DIR", os.path.abspath(".build-python/inductor"))
        self.process = subprocess.Popen(
            [sys.executable, "-W", "ignore", __file__, "--peer", name, "--peer-threads", str(threads)]
            + ["--batch", str(options.batch), "--size", str(options.size)],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=environment,
        )  # fmt: skip

    def answer(self):
        line = self.process.stdout.readline()
        if not line:
            raise SystemExit(f"step_vs_pytorch: the peer {self.name} ended early; its message is above")
        return json.loads(line)

    def turn(self, steps):
        self.process.stdin.write(f"run {steps}\n")
        self.process.stdin.flush()
        return self.answer()

    def end(self):
        self.process.stdin.close()
        self.process.wait()


def blendway(mode, threads, steps, options, launcher=(), precision="float32", program=BLENDWAY):
    command = [*launcher, program, "bench", "step", "--arch", "efficientnet-b4", "--mode", mode, "--json"]
    command += ["--size", str(options.size), "--batch", str(options.batch)]
    command += ["--threads", str(threads), "--steps", str(steps)]
    if precision != "float32":
        command += ["--precision", precision]
    done = subprocess.run(command, stdout=subprocess.PIPE, text=True)
    if done.returncode != 0:
        raise SystemExit(f"step_vs_pytorch: {' '.join(command)} failed with status {done.returncode}")
    return json.loads(done.stdout)


def compare(threads, options, log):
    """Rounds of turns on so many threads. Returns {name: {images_per_second: [...], ...}}."""
    names = [n for n in PEERS if n not in options.without and PEERS[n][0] in options.modes]
    log(f"{threads} threads: starting {', '.join(names)}" + (" (compiles for minutes)" if "compiled" in names else ""))
    peers = []
    for name in names:  # one after the other, or they would disturb each other's compiling
        peers.append(Peer(name, threads, options))
        peers[-1].answer()
    results = {}

    def note(name, rate, peak, faults):
        entry = results.setdefault(name, {"images_per_second": [], "peak_mb": 0, "faults_per_step": []})
        entry["images_per_second"].append(rate)
        entry["peak_mb"] = max(entry["peak_mb"], peak)
        entry["faults_per_step"].append(faults)

    for round in range(options.rounds):
        for mode in options.modes:
            steps = options.steps * (1 if mode == "train" else 3)
            out = blendway(mode, threads, steps, options)
            note("blendway-" + mode, out["images_per_second"], out["peak_rss_mb"], out["minor_faults_per_step"])
            if options.bf16:
                out = blendway(mode, threads, steps, options, precision="bf16")
                if out["precision"] != "bf16":
                    raise SystemExit("step_vs_pytorch: --bf16 needs a processor with AVX512_BF16 or AMX")
                note(f"blendway-{mode}-bf16", out["images_per_second"], out["peak_rss_mb"], out["minor_faults_per_step"])
            if options.before:
                out = blendway(mode, threads, steps, options, program=options.before)
                note(f"before-{mode}", out["images_per_second"], out["peak_rss_mb"], out["minor_faults_per_step"])
        if "train" in options.modes and options.ranks and threads == 1:
            out = blendway("train", 1, options.steps, options, options.mpirun.split())
            note("blendway-ranks", out["images_per_second"], out["peak_rss_mb"], out["minor_faults_per_step"])
        for one in peers:
            steps = options.steps * (1 if PEERS[one.name][0] == "train" else 3)
            out = one.turn(steps)
            note(one.name, options.batch / statistics.median(out["seconds"]), out["peak_mb"], out["faults"])
        log(f"{threads} threads: round {round + 1} of {options.rounds}")
    for one in peers:
        one.end()
    return results


# MARK: The table


def machine():
    model = next(
        (line.split(":")[1].strip() for line in open("/proc/cpuinfo") if line.startswith("model name")), "unknown"
    )
    flags = next((line for line in open("/proc/cpuinfo") if line.startswith("flags")), "")
    wide = "AVX-512" if "avx512f" in flags else "AVX2" if "avx2" in flags else "no AVX2"
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    return f"{len(os.sched_getaffinity(0))} cores of {model} ({wide}), {memory:.0f} GB, {platform.system()} {platform.release()}"


def spread(values):
    """Half of the distance between the quartiles, in per cent of the median."""
    if len(values) < 2:
        return 0.0
    low, _, high = statistics.quantiles(values, n=4, method="inclusive")
    return 50 * (high - low) / statistics.median(values)


def report(results, options, versions):
    lines = [machine(), versions, ""]
    lines.append(f"EfficientNet-B4, {options.size}×{options.size}, batch {options.batch}, float32 unless bf16 is said; medians of "
                 f"{options.rounds} interleaved rounds of {options.steps} steps ± half the quartiles' distance")  # fmt: skip
    lines += ["", "| | threads | images/s | peak memory, MB | page faults a step | blendway is |", "|---|---|---|---|---|---|"]
    for threads, measured in results.items():
        for name, entry in measured.items():
            rate = statistics.median(entry["images_per_second"])
            ours, what = None, name
            if name in PEERS:
                ours = f"blendway-{PEERS[name][0]}" + ("-bf16" if name.endswith("bf16") else "")
            if name in PEERS:
                what = f"{PEERS[name][1]}, {PEERS[name][0]}"
            else:
                what = {"blendway-train": "Blendway, train", "blendway-inference": "Blendway, inference",
                        "blendway-train-bf16": "Blendway bf16, train; and against its float32",
                        "blendway-inference-bf16": "Blendway bf16, inference; and against its float32",
                        "before-train": "the program before, train", "before-inference": "the program before, inference",
                        "blendway-ranks": "Blendway, train, 2 ranks × 1 thread"}[name]  # fmt: skip
            ratio = ""
            if name.startswith("blendway-") and name.endswith("-bf16"):
                plain = measured[name.removesuffix("-bf16")]["images_per_second"]
                ratios = [a / b for a, b in zip(entry["images_per_second"], plain)]
                ratio = f"{statistics.median(ratios):.2f}× ± {spread(ratios):.0f} %"
            if name.startswith("before-"):
                ours = "blendway-" + name.removeprefix("before-")
            if ours in measured:
                # Ratios within a round, then their median: what slows the machine slows both.
                ratios = [a / b for a, b in zip(measured[ours]["images_per_second"], entry["images_per_second"])]
                ratio = f"{statistics.median(ratios):.2f}× ± {spread(ratios):.0f} %"
            elif name == "blendway-ranks":
                ratios = [b / (2 * a) for a, b in zip(measured["blendway-train"]["images_per_second"], entry["images_per_second"])]  # fmt: skip
                ratio = f"{100 * statistics.median(ratios):.0f} % of twice one ± {spread(ratios):.0f} %"
            lines.append(
                f"| {what} | {threads} | {rate:.2f} ± {spread(entry['images_per_second']):.0f} % | "
                f"{entry['peak_mb']:.0f} | {statistics.median(entry['faults_per_step']):.0f} | {ratio} |"
            )
    return "\n".join(lines)


def main():
    parser = argparse.ArgumentParser(prog="step_vs_pytorch.sh", description=__doc__.split("\n")[0])
    parser.add_argument("--threads", default="1,2", help="thread counts, by default 1,2")
    parser.add_argument("--rounds", type=int, default=7, help="turns of each peer")
    parser.add_argument("--steps", type=int, default=4, help="training steps a turn; three times as many of inference")
    parser.add_argument("--batch", type=int, default=8)
    parser.add_argument("--size", type=int, default=256)
    parser.add_argument("--modes", default="train,inference")
    parser.add_argument("--without", default="", help=f"peers to leave out, among {', '.join(PEERS)}")
    parser.add_argument("--bf16", action="store_true", help="also with bfloat16 products, against PyTorch's autocast")
    parser.add_argument("--before", metavar="PROGRAM", help="also another build of blendway, in turn")
    parser.add_argument("--isa", choices=("avx2",), help="peers use AVX2 only; Blendway's build has to, see README.md")
    parser.add_argument("--without-compile", action="store_true", help="leave out torch.compile")
    parser.add_argument("--without-ranks", dest="ranks", action="store_false", help="leave out 2 ranks × 1 thread")
    parser.add_argument("--json", metavar="FILE", help="write everything that was measured to FILE")
    parser.add_argument("--mpirun", default="mpirun -n 2", help=argparse.SUPPRESS)
    parser.add_argument("--peer", choices=PEERS, help=argparse.SUPPRESS)
    parser.add_argument("--peer-threads", type=int, default=1, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.peer:
        return peer(options.peer, options)
    options.modes = options.modes.split(",")
    options.without = set(filter(None, options.without.split(",")))
    if unknown := options.without - set(PEERS):
        parser.error(f"--without names {', '.join(sorted(unknown))}; there are {', '.join(PEERS)}")
    if set(options.modes) - {"train", "inference"} or options.rounds < 1 or options.steps < 1:
        parser.error("--modes takes train and inference; --rounds and --steps are at least 1")
    if options.without_compile:
        options.without |= {"compiled", "compiled-bf16"}
    if not options.bf16:
        options.without |= {name for name in PEERS if name.endswith("bf16")}
    if options.isa == "avx2":
        os.environ |= {"ATEN_CPU_CAPABILITY": "avx2", "ONEDNN_MAX_CPU_ISA": "AVX2", "MKL_ENABLE_INSTRUCTIONS": "AVX2",
                       "OPENBLAS_CORETYPE": "Haswell"}  # fmt: skip
    import importlib.metadata as metadata

    versions = ", ".join(f"{p} {metadata.version(p)}" for p in ("torch", "torchvision", "openvino"))
    log = lambda text: print(f"[{time.strftime('%H:%M:%S')}] {text}", file=sys.stderr)
    results = {}
    for threads in map(int, options.threads.split(",")):
        results[threads] = compare(threads, options, log)
    print(report(results, options, versions))
    if options.json:
        everything = {"machine": machine(), "versions": versions, "batch": options.batch, "size": options.size,
                      "rounds": options.rounds, "steps": options.steps, "threads": results}  # fmt: skip
        pathlib.Path(options.json).write_text(json.dumps(everything, indent=1) + "\n")


if __name__ == "__main__":
    main()
