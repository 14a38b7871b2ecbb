"""film_damage.py — damages bytes of films and counts what Blendway's reader takes as sound all the same.

    python film_damage.py READER SEEDS PLACES LENGTH FILM…

READER is film_frames. Bytes are changed in the packets of the video stream, at PLACES places drawn by the seed, LENGTH
bytes each. A frame differs when its pixels aren't those of FFmpeg's own decode of the undamaged film, by the ffmpeg
program. Prints a row a film.
"""

import hashlib
import json
import os
import random
import subprocess
import sys
import tempfile

SCALE = "scale=flags=bicubic+accurate_rnd+full_chroma_int+bitexact"


def output(*command):
    return subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, timeout=600, check=False).stdout


def packets(film):
    text = output("ffprobe", "-v", "error", "-select_streams", "v:0", "-show_entries", "packet=pos,size", "-of", "json", film)
    return [(int(p["pos"]), int(p["size"])) for p in json.loads(text)["packets"] if "pos" in p]


def reference(film):
    """MD5 of each frame as the ffmpeg program converts it."""
    text = output("ffprobe", "-v", "error", "-select_streams", "v:0", "-show_entries", "stream=width,height", "-of", "json", film)
    stream = json.loads(text)["streams"][0]
    size = stream["width"] * stream["height"] * 3
    command = ["ffmpeg", "-v", "quiet", "-i", film, "-vf", SCALE, "-fps_mode", "passthrough", "-f", "rawvideo",
               "-pix_fmt", "rgb24", "-"]
    sums = []
    with subprocess.Popen(command, stdout=subprocess.PIPE) as process:
        while len(frame := process.stdout.read(size)) == size:
            sums.append(hashlib.md5(frame).hexdigest())
    return sums


def read(reader, film):
    given, lost = {}, {}
    for line in output(reader, film).decode(errors="replace").splitlines():
        cells = line.split("\t")
        if cells[0] == "refused":
            return None
        if cells[1] == "lost":
            lost[int(cells[0])] = cells[2]
        else:
            given[int(cells[0])] = cells[1]
    return given, lost


def damaged(film, seed, places, length, to):
    draw = random.Random(f"{os.path.basename(film)} {seed}")
    with open(film, "rb") as file:
        content = bytearray(file.read())
    where = packets(film)
    total = sum(size for _, size in where)
    for _ in range(places):
        at = draw.randrange(total)
        for place, size in where:
            if at < size:
                break
            at -= size
        for byte in range(place + at, min(place + at + length, len(content))):
            content[byte] ^= draw.randrange(1, 256)
    with open(to, "wb") as file:
        file.write(content)


def main():
    reader, seeds, places, length, *films = sys.argv[1:]
    print(f"{'film':16} {'frames':>7} {'differ':>7} {'told lost':>10} {'as sound':>9} {'share':>7}  unmentioned")
    for film in films:
        sound = reference(film)
        whole = read(reader, film)
        if whole is None or [whole[0].get(i) for i in range(len(sound))] != sound or whole[1]:
            print(f"{os.path.basename(film):16} differs from FFmpeg's decode before any damage")
            continue
        frames = lost_frames = passed = missing = 0
        for seed in range(int(seeds)):
            with tempfile.NamedTemporaryFile(suffix=os.path.basename(film)) as copy:
                damaged(film, seed, int(places), int(length), copy.name)
                result = read(reader, copy.name)
            if result is None:
                result = {}, {i: "refused" for i in range(len(sound))}
            given, lost = result
            frames += len(sound)
            lost_frames += sum(i in lost for i in range(len(sound)))
            passed += sum(i in given and given[i] != sound[i] for i in range(len(sound)))
            missing += sum(i not in given and i not in lost for i in range(len(sound)))
        share = 100 * passed / max(1, passed + lost_frames)
        print(f"{os.path.basename(film):16} {frames:7} {passed + lost_frames:7} {lost_frames:10} {passed:9} {share:6.1f}%"
              f"  {missing}")


main()
