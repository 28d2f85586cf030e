"""The paper's question at our scale: what should the diffusion model be told in training, and do mixtures help?

    python3 conditions.py make --run run
    for name in audio text unmixed; do python3 train_ldm.py --latents run/latents-$name \\
        --held-out run/latents-validation --vae run/vae --out run/ldm-$name --settings settings/small.toml; done
    python3 conditions.py score --run run

`make` takes as many scenes as are no mixtures (mixup, lambda ~ Beta(5, 5)): `audio` has mixtures among them and the
sound's own embedding as the condition, `text` the same scenes and the text tower's embedding of the caption, `unmixed`
no mixtures and the sound's own embedding. `score` prints for each model the held-out error of v, given what the sound
and what the caption say, and the share of sounds from unseen prompts whose class, by the audio tower, is the prompt's.
"""
import argparse
import csv
import json
import pathlib
import shutil

import numpy as np
import torch
from torch.nn import functional as F
from transformers import RobertaTokenizerFast

from clips import CLASSES
from compute import load
from diffuse import Noise, fill, predict
from encode import STEPS, load_tower
from latents import Scenes
from models import autoencoder, embed_sound, text_tower, unet
from models.diffusion import BINS, CHANNELS, CROP
from models.towers import WIDTH
from text import DESCRIPTIONS

NAMES = ("audio", "text", "unmixed")


class Words:
    def __init__(self, run):
        self.tower = load(run / "text", text_tower())
        folder = run / "text/tokenizer"
        self.tokens = RobertaTokenizerFast(str(folder / "vocab.json"), str(folder / "merges.txt"))

    @torch.no_grad()
    def __call__(self, sentences):
        found = [self.tower(**self.tokens(sentences[i : i + 64], return_tensors="pt", padding=True, truncation=True,
                                          max_length=96)).text_embeds for i in range(0, len(sentences), 64)]
        return F.normalize(torch.cat(found), dim=-1)


def table(path):
    with open(path, newline="") as file:
        return list(csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE))


def make(run):
    words = Words(run)
    rows = table(run / "scenes-1/index.tsv")
    scenes = Scenes(run / "latents-1")
    latents, embeddings = (part.cpu().numpy() for part in (scenes.latents, scenes.embeddings))
    single = [i for i, row in enumerate(rows) if row["kind"] != "mixup"]
    some = sorted(np.random.default_rng(0).choice(len(rows), len(single), replace=False).tolist())
    said = words([rows[i]["caption"] for i in some]).numpy()[:, None].repeat(7, 1)
    for name, chosen, conditions in (("audio", some, embeddings[some]), ("text", some, said),
                                     ("unmixed", single, embeddings[single])):
        folder = run / f"latents-{name}"
        folder.mkdir(exist_ok=True)
        latents[chosen].tofile(folder / "latent.i8")
        conditions.astype(np.float16).tofile(folder / "embedding.f16")
        shutil.copy(run / "latents-1/settings.json", folder)
        print(f"{folder}: {len(chosen)} scenes, {sum(rows[i]['kind'] == 'mixup' for i in chosen)} mixtures")


@torch.no_grad()
def score(run, prompts):
    words, tower, noise = Words(run), load_tower(run / "clap"), Noise()
    decoder = load(run / "vae", autoencoder())
    scaling = json.loads((run / "latents-1/settings.json").read_text())["scaling_factor"]
    held_out = Scenes(run / "latents-validation")
    random = np.random.default_rng(5)
    chosen = random.permutation(len(held_out))[:96]
    real = (held_out.latents[chosen, 64:192].float() / STEPS).permute(0, 3, 1, 2).contiguous()
    heard = F.normalize(held_out.embeddings[chosen, 2:5].float().mean(1), dim=-1)
    captions = table(run / "scenes-validation/index.tsv")
    conditions = {"sound": heard, "caption": words([captions[i]["caption"] for i in chosen])}
    steps = torch.linspace(20, 999, len(chosen)).long()[torch.from_numpy(random.permutation(len(chosen)))]
    e = torch.randn(real.shape, generator=torch.Generator().manual_seed(1))
    a, s = noise.at(steps)
    wanted = torch.tensor([CLASSES.index(row["class"]) for row in prompts])
    told = words([row["prompt"] for row in prompts])
    described = words([DESCRIPTIONS[name] for name in CLASSES])
    nothing = torch.zeros(1, 1, CROP, BINS)
    print("| trained with | error of v, given the sound | given the caption | prompts whose class is heard |")
    print("|---|---|---|---|")
    for name in NAMES:
        model = load(run / f"ldm-{name}", unet())
        errors = [np.mean([((predict(model, x, t, c) - v) ** 2).mean().item()
                           for x, t, c, v in zip((a * real + s * e).split(16), steps.split(16), given.split(16),
                                                 (a * e - s * real).split(16))]) for given in conditions.values()]
        right = []
        for start in range(0, len(prompts), 10):
            part = told[start : start + 10]
            shape = torch.zeros(len(part), CHANNELS, CROP, BINS)
            made = fill(model, noise, shape, nothing, part, seed=start)
            mels = decoder.decode(made / scaling).sample[:, 0].float()
            windows = torch.stack([mels[:, at : at + 256] for at in (0, 128, 256)], 1).flatten(0, 1)
            vectors = F.normalize(embed_sound(tower, windows).view(len(part), 3, WIDTH).mean(1), dim=-1)
            right += ((vectors @ described.T).argmax(1) == wanted[start : start + 10]).tolist()
        print(f"| {name} | {errors[0]:.4f} | {errors[1]:.4f} | {np.mean(right):.2f} |", flush=True)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("job", choices=["make", "score"])
    parser.add_argument("--run", type=pathlib.Path, required=True)
    options = parser.parse_args()
    if options.job == "make":
        make(options.run)
    else:
        score(options.run, table(pathlib.Path(__file__).parent / "prompts.tsv"))


if __name__ == "__main__":
    main()
