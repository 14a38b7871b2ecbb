"""corpus.py: what Pillow, OpenCV and PyAV read of pictures and films, and whether `blendway pixels` reads the same.

Started by tools/corpus.sh; the tests' oracle takes `pillow` and `opencv` from here. Compares files, decides
nothing about formats.
"""

import argparse
import collections
import json
import os
import select
import subprocess
import sys
import time
import warnings

import numpy as np

# Within one level of one of the others; films within two of FFmpeg's own conversion.
PICTURE_LEVELS = 1
FILM_LEVELS = 2
SECONDS = 60  # for one picture or frame; longer is a hang
BATCH = 100


def pillow(path):
    """RGB, upright, alpha dropped; or the reason why not."""
    from PIL import Image, ImageOps

    Image.MAX_IMAGE_PIXELS = 1 << 26
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            image = Image.open(path)
            image.load()
            if image.mode.startswith("I;16"):
                return np.repeat((np.asarray(image) >> 8).astype(np.uint8)[..., None], 3, axis=2)
            if image.mode in ("I", "F"):
                return "32 bits a pixel"
            image = ImageOps.exif_transpose(image)
            if image.mode == "P":
                # Its colours as they are: convert() would look at transparency.
                image.info.pop("transparency", None)
            return np.asarray(image.convert("RGB"))
    except Exception as error:  # Anything may come out of a damaged file.
        return f"{type(error).__name__}: {error}"


def opencv(path):
    """RGB as imread gives it; or the reason why not."""
    import cv2

    try:
        image = cv2.imread(path, cv2.IMREAD_COLOR)
    except Exception as error:
        return f"{error}"
    return "imread gives nothing" if image is None else image[..., ::-1]


def difference(ours, theirs):
    """The largest difference of any value; None where sizes differ."""
    if isinstance(theirs, str) or ours.shape != theirs.shape:
        return None
    return int(np.abs(ours.astype(np.int16) - theirs).max(initial=0))


def films(path):
    """Yields FFmpeg's frames as RGB through PyAV, by their number."""
    import av
    from av.video.reformatter import ColorRange, Colorspace

    with av.open(path) as container:
        stream = container.streams.video[0]
        turn = 0
        for number, frame in enumerate(container.decode(stream)):
            turn = round(-getattr(frame, "rotation", 0) / 90) % 4
            matrix = Colorspace.ITU709 if frame.colorspace == 1 else Colorspace.ITU601
            full = frame.color_range == 2 or frame.format.name.startswith("yuvj")
            image = frame.reformat(
                format="rgb24", src_colorspace=matrix, dst_colorspace=matrix,
                src_color_range=ColorRange.JPEG if full else ColorRange.MPEG, dst_color_range=ColorRange.JPEG).to_ndarray()
            yield number, np.rot90(image, -turn)


class Reader:
    """The output of `blendway pixels` for some files; a crash or hang goes to the file that it happened in."""

    def __init__(self, blendway, frames):
        self.blendway, self.frames = blendway, frames

    def read(self, files):
        """Yields for each file its name, a list of (frame, pixels or reason), and None, "crash" or "hang"."""
        waiting = list(files)
        while waiting:
            batch = waiting[:BATCH]
            done = 0
            for result in self._batch(batch):
                yield result
                done += 1
            # Behind a crash or hang another process goes on.
            waiting = waiting[done:]

    def _batch(self, files):
        process = subprocess.Popen(
            [self.blendway, "pixels", "--frames", str(self.frames), "--"] + files, stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL, bufsize=0)
        self.waiting = bytearray()
        try:
            for file in files:
                results, ending = self._file(process)
                yield file, results, ending
                if ending:
                    return
        finally:
            process.kill()
            process.wait()
            process.stdout.close()

    def _file(self, process):
        results = []
        try:
            while True:
                entry = json.loads(self._line(process))
                if entry.get("done"):
                    return results, None
                if "reason" in entry:
                    results.append((entry.get("frame"), entry["reason"]))
                elif "width" in entry:
                    shape = (entry["height"], entry["width"], 3)
                    data = self._bytes(process, shape[0] * shape[1] * 3)
                    results.append((entry["frame"], np.frombuffer(data, np.uint8).reshape(shape)))
        except EOFError:
            return results, "crash"
        except TimeoutError:
            return results, "hang"

    def _line(self, process):
        while (end := self.waiting.find(b"\n")) < 0:
            self._more(process)
        return self._cut(end + 1)

    def _bytes(self, process, count):
        while len(self.waiting) < count:
            self._more(process)
        return self._cut(count)

    def _cut(self, count):
        data = bytes(self.waiting[:count])
        del self.waiting[:count]
        return data

    def _more(self, process):
        if not select.select([process.stdout], [], [], SECONDS)[0]:
            raise TimeoutError
        data = os.read(process.stdout.fileno(), 1 << 20)
        if not data:
            raise EOFError
        self.waiting += data


def judge_picture(path, results, ending):
    """One of COLUMNS, which corpus.sh explains; and a remark."""
    if ending:
        return ending, ""
    theirs = {"Pillow": pillow(path), "OpenCV": opencv(path)}
    ours = results[0][1] if results else "nothing came"
    if isinstance(ours, str):
        reason = ours.removeprefix(f"{path} cannot be used: ")
        if isinstance(theirs["Pillow"], str):
            # OpenCV fills in what is missing, so Pillow decides what can be decoded.
            return "refused", reason
        return ("damaged" if "damaged or cut short" in reason or "is damaged" in reason else "refused-alone"), reason
    levels = {name: difference(ours, image) for name, image in theirs.items()}
    known = {name: level for name, level in levels.items() if level is not None}
    if known and min(known.values()) <= PICTURE_LEVELS:
        return "same", ""
    if all(isinstance(image, str) for image in theirs.values()):
        return "read-alone", "; ".join(f"{name}: {image}" for name, image in theirs.items())[:160]
    return "differs", ", ".join(
        f"{name} by {level}" if level is not None
        else f"{name} {'reads nothing' if isinstance(theirs[name], str) else 'another size'}" for name, level in levels.items())


def judge_film(path, results, ending):
    """As judge_picture, over all frames; frames that are listed as damaged are not compared."""
    if ending:
        return ending, ""
    ours = {frame: image for frame, image in results if not isinstance(image, str)}
    listed = [reason for _, reason in results if isinstance(reason, str)]
    remark = f"{len(listed)} listed" if listed else ""
    try:
        worst = 0
        for number, theirs in films(path):
            if number in ours:
                level = difference(ours.pop(number), theirs)
                if level is None:
                    return "differs", f"frame {number}: another size"
                worst = max(worst, level)
            if number > 5000:
                break
    except Exception as error:
        if not ours and listed:
            return "refused", listed[0]
        return ("read-alone" if ours else "refused"), f"PyAV: {error}"
    if not listed and not results:
        return "refused-alone", "no frame came"
    if len(results) == len(listed):
        return "refused-alone", listed[0] if listed else ""
    if ours:
        return "differs", f"frames {sorted(ours)[:3]} that PyAV doesn't give"
    return ("same" if worst <= FILM_LEVELS else "differs"), remark or (f"by {worst}" if worst > FILM_LEVELS else "")


COLUMNS = ["files", "same", "differs", "refused-alone", "damaged", "read-alone", "refused", "crash", "hang"]


def main():
    parser = argparse.ArgumentParser(description="Compare what Blendway reads of a folder with Pillow, OpenCV and PyAV.")
    parser.add_argument("blendway")
    parser.add_argument("folder")
    parser.add_argument("--frames", type=int, default=8, help="of each film")
    arguments = parser.parse_args()
    try:
        import pillow_heif

        pillow_heif.register_heif_opener()
    except ImportError:
        print("pillow-heif is missing: HEIC is compared with nothing", file=sys.stderr)

    scan = json.loads(subprocess.run(
        [arguments.blendway, "inspect", arguments.folder, "--json"], stdout=subprocess.PIPE, check=True, timeout=600).stdout)
    kinds = {entry["file"]: entry for entry in scan["files"]}
    unread = {entry["file"]: entry["reason"] for entry in scan["unread"]}
    # Everything that is there must be in one of the two lists, itself or by its folder.
    base = arguments.folder.rstrip("/") or "/"
    everything = [
        os.path.join(folder, name) for folder, folders, names in os.walk(base)
        for name in names + [f for f in folders if os.path.islink(os.path.join(folder, f))]]
    def is_listed(path):
        while len(path) > len(base):
            if path in kinds or path in unread:
                return True
            path = os.path.dirname(path)
        return False
    unlisted = [path for path in everything if not is_listed(path)]

    table = collections.defaultdict(collections.Counter)
    remarks = []
    began = time.time()
    for group, judge in [("picture", judge_picture), ("film", judge_film)]:
        files = [path for path, entry in kinds.items() if entry["group"] == group]
        for path, results, ending in Reader(arguments.blendway, arguments.frames).read(files):
            verdict, remark = judge(path, results, ending)
            kind = kinds[path]["format"]
            table[kind]["files"] += 1
            table[kind][verdict] += 1
            if verdict != "same" or remark:
                remarks.append((verdict, path, remark))
    for verdict, path, remark in sorted(remarks):
        print(f"{verdict}: {os.path.relpath(path, base)}: {remark}")
    print()
    print("| format | " + " | ".join(COLUMNS) + " |")
    print("|---" * (len(COLUMNS) + 1) + "|")
    total = collections.Counter()
    for kind, counts in sorted(table.items()):
        total.update(counts)
        print(f"| {kind} | " + " | ".join(f"{counts[column]:,}" for column in COLUMNS) + " |")
    print("| all | " + " | ".join(f"{total[column]:,}" for column in COLUMNS) + " |")
    decodable = total["same"] + total["differs"] + total["refused-alone"]
    share = total["same"] / decodable if decodable else 1
    print(f"\n{len(everything):,} files: {total['files']:,} read or refused above, {len(unread):,} listed as not read, "
          f"{len(unlisted)} unlisted; {total['crash']} crashes, {total['hang']} hangs; "
          f"{100 * share:.2f} % of what Pillow, OpenCV or PyAV decode is read the same; {time.time() - began:.0f} s")
    for path in unlisted[:20]:
        print(f"unlisted: {path}")
    bad = total["crash"] + total["hang"] + len(unlisted)
    return 1 if bad or share < 0.995 else 0


if __name__ == "__main__":
    sys.exit(main())
