"""The band extension: the log-mel below a cut-off -> what it would most likely be above, a first version for the diffusion model.

    python3 train_extension.py --mels run/mels --out run/extension [--minutes 15]

Convolutions over time with the bands as channels, 0.3 s to either side; L1 in nepers, so that it learns the median: right in
level and colour, and blurred. What it lacks in detail the diffusion model adds.
"""
import argparse

import numpy as np
import torch
from torch import nn
from torch.nn import functional as F

import frontend
from training import FULL_BAND, Average, Clips, Loop, autocast, device, picture, varied
from train_vae import MIDDLE, SPREAD

FRAMES = 96  # of a training crop
DILATIONS = (1, 2, 4, 8)
LOWEST, HIGHEST = 16, 74  # the first unknown band in training


class Extension(nn.Module):
    def __init__(self, bins=frontend.BINS, width=256, dilations=DILATIONS):
        super().__init__()
        self.config = {"feature_size": bins, "hidden_size": width, "kernel_size": 5, "dilations": list(dilations),
                       "input_mean": MIDDLE, "input_scale": SPREAD}
        self.embed = nn.Conv1d(2 * bins, width, 5, padding=2)
        self.layers = nn.ModuleList(nn.Conv1d(width, width, 5, padding=2 * d, dilation=d) for d in dilations)
        self.out = nn.Conv1d(width, bins, 1)

    def forward(self, mel, known):
        """[B, T, bins] log-mels and [B, bins], 1 for the known bands -> [B, T, bins], the known bands as they are."""
        flags = known[:, None].expand_as(mel)
        x = torch.cat([(mel - MIDDLE) / SPREAD * flags, flags], 2).transpose(1, 2)
        x = F.gelu(self.embed(x))
        for layer in self.layers:
            x = x + F.gelu(layer(x))
        made = self.out(x).transpose(1, 2) * SPREAD + MIDDLE
        return torch.where(flags > 0, mel, made)


def batch(clips, random, size, frames=FRAMES):
    """[size, frames, 80] full-band log-mels, one sound or two, at levels as in real files; [size, 80] known bands."""
    rows = []
    while len(rows) < size:
        mel = varied(lambda: full_band(clips, random, frames), random)
        if mel.max() > -8:
            rows.append(mel)
    known = np.arange(frontend.BINS) < random.integers(LOWEST, HIGHEST + 1, size)[:, None]
    return torch.from_numpy(np.stack(rows)).to(device()), torch.from_numpy(known.astype(np.float32)).to(device())


def full_band(clips, random, frames):
    while True:
        index = clips.draw(random)
        if clips.rows[index]["cutoff_hz"] > FULL_BAND:
            return clips.crop(random, frames, index)


def distance(real, made, known):
    """L1 in nepers over the unknown bands, silence for less, each sound as much as the others."""
    weight = (1 - known)[:, None] * torch.where(real > frontend.SILENCE + 1, 1.0, 0.3)
    return (((real - made).abs() * weight).sum((1, 2)) / weight.sum((1, 2))).mean()


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--mels", required=True)
    parser.add_argument("--out", required=True)
    parser.add_argument("--minutes", type=float, default=15)
    parser.add_argument("--batch", type=int, default=32)
    parser.add_argument("--threads", type=int, default=1)
    options = parser.parse_args()
    torch.set_num_threads(options.threads)
    torch.manual_seed(0)
    clips, held_out = Clips(options.mels, "train"), Clips(options.mels, "validation")
    model = Extension().to(device())
    average = Average(model, 0.998)
    optimiser = torch.optim.AdamW(model.parameters(), 1e-3, betas=(0.9, 0.99), weight_decay=0.05)
    loop = Loop(options.out, options.minutes, cool=0.5, model=model, average=average, optimiser=optimiser)
    print(f"{sum(p.numel() for p in model.parameters()) / 1e6:.2f} M parameters", flush=True)
    random = np.random.default_rng(loop.step)
    test, test_known = batch(held_out, np.random.default_rng(7), 128, 256)

    @torch.no_grad()
    def examine():
        made = average.module(test, test_known)
        loop.log({"step": loop.step, "held_out_l1": round(distance(test, made, test_known).item(), 4)})
        picture(loop.out / "extended.png", [m for pair in zip(test[:6].cpu(), made[:6].cpu()) for m in pair],
                [t for known in test_known[:6] for t in ("held out", f"above band {int(known.sum())} extended")])

    running = True
    while running:
        optimiser.param_groups[0]["lr"] = 1e-3 * loop.rate()
        real, known = batch(clips, random, options.batch)
        with autocast():
            made = model(real, known)
        error = distance(real, made.float(), known)
        optimiser.zero_grad()
        error.backward()
        nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimiser.step()
        average.update(model)
        running = loop.tick(l1=error)
        if loop.step % 1000 == 0 or not running:
            examine()


if __name__ == "__main__":
    main()
