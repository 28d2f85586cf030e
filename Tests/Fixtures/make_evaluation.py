#!/usr/bin/env python3
"""PANNs' Cnn14 with random weights and few channels, what it hears, and figures by numpy and scipy.

    python3 Tests/Fixtures/make_evaluation.py     # writes Tests/Fixtures/evaluation/

Needs torch, numpy, scipy and safetensors. The network is written from its publication (arXiv 1912.10211) with the names
of its published files: cnn14-16k.pth lies as torch before 1.6 wrote it, as the published files do, cnn14-32k.pth as
torch does today.
"""
import json
import pathlib

import numpy as np
import scipy.linalg
import torch
from safetensors.torch import save_file
from torch import nn
from torch.nn import functional as F

OUT = pathlib.Path(__file__).resolve().parent / "evaluation"


def slaney(hertz):
    return np.where(hertz < 1000, hertz * 3 / 200, 15 + 27 * np.log(np.maximum(hertz, 1) / 1000) / np.log(6.4))


def mel_weights(rate, size, bands, low, high):
    """[bins, bands]: triangles of unit area at equal steps of Slaney's scale."""
    steps = np.linspace(slaney(np.array(low)), slaney(np.array(high)), bands + 2)
    edges = np.where(steps < 15, steps * 200 / 3, 1000 * np.exp((steps - 15) * np.log(6.4) / 27))
    bins = np.arange(size // 2 + 1)[:, None] * rate / size
    left, middle, right = edges[:-2], edges[1:-1], edges[2:]
    rise, fall = (bins - left) / (middle - left), (right - bins) / (right - middle)
    return torch.from_numpy((np.maximum(0, np.minimum(rise, fall)) * 2 / (right - left)).astype(np.float32))


class Block(nn.Module):
    def __init__(self, inputs, outputs):
        super().__init__()
        self.conv1 = nn.Conv2d(inputs, outputs, 3, padding=1, bias=False)
        self.conv2 = nn.Conv2d(outputs, outputs, 3, padding=1, bias=False)
        self.bn1, self.bn2 = nn.BatchNorm2d(outputs), nn.BatchNorm2d(outputs)

    def forward(self, x, pool):
        x = F.relu(self.bn1(self.conv1(x)))
        x = F.relu(self.bn2(self.conv2(x)))
        return F.avg_pool2d(x, pool)


class Cnn14(nn.Module):
    def __init__(self, rate, size, high, widths, hidden, classes):
        super().__init__()
        self.rate, self.size = rate, size
        self.logmel_extractor = nn.Module()
        self.logmel_extractor.melW = nn.Parameter(mel_weights(rate, size, 64, 50, high), requires_grad=False)
        self.bn0 = nn.BatchNorm2d(64)
        for number, (inputs, outputs) in enumerate(zip([1, *widths], widths), 1):
            setattr(self, f"conv_block{number}", Block(inputs, outputs))
        self.fc1 = nn.Linear(widths[-1], hidden)
        self.fc_audioset = nn.Linear(hidden, classes)

    def log_mel(self, samples):
        spectrum = torch.stft(samples, self.size, self.rate // 100, window=torch.hann_window(self.size), center=True,
                              pad_mode="reflect", return_complex=True)
        power = spectrum.real ** 2 + spectrum.imag ** 2
        return 10 * torch.log10((power.transpose(1, 2) @ self.logmel_extractor.melW).clamp_min(1e-10))

    def forward(self, samples):
        x = self.log_mel(samples)[:, None]
        x = self.bn0(x.transpose(1, 3)).transpose(1, 3)
        for number in range(1, 7):
            x = getattr(self, f"conv_block{number}")(x, 2 if number < 6 else 1)
        x = x.mean(3)
        x = x.max(2).values + x.mean(2)
        hidden = F.relu(self.fc1(x))
        return hidden, self.fc_audioset(hidden)


def randomised(module, generator):
    for name, tensor in module.state_dict().items():
        if name.endswith("num_batches_tracked") or name.endswith("melW"):
            continue
        noise = torch.randn(tensor.shape, generator=generator)
        if name.endswith("running_var"):
            tensor.copy_(noise.abs() + 0.5)
        elif name == "bn0.running_mean":
            tensor.copy_(noise * 3 - 30)
        elif tensor.dim() > 1:
            tensor.copy_(noise * (2 / tensor[0].numel()) ** 0.5)
        elif name.endswith(".weight"):
            tensor.copy_(1 + 0.2 * noise)
        else:
            tensor.copy_(0.2 * noise)
    module.bn0.running_var.mul_(200)
    return module.eval()


def fourier(size):
    """The windowed transform that the published files hold as the weights of convolutions."""
    turn = 2 * np.pi * np.outer(np.arange(size // 2 + 1), np.arange(size)) / size
    window = 0.5 - 0.5 * np.cos(2 * np.pi * np.arange(size) / size)
    return [torch.from_numpy((wave * window)[:, None].astype(np.float16)) for wave in (np.cos(turn), -np.sin(turn))]


def frechet(a, b):
    s, t = np.cov(a, rowvar=False), np.cov(b, rowvar=False)
    root = scipy.linalg.sqrtm(s @ t)
    return float(((a.mean(0) - b.mean(0)) ** 2).sum() + np.trace(s + t - 2 * np.real(root)))


def lsd(reference, output, rate):
    size, tiny = int(2048 / (44100 / rate)), 1e-12
    target, estimate = (torch.stft(torch.from_numpy(x).double(), size, rate // 100, window=torch.hann_window(size).double(),
                                   pad_mode="reflect", return_complex=True).abs().T for x in (reference, output))
    ratio = torch.log10(target ** 2 / (estimate + tiny) ** 2 + tiny) ** 2
    return float(ratio.mean(1).sqrt().mean())


def si_sdr(reference, output):
    s, x = reference - reference.mean(), output - output.mean()
    target = (s @ x) / (s @ s) * s
    return float(10 * np.log10((target @ target) / ((x - target) @ (x - target))))


def mel_figures(real, made):
    span = 45 / 8.686
    least = real.max() - span
    loud = np.maximum(real, made) > least
    change = [np.abs(np.diff(np.maximum(mel, least), axis=0)).mean() for mel in (real, made)]
    return [8.686 * np.abs(made - real)[loud].mean(), 8.686 * (made - real)[loud].mean(), change[1] / change[0]]


@torch.no_grad()
def main():
    OUT.mkdir(exist_ok=True)
    generator, random = torch.Generator().manual_seed(1), np.random.default_rng(1)
    tensors, numbers = {}, {}

    for rate, size, high, samples in ((16000, 512, 8000, 7000 + 77), (32000, 1024, 14000, 16000 + 5)):
        name = f"cnn14-{rate // 1000}k"
        network = randomised(Cnn14(rate, size, high, [4, 8, 8, 12, 16, 24], 20, 11), generator)
        sound = torch.randn(1, samples, generator=generator) * 0.1
        hidden, logits = network(sound)
        tensors |= {f"{name}.sound": sound[0], f"{name}.embedding": hidden, f"{name}.logits": logits}
        state = {key: value for key, value in network.state_dict().items()}
        if rate == 16000:
            state["spectrogram_extractor.stft.conv_real.weight"], state["spectrogram_extractor.stft.conv_imag.weight"] = \
                fourier(size)
        torch.save({"iteration": 600000, "model": state}, OUT / f"{name}.pth",
                   _use_new_zipfile_serialization=rate != 16000)

    # Fewer vectors than they have elements, as many, and more.
    sets = {"few": random.normal(size=(5, 12)), "some": random.normal(size=(13, 12)) * 1.5 + 0.3,
            "many": random.normal(size=(60, 12)) @ random.normal(size=(12, 12)) * 0.4}
    for name, vectors in sets.items():
        sets[name] = vectors.astype(np.float32)
        tensors[f"vectors.{name}"] = torch.from_numpy(sets[name])
    numbers["frechet"] = {f"{a} {b}": frechet(sets[a].astype(float), sets[b].astype(float))
                          for a, b in (("few", "some"), ("some", "many"), ("many", "few"), ("many", "many"))}

    logits = (random.normal(size=(9, 7)) * 2).astype(np.float32)
    tensors["logits"] = torch.from_numpy(logits)
    p = scipy.special.softmax(logits.astype(float), axis=1)
    numbers["inception_score"] = float(np.exp((p * (np.log(p) - np.log(p.mean(0)))).sum(1).mean()))
    numbers["divergence"] = float((p[0] * (np.log(p[0]) - np.log(p[1] + 1e-6))).sum())

    for rate in (44100, 48000):
        reference = (random.normal(size=rate // 8) * np.linspace(0.01, 0.3, rate // 8)).astype(np.float32)
        output = (0.7 * reference + 0.02 * random.normal(size=rate // 8) + 0.01).astype(np.float32)
        output[: rate // 40] = 0
        tensors |= {f"pair.{rate}.reference": torch.from_numpy(reference), f"pair.{rate}.output": torch.from_numpy(output)}
        numbers[f"lsd.{rate}"] = lsd(reference, output, rate)
        numbers[f"si_sdr.{rate}"] = si_sdr(reference.astype(float), output.astype(float))

    real = (random.normal(size=(30, 16)) * 2 - 6).astype(np.float32)
    made = (real + random.normal(size=real.shape) + 0.5).astype(np.float32)
    tensors |= {"mel.reference": torch.from_numpy(real), "mel.output": torch.from_numpy(made)}
    numbers["mel"] = [float(value) for value in mel_figures(real.astype(float), made.astype(float))]

    save_file({name: tensor.contiguous() for name, tensor in tensors.items()}, OUT / "tensors.safetensors")
    (OUT / "numbers.json").write_text(json.dumps(numbers, indent=2) + "\n")
    for path in OUT.iterdir():
        path.chmod(0o644)
    print(json.dumps(numbers, indent=2))


if __name__ == "__main__":
    main()
