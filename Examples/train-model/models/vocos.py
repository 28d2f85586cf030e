"""Vocos in PyTorch: a ConvNeXt backbone at the frame rate and an inverse-STFT head (arXiv 2306.00814).

The layers are named as in the published `vocos` package, so its weights load here and the other way round. Four
things can be switched on that the published kind lacks:

- `input_mean` and `input_scale` bring log-mels around 0.
- `noise_channels`: the backbone also sees noise that depends on the frame's place alone. A network of the frames makes
  the same of every frame of a steady sound, which is a buzz at the frame rate: it needs noise to make noise of.
- `steady_phase`: phases are counted from one moment for all frames instead of from each frame's own, so that a tone
  at the middle of a bin has the same phase in every frame, whatever its frequency. As a click has not, the backbone
  also sees the frame's place among the n_fft / hop_length frames after which both countings agree again.
- `matching_rounds`: how often the sound's own log-mel is then brought to the given one (mel_matching.py; not done
here).

The module needs nothing but torch and numpy: the fixtures of the tests and the training recipe share it.
"""
import numpy
import torch
from torch import nn
from torch.nn import functional


class ConvNeXtBlock(nn.Module):
    """Depthwise convolution over time, then a two-layer perceptron per frame, scaled and added."""

    def __init__(self, dim: int, intermediate_dim: int, scale: float):
        super().__init__()
        self.dwconv = nn.Conv1d(dim, dim, kernel_size=7, padding=3, groups=dim)
        self.norm = nn.LayerNorm(dim, eps=1e-6)
        self.pwconv1 = nn.Linear(dim, intermediate_dim)
        self.pwconv2 = nn.Linear(intermediate_dim, dim)
        self.gamma = nn.Parameter(torch.full((dim,), scale))

    def forward(self, frames: torch.Tensor) -> torch.Tensor:  # [B, dim, T]
        hidden = self.norm(self.dwconv(frames).transpose(1, 2))
        hidden = self.gamma * self.pwconv2(functional.gelu(self.pwconv1(hidden)))
        return frames + hidden.transpose(1, 2)


class Backbone(nn.Module):
    def __init__(self, input_channels: int, dim: int, intermediate_dim: int, num_layers: int):
        super().__init__()
        self.embed = nn.Conv1d(input_channels, dim, kernel_size=7, padding=3)
        self.norm = nn.LayerNorm(dim, eps=1e-6)
        self.convnext = nn.ModuleList(
            ConvNeXtBlock(dim, intermediate_dim, 1 / num_layers) for _ in range(num_layers))
        self.final_layer_norm = nn.LayerNorm(dim, eps=1e-6)

    def forward(self, mel: torch.Tensor) -> torch.Tensor:  # [B, bins, T] -> [B, T, dim]
        frames = self.norm(self.embed(mel).transpose(1, 2)).transpose(1, 2)
        for block in self.convnext:
            frames = block(frames)
        return self.final_layer_norm(frames.transpose(1, 2))


class InverseSpectrumHead(nn.Module):
    """Frames -> log-magnitude and phase -> samples, cut so that T frames give T * hop samples ("same" padding)."""

    def __init__(self, dim: int, n_fft: int, hop_length: int):
        super().__init__()
        self.n_fft, self.hop_length = n_fft, hop_length
        self.out = nn.Linear(dim, n_fft + 2)

    def forward(self, frames: torch.Tensor, first: int | None = None) -> torch.Tensor:  # [B, T, dim] -> [B, T * hop]
        log_magnitude, phase = self.out(frames).transpose(1, 2).chunk(2, dim=1)
        if first is not None:  # the place of the first frame, where phases are counted from one moment
            period = self.n_fft // self.hop_length
            place = (first + torch.arange(phase.shape[2], device=phase.device)) % period
            turns = torch.arange(phase.shape[1], device=phase.device)[:, None] * place % period
            phase = phase.float() + turns * (2 * torch.pi / period)
        # The bound keeps one outlier of the exponential from blowing up a whole training step.
        magnitude = log_magnitude.exp().clip(max=1e2)
        return inverse_spectrum(torch.polar(magnitude.float(), phase.float()), self.n_fft, self.hop_length)


def inverse_spectrum(spectrum: torch.Tensor, n_fft: int, hop_length: int) -> torch.Tensor:
    """Weighted overlap-add of a complex spectrum [B, n_fft / 2 + 1, T] with a periodic Hann window."""
    batch, _, count = spectrum.shape
    window = torch.hann_window(n_fft, device=spectrum.device)
    frames = torch.fft.irfft(spectrum, n_fft, dim=1) * window[None, :, None]
    length = (count - 1) * hop_length + n_fft
    trim = (n_fft - hop_length) // 2

    def overlap_add(columns: torch.Tensor) -> torch.Tensor:
        folded = functional.fold(columns, (1, length), kernel_size=(1, n_fft), stride=(1, hop_length))
        return folded[:, 0, 0, trim:length - trim]

    envelope = overlap_add(window.square()[None, :, None].expand(1, -1, count))
    return overlap_add(frames) / envelope


def frame_noise(channels: int, first: int, count: int) -> torch.Tensor:
    """Even noise of unit variance [1, channels, count] for the frames from `first` on: SplitMix64 of frame and
    channel."""
    frames = numpy.arange(first, first + count, dtype=numpy.uint64) * numpy.uint64(channels)
    with numpy.errstate(over="ignore"):
        z = frames + numpy.arange(channels, dtype=numpy.uint64)[:, None]
        z = (z + numpy.uint64(1)) * numpy.uint64(0x9E3779B97F4A7C15)
        z = (z ^ (z >> numpy.uint64(30))) * numpy.uint64(0xBF58476D1CE4E5B9)
        z = (z ^ (z >> numpy.uint64(27))) * numpy.uint64(0x94D049BB133111EB)
        z = z ^ (z >> numpy.uint64(31))
    even = (z >> numpy.uint64(40)).astype(numpy.float32) / 2**24
    return torch.from_numpy((even - 0.5) * numpy.float32(12**0.5))[None]


class Vocos(nn.Module):
    """Natural-log mel frames [B, bins, T] to samples [B, T * hop_length]."""

    def __init__(self, input_channels: int, dim: int, intermediate_dim: int, num_layers: int, n_fft: int,
                 hop_length: int, sampling_rate: int, input_mean: float = 0.0, input_scale: float = 1.0,
                 noise_channels: int = 0, steady_phase: bool = False, matching_rounds: int = 0):
        super().__init__()
        self.config = {
            "architectures": ["Vocos"], "input_channels": input_channels, "dim": dim,
            "intermediate_dim": intermediate_dim, "num_layers": num_layers, "n_fft": n_fft,
            "hop_length": hop_length, "sampling_rate": sampling_rate, "input_mean": input_mean, "input_scale": input_scale,
            "noise_channels": noise_channels, "steady_phase": steady_phase, "matching_rounds": matching_rounds}
        self.input_mean, self.input_scale, self.noise_channels = input_mean, input_scale, noise_channels
        self.period = n_fft // hop_length if steady_phase else 0
        self.backbone = Backbone(input_channels + noise_channels + self.period, dim, intermediate_dim, num_layers)
        self.head = InverseSpectrumHead(dim, n_fft, hop_length)

    def inputs(self, mel: torch.Tensor, first: int = 0, noise: torch.Tensor | None = None) -> torch.Tensor:
        """What the backbone sees: [B, input_channels + noise_channels + period, T]."""
        parts = [(mel - self.input_mean) / self.input_scale]
        batch, _, count = mel.shape
        if self.noise_channels:
            noise = frame_noise(self.noise_channels, first, count).to(mel) if noise is None else noise
            parts.append(noise.expand(batch, -1, -1))
        if self.period:
            place = (first + torch.arange(count, device=mel.device)) % self.period
            parts.append(functional.one_hot(place, self.period).T.to(mel).expand(batch, -1, -1))
        return torch.cat(parts, 1)

    def forward(self, mel: torch.Tensor, first: int = 0, noise: torch.Tensor | None = None) -> torch.Tensor:
        """`first` is the place of the first frame; `noise` [B, noise_channels, T] takes the place of the frames'
        own."""
        return self.head(self.backbone(self.inputs(mel, first, noise)), first if self.period else None)
