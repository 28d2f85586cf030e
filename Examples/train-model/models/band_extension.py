"""The band extension: the log-mel below a cut-off -> what it would most likely be above.

Convolutions over time with the bands as channels, 0.3 s to either side.
"""
import torch
from torch import nn
from torch.nn import functional as F

import frontend

from .autoencoder import MIDDLE, SPREAD

DILATIONS = (1, 2, 4, 8)


class BandExtension(nn.Module):
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
