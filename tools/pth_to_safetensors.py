#!/usr/bin/env python3
"""pth_to_safetensors.py — PyTorch's .pth or .pt files as safetensors, for blendway import-weights.

  python tools/pth_to_safetensors.py ProDet_best.pth prodet.safetensors
  $(tools/python-env.sh torch safetensors) tools/pth_to_safetensors.py FILE.pth OUT.safetensors

A .pth file is a Python pickle, which can run any program when it is read. It is read with
weights_only=True, which takes tensors and plain values and refuses everything else. Of a training
checkpoint the state_dict is taken: the entry "state_dict", "model", "model_state_dict" or "net" that
holds tensors. Needs torch and safetensors; Blendway itself needs neither.
"""

import argparse
import os
import pickle
import sys
import tempfile


def fail(sentence):
    sys.exit(f"pth_to_safetensors: {sentence}")


def state_dict(loaded, path, torch):
    """The mapping from names to tensors in what a file holds."""
    is_state = lambda value: isinstance(value, dict) and any(isinstance(v, torch.Tensor) for v in value.values())
    if is_state(loaded):
        return loaded
    if isinstance(loaded, dict):
        for key in ("state_dict", "model_state_dict", "model", "net", "ema"):
            if is_state(loaded.get(key)):
                return loaded[key]
        fail(f"{path} holds no state_dict, but {', '.join(map(str, list(loaded)[:8]))}; save model.state_dict()")
    fail(f"{path} holds a {type(loaded).__name__}, not a state_dict; save model.state_dict()")


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("input", help="a .pth or .pt file with a state_dict")
    parser.add_argument("output", help="the safetensors file to make")
    parser.add_argument("--force", action="store_true", help="replace the output if it exists")
    options = parser.parse_args()
    try:
        import torch
        from safetensors.torch import save_file
    except ImportError as error:
        fail(f"{error}; run it with $(tools/python-env.sh torch safetensors)")
    if os.path.lexists(options.output) and not options.force:
        fail(f"{options.output} exists already; give another name, or --force to replace it")
    try:
        loaded = torch.load(options.input, map_location="cpu", weights_only=True)
    except FileNotFoundError:
        fail(f"{options.input}: there is no such file")
    except pickle.UnpicklingError:
        fail(f"{options.input} holds more than tensors and plain values, so reading it could run a program; "
             "save model.state_dict() alone")
    except Exception as error:  # torch raises a dozen kinds for broken and for unsafe files
        fail(f"{options.input} can't be read safely: {str(error).splitlines()[0]}")
    tensors, left = {}, []
    for name, value in state_dict(loaded, options.input, torch).items():
        if isinstance(value, torch.Tensor):
            # A copy each: safetensors refuses tensors that share memory.
            tensors[str(name)] = value.detach().contiguous().clone()
        else:
            left.append(str(name))
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
