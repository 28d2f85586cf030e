"""What the diffusion model is trained on: latents of scenes, conditions, and which cells are given clean."""
import math
import pathlib

import numpy as np
import torch

from compute import device
from encode import STEPS
from models.diffusion import BINS, CHANNELS, CROP
from models.towers import WIDTH

HOP = 32  # latent frames from one window of a scene to the next; crops start at windows
HEARD = 3  # windows that lie in a crop


class Scenes:
    """Latents and embeddings of one split, in 8 and 16 bits where the model is trained."""

    def __init__(self, *folders, broad=0.0):
        self.broad = broad  # the share of conditions that are broadened
        self.latents = self.read(folders, "latent.i8", np.int8, (256, BINS, CHANNELS))
        self.embeddings = self.read(folders, "embedding.f16", np.float16, (7, WIDTH))
        bank = self.embeddings[:: max(1, len(self.embeddings) // 400)].reshape(-1, WIDTH).float()
        self.bank = bank[bank.any(1)]

    @staticmethod
    def read(folders, name, kind, shape):
        parts = [np.fromfile(pathlib.Path(folder) / name, kind).reshape(-1, *shape) for folder in folders]
        return torch.from_numpy(np.concatenate(parts)).to(device())

    def __len__(self):
        return len(self.latents)

    def broadened(self, random, conditions):
        """The mean of sounds like each: of few that are very like, or of many."""
        sharpness = torch.exp(uniform(random, math.log(3), math.log(30), len(conditions), 1))
        mean = (sharpness * (conditions @ self.bank.T)).softmax(1) @ self.bank
        return unit(mean)

    def batch(self, random, size):
        """Latents [size, 8, 128, 20] and a condition for each: a mean of some windows that lie in the crop."""
        numbers = torch.from_numpy(random.integers(0, len(self), size)).to(device())
        windows = torch.from_numpy(random.integers(0, 5, size)).to(device())
        frames = HOP * windows[:, None] + torch.arange(CROP, device=device())
        latents = self.latents[numbers[:, None], frames].float() / STEPS
        heard = self.embeddings[numbers[:, None], windows[:, None] + torch.arange(HEARD, device=device())].float()
        chosen = (uniform(random, 0, 1, size, HEARD, 1) < 0.6) * heard
        some = chosen.any(2).any(1)[:, None]
        conditions = unit(torch.where(some, chosen.sum(1), heard.sum(1)))
        broad = uniform(random, 0, 1, size, 1) < self.broad
        conditions = torch.where(broad & conditions.any(1, keepdim=True), self.broadened(random, conditions), conditions)
        return latents.permute(0, 3, 1, 2).contiguous(), conditions


def unit(vectors):
    return vectors / vectors.norm(dim=1, keepdim=True).clamp_min(1e-6)


def uniform(random, low, high, *shape):
    """Even numbers where the model is trained, drawn by numpy's generator."""
    return torch.from_numpy(random.uniform(low, high, shape).astype(np.float32)).to(device())


def between(places, low, high):
    """1 where low <= place < high, of places [1, N] and bounds [size, 1]."""
    return (places >= low) & (places < high)


def kept(random, size, settings):
    """Masks [size, 1, 128, 20], 1 where a cell is given clean: nothing, all but gaps, a band, a beginning, all but
    gaps in a band, with the shares `settings.known`. With them, [size, 1], 1 where the condition is given too."""
    def whole(low, high):
        return random.integers(low, high, (size, 1))

    kind = random.choice(5, size, p=settings.known)[:, None]
    frame, bin = np.arange(CROP)[None], np.arange(BINS)[None]
    gaps = np.zeros((size, CROP), bool)
    for present in (True, random.random((size, 1)) < 1 / 3):
        length = np.exp(random.uniform(np.log(4), np.log(72), (size, 1))).astype(int)
        start = np.floor(random.uniform(-length // 4, CROP - 3 * length // 4)).astype(int)
        gaps |= between(frame, np.maximum(start, 0), start + length) & present
    low, high = np.sort(random.random((size, BINS + 1)).argsort(1)[:, :2], 1).T[:, :, None]
    band = (kind == 1) | between(bin, low, high)
    beginning = frame < whole(8, 96)
    beginning = np.where(random.random((size, 1)) < 0.3, beginning[:, ::-1], beginning)
    full = np.ones((1, CROP, BINS), bool)
    masks = np.select([((kind == 1) | (kind == 4))[:, :, None], (kind == 2)[:, :, None], (kind == 3)[:, :, None]],
                      [~(gaps[:, :, None] & band[:, None]), full & (bin < whole(3, 18))[:, None],
                       full & beginning[:, :, None]], False)
    told = random.random((size, 1)) > np.where(kind == 2, settings.untold_above_cutoff, settings.untold)
    return (torch.from_numpy(masks[:, None].astype(np.float32)).to(device()),
            torch.from_numpy(told.astype(np.float32)).to(device()))
