"""What the diffusion model is trained on: latents of scenes, conditions, and which cells are given clean."""
import pathlib

import numpy as np
import torch

from compute import device
from encode import STEPS
from models.diffusion import BINS, CHANNELS, CROP
from models.towers import WIDTH


class Scenes:
    """Latents and embeddings of one split, on disk in 8 bits."""

    def __init__(self, *folders, broad=0.0):
        self.broad = broad  # the share of conditions that are broadened
        self.latents = [np.memmap(pathlib.Path(f) / "latent.i8", np.int8, "r").reshape(-1, 256, BINS, CHANNELS)
                        for f in folders]
        self.embeddings = [np.memmap(pathlib.Path(f) / "embedding.f16", np.float16, "r").reshape(-1, 7, WIDTH)
                           for f in folders]
        self.ends = np.cumsum([len(part) for part in self.latents])
        bank = np.concatenate([np.asarray(part[:: max(1, len(part) // 200)]).reshape(-1, WIDTH)
                               for part in self.embeddings])
        self.bank = bank[bank.any(1)].astype(np.float32)

    def broadened(self, random, condition):
        """The mean of sounds like it: of few that are very like, or of many."""
        like = float(np.exp(random.uniform(np.log(3), np.log(30)))) * self.bank @ condition
        share = np.exp(like - like.max())
        mean = share @ self.bank
        return mean / np.linalg.norm(mean)

    def batch(self, random, size):
        """Latents [size, 8, 128, 20] and a condition for each: a mean of some windows that lie in the crop."""
        latents, conditions = [], []
        for number in random.integers(0, self.ends[-1], size):
            part = int(np.searchsorted(self.ends, number, side="right"))
            index = number - (self.ends[part - 1] if part else 0)
            start = 32 * int(random.integers(0, 5))  # windows start at multiples of 32 latent frames
            latents.append(self.latents[part][index, start : start + CROP].astype(np.float32) / STEPS)
            windows = self.embeddings[part][index, start // 32 : start // 32 + 3].astype(np.float32)
            chosen = windows[random.random(len(windows)) < 0.6]
            mean = (chosen if len(chosen) and chosen.any() else windows).mean(0)
            mean /= max(np.linalg.norm(mean), 1e-6)
            conditions.append(self.broadened(random, mean) if random.random() < self.broad and mean.any() else mean)
        latents = torch.from_numpy(np.stack(latents)).permute(0, 3, 1, 2).to(device())
        return latents.contiguous(), torch.from_numpy(np.stack(conditions)).to(device())


def kept(random, size, settings):
    """Masks [size, 1, 128, 20], 1 where a cell is given clean: nothing, all but gaps, a band, a beginning, all but
    gaps in a band, with the shares `settings.known`. With them, [size, 1], 1 where the condition is given too."""
    masks = np.zeros((size, 1, CROP, BINS), np.float32)
    told = np.zeros((size, 1), np.float32)
    for row, mask in enumerate(masks[:, 0]):
        kind = random.choice(5, p=settings.known)
        told[row] = random.random() > (settings.untold_above_cutoff if kind == 2 else settings.untold)
        if kind in (1, 4):  # gaps
            mask[:] = 1
            for _ in range(random.choice([1, 1, 2])):
                length = int(np.exp(random.uniform(np.log(4), np.log(72))))
                start = random.integers(-length // 4, CROP - 3 * length // 4)
                low, high = (0, BINS) if kind == 1 else sorted(random.choice(BINS + 1, 2, replace=False))
                mask[max(start, 0) : start + length, low:high] = 0
        elif kind == 2:  # the band below a cut-off
            mask[:, : random.integers(3, 18)] = 1
        elif kind == 3:  # a beginning or an end
            length = random.integers(8, 96)
            mask[: length] = 1
            if random.random() < 0.3:
                mask[:] = mask[::-1].copy()
    return torch.from_numpy(masks).to(device()), torch.from_numpy(told).to(device())
