"""Where a model's weights come from: OUT/provenance.json, beside them.

    {"recipe": "Examples/train-model",
     "data": {"clips": 14772, "hours": 22.8, "sha256": "..."},    # of the table of clips: which, in which split, how
     captioned "parts": {"unet": {"stage": "diffusion", "steps": 20000, "parent": null, "sha256": "..."}, ...}}

`sha256` of a part is that of its weights' file; `parent` is that of the file that training started from, or that was
averaged in, and null where the part was trained from nothing.
"""
import csv
import hashlib
import json
import pathlib

import torch

# The parts of the folder: the stage that trains each, and the folder of its state in a run.
PARTS = {"vae": ("autoencoder", "vae"), "audio_encoder": ("audio_tower", "clap"),
         "text_encoder": ("text_tower", "text"), "vocoder": ("vocoder", "vocoder"), "band_extension": ("extension", "extension"), "unet": ("diffusion", "ldm")}


def digest(path):
    return hashlib.sha256(pathlib.Path(path).read_bytes()).hexdigest()


def weights(folder):
    """The file with a part's weights."""
    return next(pathlib.Path(folder).glob("*.safetensors"))


def remember(out, parent):
    """Notes in a stage's folder which exported part its training starts from."""
    pathlib.Path(out).mkdir(parents=True, exist_ok=True)
    (pathlib.Path(out) / "parent.json").write_text(json.dumps({"sha256": digest(weights(parent))}) + "\n")


def part(folder, stage, state):
    """What is known of one part: an exported `folder`, trained by `stage`, whose state lies in `state`."""
    noted = state / "parent.json"
    steps = torch.load(state / "state.pt", map_location="cpu", weights_only=False)["step"]
    parent = json.loads(noted.read_text())["sha256"] if noted.exists() else None
    return {"stage": stage, "steps": steps, "parent": parent, "sha256": digest(weights(folder))}


def write(run, out, earlier=None):
    """Writes OUT/provenance.json of a run's folder; `earlier` is what the UNet was averaged with."""
    table = run / "mels/index.tsv"
    with open(table, newline="") as file:
        rows = list(csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE))
    told = {
        "recipe": "Examples/train-model",
        "data": {"clips": len(rows), "hours": round(sum(int(row["frames"]) for row in rows) / 360000, 1),
                 "sha256": digest(table)},
        "parts": {name: part(out / name, stage, run / state) for name, (stage, state) in PARTS.items()}}
    if earlier:
        told["parts"]["unet"]["parent"] = digest(weights(earlier))
    (out / "provenance.json").write_text(json.dumps(told, indent=2) + "\n")


def note_memory(model):
    """Notes a memory in the folder's provenance.json, if it has one. It is not trained: its parent is the audio tower
    whose vectors it holds."""
    path = model / "provenance.json"
    if path.exists():
        told = json.loads(path.read_text())
        told["parts"]["memory"] = {"stage": "memory", "steps": 0, "parent": digest(weights(model / "audio_encoder")),
                                   "sha256": digest(weights(model / "memory"))}
        path.write_text(json.dumps(told, indent=2) + "\n")
