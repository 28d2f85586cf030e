"""Where a model's weights come from: OUT/provenance.json, beside them.

    {"recipe": "Examples/train-model",
     "data": {"clips": 14772, "hours": 22.8, "sha256": "..."},    # of the table of clips
     "parts": {"unet": {"stage": "diffusion", "steps": 20000, "parent": null, "sha256": "..."}, ...}}

`sha256` of a part is that of its weights' file; `parent` is that of the file that training started from, or that was
averaged in, and null where the part was trained from nothing.
"""
import csv
import hashlib
import json
import pathlib

import torch

# The parts of the folder: the stages that train each, the last one first, and the folders of their states in a run.
PARTS = {"vae": [("decoder", "decoder"), ("roundtrip", "roundtrip"), ("autoencoder", "vae")],
         "audio_encoder": [("audio_tower", "clap")], "text_encoder": [("text_tower", "text")],
         "vocoder": [("roundtrip", "roundtrip"), ("vocoder", "vocoder")], "band_extension": [("extension", "extension")],
         "unet": [("diffusion", "ldm")]}


def digest(path):
    return hashlib.sha256(pathlib.Path(path).read_bytes()).hexdigest()


def weights(folder):
    """The file with a part's weights."""
    return next(pathlib.Path(folder).glob("*.safetensors"))


def remember(out, parent):
    """Notes in a stage's folder which exported part its training starts from; nothing where that is another stage."""
    if not list(pathlib.Path(parent).glob("*.safetensors")):
        return
    note = pathlib.Path(out) / "parent.json"
    note.parent.mkdir(parents=True, exist_ok=True)
    told = json.loads(note.read_text()) if note.exists() else {}
    note.write_text(json.dumps(told | {pathlib.Path(parent).name: digest(weights(parent))}) + "\n")


def part(run, folder, stages):
    """What is known of one part, an exported `folder`: which of `stages` trained it last, how long, from what; None if
    the run has no state of it."""
    trained = [(stage, run / state) for stage, state in stages if (run / state / "state.pt").exists()]
    if not trained:
        return None
    stage, state = trained[0]
    notes = [json.loads(note.read_text()) for _, place in trained if (note := place / "parent.json").exists()]
    parent = next((note[folder.name] for note in notes if folder.name in note), None)
    steps = torch.load(state / "state.pt", map_location="cpu", weights_only=False)["step"]
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
        "parts": {name: told for name, stages in PARTS.items() if (told := part(run, out / name, stages))}}
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
