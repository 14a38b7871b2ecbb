"""make_pictures.py FOLDER: small pictures of every kind that Pillow, OpenCV and NumPy can write, and what Pillow and
OpenCV read of them, as NAME.pillow.ppm and NAME.opencv.ppm. Nothing in them is a photograph.

Prints the names, one a line. An oracle for FormatTests.
"""

import os
import struct
import sys
import zlib

import cv2
import numpy as np
from PIL import Image, PngImagePlugin

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", "..", "tools"))
import corpus

folder = sys.argv[1]
WIDTH, HEIGHT = 45, 31

y, x = np.mgrid[0:HEIGHT, 0:WIDTH]
RGB = np.stack([(x * 5) % 256, (y * 8) % 256, (x * 3 + y * 4) % 256], axis=2).astype(np.uint8)
RGB[5:12, 20:40] = (250, 10, 60)
ALPHA = ((x * 6) % 256).astype(np.uint8)
RGBA = np.dstack([RGB, ALPHA])
GREY = RGB[..., 2].copy()
WIDE = (RGB.astype(np.uint16) << 8) | 0x9C
EXIF = Image.Exif()


def put(name, data):
    with open(os.path.join(folder, name), "wb") as file:
        file.write(data)


def save(name, image, **options):
    image.save(os.path.join(folder, name), **options)


def turned(orientation):
    exif = Image.Exif()
    exif[0x0112] = orientation
    return exif.tobytes()


def chunk(name, data):
    return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))


def with_chunks(png, *chunks):
    """The chunks behind the header."""
    return png[:33] + b"".join(chunks) + png[33:]


def png(pixels, bits=8, colour=2, interlaced=False, chunks=()):
    """A PNG written by hand: rows of samples, in seven passes if wanted."""
    channels = {0: 1, 2: 3, 3: 1, 4: 2, 6: 4}[colour]

    def rows(part):
        data = b""
        for row in part.reshape(part.shape[0], -1):
            if bits == 16:
                packed = row.astype(">u2").tobytes()
            elif bits == 8:
                packed = row.astype(np.uint8).tobytes()
            else:
                packed = np.packbits(
                    np.unpackbits(row.astype(np.uint8)[:, None], axis=1)[:, 8 - bits:].reshape(-1)).tobytes()
            data += b"\0" + packed
        return data

    pixels = pixels.reshape(pixels.shape[0], pixels.shape[1], channels)
    passes = [(0, 0, 8, 8), (0, 4, 8, 8), (4, 0, 8, 4), (0, 2, 4, 4), (2, 0, 4, 2), (0, 1, 2, 2), (1, 0, 2, 1)]
    parts = [pixels[a::c, b::d] for a, b, c, d in passes] if interlaced else [pixels]
    data = b"".join(rows(part) for part in parts if part.size)
    header = struct.pack(">IIBBBBB", pixels.shape[1], pixels.shape[0], bits, colour, 0, 0, int(interlaced))
    return (b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + b"".join(chunks)
            + chunk(b"IDAT", zlib.compress(data)) + chunk(b"IEND", b""))


def make_png():
    palette = chunk(b"PLTE", bytes((i * 37) % 256 for i in range(256 * 3)))
    few = chunk(b"PLTE", bytes((i * 53 + 9) % 256 for i in range(16 * 3)))
    clear = chunk(b"tRNS", bytes(range(0, 250, 17)))
    for interlaced in (False, True):
        i = "-interlaced" if interlaced else ""
        for bits in (1, 2, 4, 8, 16):
            grey = (x * 7 + y * 3) % (1 << bits) if bits < 16 else WIDE[..., 0]
            put(f"grey{bits}{i}.png", png(grey, bits, 0, interlaced))
            if bits <= 8:
                put(f"palette{bits}{i}.png", png((x + y) % min(1 << bits, 256), bits, 3, interlaced, (palette if bits == 8 else few[:],)
                    if bits in (4, 8) else (chunk(b"PLTE", bytes((k * 90 + 7) % 256 for k in range(3 << bits))),)))
        put(f"rgb16{i}.png", png(WIDE, 16, 2, interlaced))
        put(f"rgba8{i}.png", png(RGBA, 8, 6, interlaced))
        put(f"rgba16{i}.png", png(np.dstack([WIDE, ALPHA.astype(np.uint16) << 8]), 16, 6, interlaced))
        put(f"greyalpha8{i}.png", png(np.dstack([GREY, ALPHA]), 8, 4, interlaced))
    put("palette-clear.png", png((x + y) % 16, 4, 3, chunks=(few, clear)))
    put("grey-clear.png", png(GREY, 8, 0, chunks=(chunk(b"tRNS", struct.pack(">H", 100)),)))
    put("rgb-clear.png", png(RGB, 8, 2, chunks=(chunk(b"tRNS", struct.pack(">HHH", 250, 10, 60)),)))
    for gamma in (50994, 55556, 100000):
        put(f"gamma{gamma}.png", png(RGB, chunks=(chunk(b"gAMA", struct.pack(">I", gamma)),)))
        put(f"gamma{gamma}-16.png", png(WIDE, 16, chunks=(chunk(b"gAMA", struct.pack(">I", gamma)),)))
    put("chromaticities.png", png(RGB, chunks=(
        chunk(b"gAMA", struct.pack(">I", 45455)), chunk(b"cHRM", struct.pack(">8I", 31270, 32900, 68000, 32000, 26500, 69000, 15000, 6000)))))
    put("srgb.png", png(RGB, chunks=(chunk(b"sRGB", b"\1"),)))
    put("profile.png", png(RGB, chunks=(chunk(b"iCCP", b"x\0\0" + zlib.compress(b"no profile")),)))
    put("bits.png", png(RGB, chunks=(chunk(b"sBIT", b"\5\5\5"), chunk(b"bKGD", struct.pack(">HHH", 1, 2, 3)))))
    for orientation in range(1, 9):
        put(f"exif{orientation}.png", png(RGB, chunks=(chunk(b"eXIf", turned(orientation)[6:]),)))
    exif = turned(6)
    text = b"\nexif\n" + f"{len(exif):8d}".encode() + b"\n" + exif.hex().encode() + b"\n"
    put("exif-text.png", png(RGB, chunks=(chunk(b"zTXt", b"Raw profile type exif\0\0" + zlib.compress(text)),)))


def make_jpeg():
    image = Image.fromarray(RGB)
    save("grey.jpg", Image.fromarray(GREY))
    for name in ("4:4:4", "4:2:2", "4:2:0"):
        save(f"{name.replace(':', '')}.jpg", image, subsampling=name, quality=90)
    for name, factor in (("411", 0x411111), ("440", 0x121111)):
        put(f"{name}.jpg", cv2.imencode(".jpg", RGB[..., ::-1], [cv2.IMWRITE_JPEG_SAMPLING_FACTOR, factor])[1].tobytes())
    save("progressive.jpg", image, progressive=True, quality=85)
    save("restarts.jpg", image, restart_marker_blocks=2)
    save("rgb.jpg", image, keep_rgb=True)
    save("cmyk.jpg", image.convert("CMYK"))
    save("optimised.jpg", image, optimize=True, quality=30)
    for orientation in range(1, 9):
        save(f"exif{orientation}.jpg", image, exif=turned(orientation))
    sound = open(os.path.join(folder, "420.jpg"), "rb").read()
    scan = sound.index(b"\xff\xda")
    put("padded.jpg", sound[:scan] + b"\0" * 700 + sound[scan:-2] + b"\0" * 300 + sound[-2:])
    put("filled.jpg", sound[:scan] + b"\xff" * 9 + sound[scan:])
    put("named-png.png", sound)
    put("behind.jpg", sound + b"and more behind the end")
    exif = turned(6)
    put("filled-exif.jpg", sound[:2] + b"\xff\xff" + b"\xff\xe1" + struct.pack(">H", len(exif) + 2) + exif + sound[2:])


def make_others():
    image, clear = Image.fromarray(RGB), Image.fromarray(RGBA)
    save("lossy.webp", image, quality=80)
    save("lossless.webp", image, lossless=True)
    save("clear.webp", clear, lossless=True, exact=True)
    save("moving.webp", image, save_all=True, append_images=[image.rotate(90)], lossless=True)
    for orientation in (1, 3, 6, 8):
        save(f"exif{orientation}.webp", image, exif=turned(orientation), lossless=True)
    for compression in ("raw", "tiff_lzw", "tiff_adobe_deflate", "packbits", "jpeg"):
        save(f"{compression}.tif", image, compression=compression)
    save("bilevel.tif", image.convert("1"), compression="group4")
    for mode in ("L", "P", "CMYK", "LA", "RGBA"):
        save(f"{mode}.tif", (clear if "A" in mode else image).convert(mode))
    save("several.tif", image, save_all=True, append_images=[image.rotate(90)])
    put("wide.tif", cv2.imencode(".tif", WIDE[..., ::-1])[1].tobytes())
    put("widegrey.tif", cv2.imencode(".tif", WIDE[..., 0])[1].tobytes())
    for orientation in range(2, 9):
        save(f"turned{orientation}.tif", image, tiffinfo={274: orientation})
    for mode in ("1", "L", "P", "RGB", "RGBA"):
        save(f"{mode}.bmp", (clear if mode == "RGBA" else image).convert(mode))
    save("still.gif", image)
    save("moving.gif", image, save_all=True, append_images=[image.rotate(90)])
    save("plain.gif", image, interlace=0)
    save("clear.gif", image.quantize(32), transparency=3)
    save("lossless.jp2", image, irreversible=False)
    save("lossy.jp2", image, irreversible=True, quality_mode="rates", quality_layers=[4])
    save("grey.jp2", Image.fromarray(GREY))
    save("clear.jp2", clear)
    save("bare.j2k", image)
    for name in ("4:4:4", "4:2:0", "4:0:0"):
        save(f"{name.replace(':', '')}.avif", image, subsampling=name, quality=80)
    save("limited.avif", image, range="limited", quality=80)
    save("clear.avif", clear, quality=90)
    for orientation in range(2, 9):
        save(f"exif{orientation}.avif", image, exif=turned(orientation), quality=80)
    bmp = lambda bits, compression, data, size=40, masks=b"", height=HEIGHT, table=b"": (
        b"BM" + struct.pack("<IHHI", 0, 0, 0, 14 + size + len(masks) + len(table))
        + struct.pack("<IiiHHIIiiII", 40, WIDTH, height, 1, bits, compression, len(data), 0, 0, 0, 0) + masks + table + data)
    rows = lambda a: b"".join(r.tobytes() + b"\0" * (-len(r.tobytes()) % 4) for r in a[::-1])
    five = ((RGB[..., 0].astype(np.uint16) >> 3) << 10) | ((RGB[..., 1].astype(np.uint16) >> 3) << 5) | (RGB[..., 2] >> 3)
    put("555.bmp", bmp(16, 0, rows(five)))
    six = ((RGB[..., 0].astype(np.uint16) >> 3) << 11) | ((RGB[..., 1].astype(np.uint16) >> 2) << 5) | (RGB[..., 2] >> 3)
    put("565.bmp", bmp(16, 3, rows(six), masks=struct.pack("<III", 0xF800, 0x7E0, 0x1F)))
    put("above.bmp", bmp(24, 0, rows(RGB[::-1, :, ::-1]), height=-HEIGHT))
    table = bytes((i * 29) % 256 if i % 4 != 3 else 0 for i in range(1024))
    index = ((x // 4 + y) % 256).astype(np.uint8)
    data = b""
    for row in index[::-1]:
        place = 0
        while place < WIDTH:
            run = 1
            while place + run < WIDTH and row[place + run] == row[place]:
                run += 1
            data += bytes([run, row[place]])
            place += run
        data += b"\0\0"
    put("runs8.bmp", bmp(8, 1, data + b"\0\1", table=table))
    nibbles = b"".join(bytes([WIDTH, (17 * (k % 16)) & 255]) + b"\0\0" for k in range(HEIGHT)) + b"\0\1"
    put("runs4.bmp", bmp(4, 2, nibbles, table=table[:64]))


def main():
    make_png()
    make_jpeg()
    make_others()
    for name in sorted(os.listdir(folder)):
        for reader in (corpus.pillow, corpus.opencv):
            pixels = reader(os.path.join(folder, name))
            if not isinstance(pixels, str):
                height, width, _ = pixels.shape
                put(f"{name}.{reader.__name__}.ppm", f"P6\n{width} {height}\n255\n".encode() + np.ascontiguousarray(pixels).tobytes())
    print("\n".join(sorted(name for name in os.listdir(folder) if not name.endswith(".ppm"))))


main()
