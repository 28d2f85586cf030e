"""The paper's question at our scale: what should the diffusion model be told in training, and do mixtures help?

    python3 conditions.py make --run run --model MODEL --data conditions
    python3 conditions.py train --data conditions --minutes 8 --seed 0 --name audio      # and text, unmixed; some seeds
    python3 conditions.py table --data conditions

`make` takes as many scenes as are no mixtures (mixup, lambda ~ Beta(5, 5)): `audio` has mixtures among them and the sound's own embedding as the
condition, `text` the same scenes and the text tower's embedding of the caption, `unmixed` no mixtures and the sound's own embedding. The towers
and the decoder are those of an exported model. `train` has a small UNet (5.7 M parameters) learn from nothing for so many minutes, of which the last 30 % bring its
learning rate to 0, so that models that are trained side by side are given the same, and writes down the held-out error of v, given what
the sound and what the caption say, and the share of sounds from unseen prompts whose class, by the audio tower, is the prompt's.
`table` prints the means over the seeds and their standard errors.
"""
import argparse
import csv
import json
import pathlib
import shutil
import time

import numpy as np
import torch
from torch.nn import functional as F

import settings
from clips import CLASSES
from compute import device, load
from diffuse import Noise, fill, predict
from encode import STEPS, load_tower
from latents import Scenes
from loop import Average
from models import autoencoder, embed_sound, text_tower, unet
from models.diffusion import BINS, CHANNELS, CROP
from models.towers import WIDTH
from muon import Muon, Workers
from text import DESCRIPTIONS
from train_ldm import drawn, loss_of

NAMES = {"audio": "the sound, with mixtures", "text": "the caption, with mixtures", "unmixed": "the sound, without mixtures"}
SMALL = (32, 64, 96, 128)  # channels of the UNet
SETTINGS = pathlib.Path(__file__).parent / "settings/small.toml"


class Words:
    def __init__(self, model):
        from transformers import RobertaTokenizerFast
        self.tower = load(model / "text_encoder", text_tower())
        folder = model / "tokenizer"
        self.tokens = RobertaTokenizerFast(str(folder / "vocab.json"), str(folder / "merges.txt"))

    @torch.no_grad()
    def __call__(self, sentences):
        found = []
        for i in range(0, len(sentences), 64):
            tokens = self.tokens(sentences[i : i + 64], return_tensors="pt", padding=True, truncation=True, max_length=96)
            found.append(self.tower(**tokens.to(device())).text_embeds)
        return F.normalize(torch.cat(found), dim=-1).cpu().numpy()


def table_of(path):
    with open(path, newline="") as file:
        return list(csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE))


def make(options):
    words, data = Words(options.model), options.data
    data.mkdir(parents=True, exist_ok=True)
    for split in ("1", "validation"):
        rows = table_of(options.run / f"scenes-{split}/index.tsv")
        folder = data / f"latents-{split}"
        shutil.copytree(options.run / f"latents-{split}", folder, dirs_exist_ok=True)
        words([row["caption"] for row in rows]).astype(np.float16).tofile(folder / "said.f16")
        np.array([row["kind"] == "mixup" for row in rows]).tofile(folder / "mixture.bool")
    prompts = table_of(pathlib.Path(__file__).parent / "prompts.tsv")
    np.savez(data / "prompts.npz", told=words([row["prompt"] for row in prompts]),
             wanted=[CLASSES.index(row["class"]) for row in prompts],
             described=words([DESCRIPTIONS[name] for name in CLASSES]))
    for part in ("vae", "audio_encoder"):
        shutil.copytree(options.model / part, data / part, dirs_exist_ok=True)


def said(folder):
    return torch.from_numpy(np.fromfile(folder / "said.f16", np.float16).reshape(-1, WIDTH)).float().to(device())


def learnt_from(data, name, broad):
    """The scenes of one of the ways to train."""
    scenes = Scenes(data / "latents-1", broad=broad)
    mixture = np.fromfile(data / "latents-1/mixture.bool", bool)
    chosen = np.flatnonzero(~mixture)
    if name != "unmixed":
        chosen = np.sort(np.random.default_rng(0).choice(len(mixture), len(chosen), replace=False))
    if name == "text":
        scenes.embeddings = said(data / "latents-1")[:, None].expand(-1, 7, -1).to(scenes.embeddings.dtype)
        bank = scenes.embeddings[:, 0].float()
        scenes.bank = bank[:: max(1, len(bank) // 2800)]
    chosen = torch.from_numpy(chosen).to(device())
    scenes.latents, scenes.embeddings = scenes.latents[chosen], scenes.embeddings[chosen]
    return scenes


@torch.no_grad()
def errors(model, data):
    """The held-out errors of v, given what the sound and what the caption say."""
    noise, held_out = Noise(), Scenes(data / "latents-validation")
    random = np.random.default_rng(5)
    chosen = torch.from_numpy(random.permutation(len(held_out))[:96]).to(device())
    real = (held_out.latents[chosen, 64:192].float() / STEPS).permute(0, 3, 1, 2).contiguous()
    heard = F.normalize(held_out.embeddings[chosen, 2:5].float().mean(1), dim=-1)
    steps = torch.linspace(20, 999, len(chosen)).long()[torch.from_numpy(random.permutation(len(chosen)))].to(device())
    e = torch.randn(real.shape, generator=torch.Generator().manual_seed(1)).to(device())
    a, s = noise.at(steps)
    return [np.mean([((predict(model, x, t, c) - v) ** 2).mean().item() for x, t, c, v in zip(
        (a * real + s * e).split(16), steps.split(16), given.split(16), (a * e - s * real).split(16))])
        for given in (heard, said(data / "latents-validation")[chosen])]


@torch.no_grad()
def met(model, data):
    """The share of unseen prompts whose class is heard in what is generated from them."""
    tower, decoder = load_tower(data / "audio_encoder"), load(data / "vae", autoencoder())
    scaling = json.loads((data / "latents-1/settings.json").read_text())["scaling_factor"]
    prompts = np.load(data / "prompts.npz")
    told, described = (torch.from_numpy(prompts[name]).to(device()) for name in ("told", "described"))
    nothing, right = torch.zeros(1, 1, CROP, BINS, device=device()), []
    for start in range(0, len(told), 10):
        part = told[start : start + 10]
        shape = torch.zeros(len(part), CHANNELS, CROP, BINS, device=device())
        made = fill(model, Noise(), shape, nothing, part, seed=start)
        mels = decoder.decode(made / scaling).sample[:, 0].float()
        windows = torch.stack([mels[:, at : at + 256] for at in (0, 128, 256)], 1).flatten(0, 1)
        vectors = F.normalize(embed_sound(tower, windows).float().view(len(part), 3, WIDTH).mean(1), dim=-1)
        right += (vectors @ described.T).argmax(1).tolist()
    return float(np.mean(np.array(right) == prompts["wanted"]))


def train(options):
    chosen = settings.read("small", argparse.Namespace(settings=SETTINGS, smoke=False))
    if options.batch:
        chosen.batch = options.batch
    scenes, noise = learnt_from(options.data, options.name, chosen.broad), Noise()
    torch.manual_seed(options.seed)
    random = np.random.default_rng(options.seed)
    model = unet(SMALL).to(device())
    average, optimiser = Average(model, chosen.horizon), Muon(model, Workers())
    start, step, share = time.time(), 0, 0.0
    while share < 1:
        rate = min(1.0, (step + 1) / chosen.warm) * min(1.0, (1 - share) / chosen.cool)
        loss = loss_of(model, noise, drawn(noise, scenes, random, chosen))
        model.zero_grad()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), chosen.gradient_norm)
        optimiser.step(chosen.rate * rate)
        average.update(model)
        step += 1
        share = (time.time() - start) / (60 * options.minutes)
        if step % 200 == 0:
            print(f"{options.name} {options.seed}: step {step}, {share:.0%}, loss {loss.item():.3f}", flush=True)
    heard, told = errors(average.module, options.data)
    line = {"name": options.name, "seed": options.seed, "scenes": len(scenes), "crops": step * chosen.batch,
            "error_sound": float(heard), "error_caption": float(told), "met": met(average.module, options.data)}
    (options.out or options.data).mkdir(parents=True, exist_ok=True)
    with open((options.out or options.data) / "results.jsonl", "a") as file:
        file.write(json.dumps(line) + "\n")
    print(json.dumps(line), flush=True)


def table(options):
    lines = [json.loads(line) for line in open((options.out or options.data) / "results.jsonl")]
    print("| trained with | seeds | crops | error of v, given the sound | given the caption | prompts whose class is heard |")
    print("|---|---|---|---|---|---|")
    for name, words in NAMES.items():
        found = [line for line in lines if line["name"] == name]

        def cell(key, digits):
            values = np.array([line[key] for line in found])
            spread = values.std(ddof=1) / np.sqrt(len(values)) if len(values) > 1 else 0
            return f"{values.mean():.{digits}f} +/- {spread:.{digits}f}"

        print(f"| {words} | {len(found)} | {np.mean([line['crops'] for line in found]):,.0f} | {cell('error_sound', 4)} | "
              f"{cell('error_caption', 4)} | {cell('met', 3)} |")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("job", choices=["make", "train", "table"])
    parser.add_argument("--data", type=pathlib.Path, required=True, help="what `make` makes and the others read")
    parser.add_argument("--run", type=pathlib.Path, help="make: the recipe's run, with scenes and latents")
    parser.add_argument("--model", type=pathlib.Path, help="make: an exported model's folder")
    parser.add_argument("--out", type=pathlib.Path, help="where the results are (default: the data)")
    parser.add_argument("--name", choices=NAMES)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--minutes", type=float, default=12)
    parser.add_argument("--batch", type=int, help="crops in a step (default: that of settings/small.toml)")
    options = parser.parse_args()
    {"make": make, "train": train, "table": table}[options.job](options)


if __name__ == "__main__":
    main()
