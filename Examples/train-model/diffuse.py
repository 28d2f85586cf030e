"""The process that the diffusion model learns and undoes, with cells that are given clean.

Where cells are given, the network sees them as they are, marked by an offset; what is noised and learnt elsewhere is
the difference from a straight line between them, so that a steady sound goes on by itself.
"""
import numpy as np
import torch
from torch.nn import functional as F

from compute import autocast, device
from models import scheduler

MARK = 2.0  # added to cells that are given clean: without it they can hardly be told from noise


def expected(x0, keep):
    """What the cells that are not kept are, roughly: a line in each bin from the last kept frames to the next ones,
    each a mean over up to three; 0 in a bin that keeps nothing; kept cells as they are. [B, C, T, F] of [B, C, T, F]
    and [B, 1, T, F]."""
    batch, channels, frames, bins = x0.shape
    padded = F.pad(torch.cat([x0 * keep, keep], 1), (0, 0, 2, 2))
    sums = sum(padded[:, :, shift : shift + frames] for shift in range(5))
    mean = sums[:, :-1] / sums[:, -1:].clamp_min(1)
    place = torch.arange(frames, device=x0.device)[:, None].expand(batch, 1, frames, bins)
    last = torch.where(keep > 0, place, -1).cummax(2).values
    after = torch.where(keep > 0, place, frames).flip(2).cummin(2).values.flip(2)
    has_last, has_after = last >= 0, after < frames
    share = (place - last) / (after - last).clamp_min(1)
    share = torch.where(has_last & has_after, share, has_after.float())

    def at(index):
        return mean.gather(2, index.clamp(0, frames - 1).expand(-1, channels, -1, -1))

    line = at(last) * (1 - share) + at(after) * share
    return torch.where(keep > 0, x0, line * (has_last | has_after))


def shown(latent, prior, keep):
    """What the network sees: where cells are kept the source, marked; elsewhere the noised difference from what is
    expected."""
    return prior + keep * MARK + (1 - keep) * latent


class Noise:
    """x_t = a x_0 + s e at a timestep, and the target v = a e - s x_0."""

    def __init__(self):
        self.alpha_bar = scheduler().alphas_cumprod.to(device())

    def at(self, steps):
        a = self.alpha_bar[steps].sqrt()[:, None, None, None]
        return a, (1 - a**2).sqrt()

    def draw(self, random, size):
        """Timesteps spread as a cosine schedule's: abar = cos(pi u / 2)^2 for u even over 0 to 1, one in each part."""
        u = (random.permutation(size) + random.random(size)) / size
        wanted = torch.from_numpy(np.cos(np.pi / 2 * u) ** 2).float().to(self.alpha_bar.device)
        return torch.searchsorted(-self.alpha_bar, -wanted).clamp_max(len(self.alpha_bar) - 1)


def predict(model, x, steps, condition):
    with autocast():
        return model(x, steps, encoder_hidden_states=None, class_labels=condition, return_dict=False)[0].float()


@torch.no_grad()
def fill(model, noise, x0, keep, condition, steps=20, seed=0):
    """DDIM on the difference from what is expected, the kept cells clean throughout."""
    keep = keep.expand(len(x0), -1, -1, -1)
    prior = expected(x0, keep)
    generator = torch.Generator().manual_seed(seed)
    x = torch.randn(x0.shape, generator=generator).to(x0.device)
    times = [round(1000 * (1 - i / steps)) - 1 for i in range(steps)]
    for now, then in zip(times, times[1:] + [-1]):
        level = torch.full((len(x),), now, device=x.device)
        a, s = noise.at(level)
        v = predict(model, shown(x, prior, keep), level, condition)
        clean, error = a * x - s * v, a * v + s * x
        b = noise.alpha_bar[then].sqrt() if then >= 0 else torch.ones((), device=x.device)
        x = b * clean + (1 - b**2).sqrt() * error
    return prior + (1 - keep) * x
