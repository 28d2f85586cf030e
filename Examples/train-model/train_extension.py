"""The band extension: the log-mel below a cut-off -> what it would most likely be above, a first version for the
diffusion model.

    python3 train_extension.py --mels run/mels --out run/extension

L1 in nepers, so that it learns the median: right in level and colour, and blurred. What it lacks in detail the
diffusion model adds.
"""
import numpy as np
import torch
from torch import nn

import frontend
import settings
from clips import FULL_BAND, Clips, varied
from compute import autocast, device
from loop import Average, Loop
from models import BandExtension
from plots import picture

FRAMES = 96  # of a training crop
LOWEST, HIGHEST = 16, 74  # the first unknown band in training


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
    options = settings.parser(__doc__, "mels", "out").parse_args()
    chosen = settings.read("extension", options)
    torch.set_num_threads(options.threads)
    torch.manual_seed(0)
    clips, held_out = Clips(options.mels, "train"), Clips(options.mels, "validation")
    model = BandExtension().to(device())
    average = Average(model, chosen.horizon)
    optimiser = torch.optim.AdamW(model.parameters(), chosen.rate, betas=(0.9, 0.99), weight_decay=0.05)
    loop = Loop(options.out, chosen, model=model, average=average, optimiser=optimiser)
    random = np.random.default_rng(loop.step)
    test, test_known = batch(held_out, np.random.default_rng(7), 128, 256)

    def advance():
        optimiser.param_groups[0]["lr"] = chosen.rate * loop.rate()
        real, known = batch(clips, random, chosen.batch)
        with autocast():
            made = model(real, known)
        error = distance(real, made.float(), known)
        optimiser.zero_grad()
        error.backward()
        nn.utils.clip_grad_norm_(model.parameters(), chosen.gradient_norm)
        optimiser.step()
        average.update(model)
        return {"l1": error}

    @torch.no_grad()
    def examine():
        made = average.module(test, test_known)
        loop.log({"held_out_l1": round(distance(test, made, test_known).item(), 4)})
        picture(loop.out / "extended.png", [m for pair in zip(test[:6].cpu(), made[:6].cpu()) for m in pair],
                [t for known in test_known[:6] for t in ("held out", f"above band {int(known.sum())} extended")])

    loop.run(advance, examine)


if __name__ == "__main__":
    main()
