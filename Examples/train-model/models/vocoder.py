"""The vocoder: Vocos (arXiv 2306.00814) from the 80 log-mel bins to 48 kHz, then its mel bands brought to the levels
asked for."""
import torch

import frontend

from .mel_matching import matched
from .vocos import Vocos

FFT = 1920  # of the head
MASKED = -15.0  # a bin that is not known: below silence's -11.5, which would say "nothing there"
NOISE = 16  # channels
MATCHING_ROUNDS = 6


def vocoder():
    return Vocos(input_channels=frontend.BINS, dim=384, intermediate_dim=1152, num_layers=8, n_fft=FFT,
                 hop_length=frontend.HOP, sampling_rate=frontend.RATE, input_mean=-7.0, input_scale=2.5,
                 noise_channels=NOISE, steady_phase=True, matching_rounds=MATCHING_ROUNDS)


@torch.no_grad()
def vocode(model, mel):
    """[B, T, 80] log-mels -> [B, T * 480] samples as Retouch makes them: the network's, brought to the log-mel."""
    spans = torch.from_numpy(frontend.EDGES[2:] - frontend.EDGES[:-2]).float().to(mel.device)
    return matched(model(mel.transpose(1, 2)), mel, bank=torch.from_numpy(frontend.BANK).to(mel.device), spans=spans,
                   gain=frontend.GAIN, floor=frontend.FLOOR, hop=frontend.HOP, rounds=model.config["matching_rounds"])
