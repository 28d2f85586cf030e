"""Write the weight files of Tests/Fixtures/checkpoint: every element type, sharding, and what torch.save makes of tensors.

    pip install torch safetensors
    python3 make_checkpoint.py
"""
import collections
import json
import pathlib

import torch
from safetensors.torch import save_file

FOLDER = pathlib.Path(__file__).parent / "checkpoint"


def ramp(*shape, dtype=torch.float32):
    """-2, -1.5, -1, ...: exact in every floating-point type."""
    count = int(torch.tensor(shape).prod()) if shape else 1
    return (torch.arange(count) / 2 - 2).reshape(shape).to(dtype)


def state_dict():
    """A state dictionary with its _metadata, as a module gives it."""
    module = torch.nn.Linear(3, 2)
    module.weight.data = ramp(2, 3)
    module.bias.data = ramp(2)
    return module.state_dict()


class Executed:
    """Pickles as a call of a function that weights have no need of."""

    def __reduce__(self):
        return print, ("a pickle was executed",)


if __name__ == "__main__":
    FOLDER.mkdir(exist_ok=True)
    types = {"f64": torch.float64, "f32": torch.float32, "f16": torch.float16, "bf16": torch.bfloat16}
    tensors = {f"types.{name}": ramp(2, 3, dtype=dtype) for name, dtype in types.items()}
    tensors |= {"scalar": ramp(), "empty": torch.zeros(0, 4), "position_ids": torch.arange(5), "flag": torch.tensor(True)}
    save_file(tensors, FOLDER / "types.safetensors", metadata={"format": "pt"})

    sharded = FOLDER / "sharded"
    sharded.mkdir(exist_ok=True)
    shards = {"model-00001-of-00002.safetensors": {"a.weight": ramp(2, 2)}, "model-00002-of-00002.safetensors": {"b.weight": ramp(3)}}
    for name, content in shards.items():
        save_file(content, sharded / name)
    weight_map = {key: name for name, content in shards.items() for key in content}
    (sharded / "model.safetensors.index.json").write_text(json.dumps({"metadata": {"total_size": 28}, "weight_map": weight_map}))

    storage = ramp(20)
    torch.save(collections.OrderedDict(
        {f"types.{name}": ramp(2, 3, dtype=dtype) for name, dtype in types.items()}
        | {"transposed": ramp(3, 4).t(), "permuted": ramp(2, 3, 4, dtype=torch.float16).permute(2, 0, 1),
           "view.first": storage[:8].view(2, 4), "view.second": storage[8:], "view.strided": storage[1::3], "expanded": ramp(1, 3).expand(2, 3),
           "parameter": torch.nn.Parameter(ramp(4)), "scalar": ramp(), "empty": torch.zeros(0, 4), "position_ids": torch.arange(5)}),
        FOLDER / "pytorch_model.bin")
    torch.save({"epoch": 3, "lr": 0.5, "hparams": {"list": [1, 2, None], "big": 1 << 40, "negative": -(1 << 40)}, "state_dict": state_dict()},
               FOLDER / "nested.ckpt")
    torch.save({"weight": ramp(2), "callback": Executed()}, FOLDER / "executing.bin")
