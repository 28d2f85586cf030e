"""Where and in which precision the recipe computes, and how weights are read from a stage or an exported model."""
import functools
import pathlib
import time

import torch
from safetensors.torch import load_file


def device():
    return torch.device("cuda" if torch.cuda.is_available() else "cpu")


def autocast():
    """Products in bfloat16 where that is faster."""
    return torch.autocast(device().type, dtype=torch.bfloat16, enabled=bfloat16_is_faster())


def compiled(module):
    """The module, compiled where a graphics card would wait for Python otherwise."""
    return torch.compile(module) if device().type == "cuda" else module


@functools.cache
def bfloat16_is_faster():
    """Whether this machine multiplies matrices faster in bfloat16: processors with such instructions can be twice as
    fast in it and twice as slow."""
    if device().type == "cuda":
        return torch.cuda.is_bf16_supported()
    seconds = {}
    for kind in (torch.float32, torch.bfloat16):
        one, other = (torch.randn(512, 512).to(kind) for _ in range(2))
        one @ other
        start = time.process_time()
        for _ in range(20):
            one @ other
        seconds[kind] = time.process_time() - start
    return seconds[torch.bfloat16] < seconds[torch.float32]


def load(folder, module, name="average"):
    """The averaged weights that a stage's state holds, or those of a part of an exported model."""
    if (pathlib.Path(folder) / "state.pt").exists():
        state = torch.load(pathlib.Path(folder) / "state.pt", map_location="cpu", weights_only=False)[name]
    else:
        state = load_file(next(pathlib.Path(folder).glob("*.safetensors")))
    module.load_state_dict(state, strict=False)
    missing = set(dict(module.named_parameters())) - set(state)
    if missing:
        raise SystemExit(f"{folder} lacks {sorted(missing)[0]}")
    return module.eval().requires_grad_(False).to(device())
