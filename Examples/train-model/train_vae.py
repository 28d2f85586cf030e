"""The autoencoder: log-mel [T, 80] <-> latents [T / 4, 20, 8].

    python3 train_vae.py --mels run/mels --out run/vae

L1 in nepers plus a patch discriminator with feature matching: L1 alone blurs.
"""
import numpy as np
import torch
from torch import nn
from torch.nn import functional as F

import frontend
import settings
from clips import Clips, varied
from compute import autocast, device
from loop import Average, Loop
from models import autoencoder
from models.autoencoder import MIDDLE, SPREAD
from plots import picture

FRAMES = 128  # of a training crop


class Discriminator(nn.Module):
    """Judges patches of a log-mel; sees each bin's height too, as the same pattern means different things there."""

    def __init__(self, width=24):
        super().__init__()
        sizes = [(2, width), (width, 2 * width), (2 * width, 4 * width), (4 * width, 4 * width)]
        strides = [2, 2, 2, 1]
        self.layers = nn.ModuleList(nn.Conv2d(a, b, 4 if s == 2 else 3, s, 1) for (a, b), s in zip(sizes, strides))
        self.judge = nn.Conv2d(4 * width, 1, 3, 1, 1)

    def forward(self, mel):
        height = torch.linspace(-1, 1, mel.shape[-1], device=mel.device).expand_as(mel)
        x = torch.cat([(mel - MIDDLE) / SPREAD, height], 1).contiguous(memory_format=torch.channels_last)
        features = []
        for layer in self.layers:
            x = F.leaky_relu(layer(x), 0.2)
            features.append(x)
        return self.judge(x), features


def batch(clips, random, size, frames=FRAMES):
    """[size, 1, frames, 80] log-mels: one sound or two, at levels as in real files."""
    rows = [varied(lambda: clips.crop(random, frames), random) for _ in range(size)]
    return torch.from_numpy(np.stack(rows)[:, None]).to(device()).contiguous(memory_format=torch.channels_last)


def figures(real, made):
    """L1 (nepers) and texture (mean frame-to-frame change against the original's) over the non-silent bins."""
    loud = real > frontend.SILENCE + 1
    both = loud[:, :, 1:] & loud[:, :, :-1]
    change = lambda mel: (mel[:, :, 1:] - mel[:, :, :-1]).abs()[both].mean()
    return ((real - made).abs()[loud].mean().item(), (change(made) / change(real)).item())


class Losses:
    """What the autoencoder and its discriminator are told, of a batch."""

    def __init__(self, model, judge, chosen):
        self.model, self.judge, self.chosen = model, judge, chosen

    def rebuilt(self, real):
        """The batch through the autoencoder, and its losses that need no discriminator: level, motion and spread."""
        with autocast():
            posterior = self.model.encode(real).latent_dist
            made = self.model.decode(posterior.sample()).sample
        made = made.float()
        weight = torch.where(real > frontend.SILENCE + 1, 1.0, 0.3)
        error = ((real - made).abs() * weight).mean()
        motion = ((real.diff(dim=2) - made.diff(dim=2)).abs() * weight[:, :, 1:]).mean()
        spread = 0.5 * (posterior.mean.float() ** 2 + posterior.var.float() - 1 - posterior.logvar.float()).mean()
        return made, error, motion, spread

    def fooled(self, real, made):
        """How little the discriminator believes what was made, and how far its features are from the real ones'."""
        self.judge.requires_grad_(False)
        with autocast():
            verdict, features = self.judge(made)
            with torch.no_grad():
                _, targets = self.judge(real)
        self.judge.requires_grad_(True)
        matching = sum(F.l1_loss(a.float(), b.float()) for a, b in zip(features, targets)) / len(features)
        return -verdict.float().mean(), matching

    def judged(self, real, made):
        """How badly the discriminator tells them apart."""
        with autocast():
            believed, doubted = (self.judge(mel)[0].float() for mel in (real, made.detach()))
        return F.relu(1 - believed).mean() + F.relu(1 + doubted).mean()


def main():
    options = settings.parser(__doc__, "mels", "out").parse_args()
    chosen = settings.read("autoencoder", options)
    torch.set_num_threads(options.threads)
    torch.manual_seed(0)
    clips, held_out = Clips(options.mels, "train"), Clips(options.mels, "validation")
    model = autoencoder().to(device(), memory_format=torch.channels_last)
    judge = Discriminator().to(device(), memory_format=torch.channels_last)
    average = Average(model, chosen.horizon)
    optimiser = torch.optim.AdamW(model.parameters(), chosen.rate, betas=(0.9, 0.98), weight_decay=1e-3)
    referee = torch.optim.AdamW(judge.parameters(), chosen.judge_rate, betas=(0.5, 0.9), weight_decay=1e-3)
    loop = Loop(options.out, chosen, model=model, judge=judge, average=average, optimiser=optimiser, referee=referee)
    random = np.random.default_rng(loop.step)
    test = batch(held_out, np.random.default_rng(7), 48)
    losses = Losses(model, judge, chosen)

    def advance():
        optimiser.param_groups[0]["lr"] = chosen.rate * loop.rate()
        referee.param_groups[0]["lr"] = chosen.judge_rate * loop.rate()
        real = batch(clips, random, chosen.batch)
        made, error, motion, spread = losses.rebuilt(real)
        loss = error + chosen.motion * motion + chosen.spread * spread
        parts = {"l1": error, "motion": motion, "spread": spread}
        if loop.progress > chosen.adversarial_from:
            parts["fooled"], parts["matching"] = losses.fooled(real, made)
            loss = loss + chosen.fooled * parts["fooled"] + chosen.matching * parts["matching"]
        optimiser.zero_grad()
        loss.backward()
        nn.utils.clip_grad_norm_(model.parameters(), chosen.gradient_norm)
        optimiser.step()
        average.update(model)
        if loop.progress > chosen.judged_from:
            parts["judged"] = losses.judged(real, made)
            referee.zero_grad()
            parts["judged"].backward()
            referee.step()
        return parts

    def examine():
        average.module.eval()
        with torch.no_grad(), autocast():
            latent = average.module.encode(test).latent_dist
            made = average.module.decode(latent.mean).sample.float()
        error, texture = figures(test, made)
        loop.log({"held_out_l1": round(error, 4), "texture": round(texture, 3),
                  "latent_std": round(latent.mean.std().item(), 3),
                  "posterior_std": round(latent.std.mean().item(), 3)})
        picture(loop.out / "reconstructed.png", [m for pair in zip(test[:4, 0].cpu(), made[:4, 0].cpu()) for m in pair],
                [t for _ in range(4) for t in ("held out", "reconstructed")])

    loop.run(advance, examine)


if __name__ == "__main__":
    main()
