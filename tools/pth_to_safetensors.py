#!/usr/bin/env python3
"""pth_to_safetensors.py — PyTorch's .pth or .pt files as safetensors, for blendway import-weights.

  python tools/pth_to_safetensors.py ProDet_best.pth prodet.safetensors
  $(tools/python-env.sh torch safetensors) tools/pth_to_safetensors.py FILE.pth OUT.safetensors

A .pth file is a Python pickle, which can run any program when it is read. It is read with
weights_only=True, which takes tensors and plain values and refuses everything else. Of a training
checkpoint the state_dict is taken: the entry "state_dict", "model_state_dict", "model", "net", "module" or
"ema" that holds tensors, perhaps within another of these; --entry names another one. What stands in front of
the names stays: import-weights strips it. Needs torch and safetensors; Blendway itself needs neither.
"""

import argparse
import os
import pickle
import sys
import tempfile


def fail(sentence):
    sys.exit(f"pth_to_safetensors: {sentence}")


ENTRIES = ("state_dict", "model_state_dict", "model", "net", "module", "ema")


def state_dict(loaded, path, entry, torch):
    """The mapping from names to tensors in what a file holds."""
    if not isinstance(loaded, dict):
        fail(f"{path} holds a {type(loaded).__name__}, not a state_dict; save model.state_dict()")
    if entry:
        for part in entry.split("/"):
            if not isinstance(loaded, dict) or part not in loaded:
                fail(f"{path} has no entry {entry!r}, but {', '.join(map(str, list(loaded)[:8]))}")
            loaded = loaded[part]
        return loaded if isinstance(loaded, dict) else fail(f"{path}: the entry {entry!r} is no state_dict")
    # A training checkpoint may have a tensor beside its state_dict, such as a counter: what is within comes first.
    for key in ENTRIES:
        if isinstance(loaded.get(key), dict):
            return state_dict(loaded[key], path, None, torch)
    if any(isinstance(value, torch.Tensor) for value in loaded.values()):
        return loaded
    fail(f"{path} holds no state_dict, but {', '.join(map(str, list(loaded)[:8]))}; save model.state_dict(), or name its "
         "--entry")


def other_kind(path):
    """What a file is that surely is no .pth; None for what may be one."""
    with open(path, "rb") as file:
        head = file.read(512)
    text = head.lstrip().lower()
    if not head:
        return "an empty file: its copy or download broke off"
    if head.startswith(b"version https://git-lfs."):
        return "a Git LFS pointer, not the file itself: fetch it with `git lfs pull`"
    if text.startswith((b"<!doctype html", b"<html")):
        return "a web page: download the file itself"
    if head[8:9] == b"{" and int.from_bytes(head[:8], "little") < os.path.getsize(path):
        return "a safetensors file already: give it to blendway import-weights as it is"
    if head.startswith(b"\x89HDF"):
        return "an HDF5 file: blendway reads its own checkpoints, and Keras's weights have other names"
    return None


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("input", help="a .pth or .pt file with a state_dict")
    parser.add_argument("output", help="the safetensors file to make")
    parser.add_argument("--entry", help="where in a training checkpoint the state_dict is, such as ema/state_dict")
    parser.add_argument("--force", action="store_true", help="replace the output if it exists")
    options = parser.parse_args()
    try:
        import torch
        from safetensors.torch import save_file
    except ImportError as error:
        fail(f"{error}; run it with $(tools/python-env.sh torch safetensors)")
    if not os.path.isfile(options.input):
        fail(f"{options.input}: there is no such file")
    kind = other_kind(options.input)
    if kind:
        fail(f"{options.input} is {kind}")
    if os.path.lexists(options.output) and not options.force:
        fail(f"{options.output} exists already; give another name, or --force to replace it")
    try:
        loaded = torch.load(options.input, map_location="cpu", weights_only=True)
    except pickle.UnpicklingError:
        fail(f"{options.input} holds more than tensors and plain values, so reading it could run a program; "
             "save model.state_dict() alone")
    except Exception as error:  # torch raises a dozen kinds for broken and for unsafe files
        fail(f"{options.input} can't be read safely: {str(error).splitlines()[0]}")
    tensors, left = {}, []
    for name, value in state_dict(loaded, options.input, options.entry, torch).items():
        if isinstance(value, torch.Tensor):
            # A copy each, in the order of its shape whatever its strides: safetensors refuses tensors that share memory.
            tensors[str(name)] = value.detach().to_dense().contiguous().clone()
        else:
            left.append(str(name))
    if not tensors:
        fail(f"{options.input}: there are no tensors in this entry; name another --entry")
    folder = os.path.dirname(os.path.abspath(options.output))
    handle, temporary = tempfile.mkstemp(dir=folder, suffix=".partial")
    os.close(handle)
    try:
        save_file(tensors, temporary)
        os.chmod(temporary, 0o666 & ~umask())
        os.replace(temporary, options.output)
    except BaseException:
        os.unlink(temporary)
        raise
    print(f"{options.output}: {len(tensors)} tensors" + (f"; left out, no tensors: {', '.join(left)}" if left else ""))


def umask():
    mask = os.umask(0)
    os.umask(mask)
    return mask


if __name__ == "__main__":
    main()
