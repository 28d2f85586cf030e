"""The diffusion model: a UNet on latents [T / 4, 20, 8], conditioned on audio embeddings.

    python3 train_ldm.py --latents run/latents-1 --held-out run/latents-validation --vae run/vae --out run/ldm
    torchrun --nproc-per-node 2 train_ldm.py ...    # a process for each core: faster than threads, and not slowed by
    others

v prediction; noise levels are drawn as a cosine schedule has them. The condition is the embedding of windows of the
same scene, left out of a part of the training, above a cut-off of most, as a dull recording does not say how the
whole would sound. A part of the conditions is broadened to a mean of sounds like it, as a prompt's is; captions are
never seen. In more than half of the training a part of the cells (the surroundings of a gap, the band below a
cut-off, the beginning) is given clean instead of noised and only the rest is learnt (diffuse.py), so that a fill
hears its surroundings from the first step on, whatever the noise level.
"""
import json
import pathlib

import numpy as np
import torch
from torch import nn

import provenance
import settings
from compute import bfloat16_is_faster, compiled, device, load
from diffuse import Noise, expected, fill, predict, shown
from latents import Scenes, kept
from loop import Average, Loop, ahead
from models import autoencoder, unet
from models.diffusion import BINS, CHANNELS, CROP
from muon import Muon, Workers
from plots import picture


class HeldOut:
    """What is measured while the model learns: 48 crops of held-out scenes at 48 noise levels, the same every time."""

    def __init__(self, scenes, decoder, scaling):
        self.noise, self.decoder, self.scaling = Noise(), decoder, scaling
        self.latents, self.conditions = scenes.batch(np.random.default_rng(5), 48)
        self.steps = torch.linspace(20, 999, 48).long().to(device())
        self.drawn = torch.randn(self.latents.shape, generator=torch.Generator().manual_seed(1)).to(device())
        self.gap = torch.ones(1, 1, CROP, BINS, device=device())
        self.gap[:, :, 48:80] = 0
        self.band = torch.zeros_like(self.gap)
        self.band[..., :12] = 1  # up to 4 kHz

    @torch.no_grad()
    def errors(self, model):
        """Mean squared errors of v: of all cells, in a gap of 1.28 s, and above 4 kHz without a condition; and by
        noise level."""
        line = {}
        a, s = self.noise.at(self.steps)
        for name, keep, told in (("", torch.zeros_like(self.gap), 1), ("_gap", self.gap, 1), ("_band", self.band, 0)):
            keep = keep.expand(len(self.latents), -1, -1, -1)
            prior = expected(self.latents, keep)
            rest = self.latents - prior
            target, x = a * self.drawn - s * rest, shown(a * rest + s * self.drawn, prior, keep)
            made = torch.cat([predict(model, *part) for part in zip(
                x.split(16), self.steps.split(16), (told * self.conditions).split(16))])
            error = ((made - target) ** 2 * (1 - keep)).sum((1, 2, 3)) / ((1 - keep[:1]).sum() * CHANNELS)
            line |= {f"held_out{name}": round(error.mean().item(), 4)}
            line |= {f"held_out{name}_by_level": [round(e.mean().item(), 3) for e in error.split(12)]}
        return line

    @torch.no_grad()
    def mel(self, latent):
        return self.decoder.decode(latent / self.scaling).sample[:, 0].float()

    @torch.no_grad()
    def fills(self, model, path):
        """Figures of 16 filled gaps, and a picture of four beside what is generated from their embeddings alone."""
        real, words = self.latents[:16], self.conditions[:16]
        made = torch.cat([fill(model, self.noise, part, self.gap, given)
                          for part, given in zip(real.split(8), words.split(8))])
        seen = [self.mel(part)[:, 4 * 48 : 4 * 80] for part in (real, made)]
        loud = torch.maximum(*seen) > seen[0].amax((1, 2), keepdim=True) - 45 / 8.686
        apart, change = seen[1] - seen[0], [m.diff(dim=1).abs().mean() for m in seen]
        free = fill(model, self.noise, real[:4], torch.zeros_like(self.gap), words[:4])
        rows = [m.cpu() for r, f, g in zip(self.mel(real[:4]), self.mel(made[:4]), self.mel(free)) for m in (r, f, g)]
        picture(path, rows, ["real", "1.28 s filled in the middle", "generated from its embedding"] * 4)
        return {"fill_error_db": round(8.686 * apart.abs()[loud].mean().item(), 2),
                "fill_level_db": round(8.686 * apart[loud].mean().item(), 2),
                "fill_texture": round((change[1] / change[0]).item(), 2)}


def drawn(noise, scenes, random, chosen):
    """A batch: latents, conditions (zeros where there is none), masks of what is given clean, and noise levels."""
    x0, condition = scenes.batch(random, chosen.batch)
    keep, told = kept(random, chosen.batch, chosen)
    return x0, told * condition, keep, noise.draw(random, chosen.batch)


def loss_of(model, noise, batch):
    """The mean squared error of v over the cells that are to be learnt, of a batch."""
    x0, condition, keep, steps = batch
    a, s = noise.at(steps)
    e = torch.randn_like(x0)
    prior = expected(x0, keep)
    rest = x0 - prior
    v = predict(model, shown(a * rest + s * e, prior, keep), steps, condition)
    error = ((v - (a * e - s * rest)) ** 2 * (1 - keep)).sum((1, 2, 3)) / ((1 - keep).sum((1, 2, 3)) * CHANNELS + 1)
    return error.mean()


def main():
    parser = settings.parser(__doc__, "held-out", "vae", "out")
    parser.add_argument("--latents", nargs="+", type=pathlib.Path, required=True)
    parser.add_argument("--init", type=pathlib.Path,
                        help="unet/ of an exported model to start from, where there is no state")
    options = parser.parse_args()
    chosen = settings.read("diffusion", options)
    torch.set_num_threads(options.threads)
    scenes = Scenes(*options.latents, broad=chosen.broad)
    scaling = json.loads((options.latents[0] / "settings.json").read_text())["scaling_factor"]
    held_out, noise = HeldOut(Scenes(options.held_out), load(options.vae, autoencoder()), scaling), Noise()
    torch.manual_seed(0)
    model = unet()
    if options.init:
        load(options.init, model).requires_grad_(True).train()
        provenance.remember(options.out, options.init)
    model = model.to(device())
    average, workers = Average(model, chosen.horizon), Workers()
    parameters, optimiser = list(model.parameters()), Muon(model, workers)
    loop = Loop(options.out, chosen, quiet=workers.rank > 0, model=model, average=average, optimiser=optimiser)
    loop.log({"parameters": sum(p.numel() for p in parameters), "scenes": len(scenes),
              "bfloat16": bfloat16_is_faster()})
    random = np.random.default_rng((9000 + loop.step, workers.rank))
    torch.manual_seed(loop.step * workers.count + workers.rank)

    batches = ahead(lambda: drawn(noise, scenes, random, chosen))
    learner = compiled(model)

    def advance():
        loss = loss_of(learner, noise, next(batches))
        model.zero_grad()
        loss.backward()
        workers.share_gradients(parameters)
        nn.utils.clip_grad_norm_(parameters, chosen.gradient_norm)
        optimiser.step(chosen.rate * loop.rate())
        average.update(model)
        return {"v": loss}

    def examine():
        loop.log(held_out.errors(average.module))
        if loop.step % chosen.picture_every == 0 or loop.step == chosen.steps:
            loop.log(held_out.fills(average.module, loop.out / f"samples-{loop.step:06}.png"))

    if not loop.step:
        examine()
    loop.run(advance, examine)


if __name__ == "__main__":
    main()
