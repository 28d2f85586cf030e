"""The vocoder: Vocos (arXiv 2306.00814) from the 80 log-mel bins to 48 kHz.

    python3 train_vocoder.py --mels run/mels --sounds run/sounds --out run/vocoder

The head's magnitudes start where a regression puts them, phases as noise of the noise channels; then multi-resolution
spectral losses and, soon, three spectrogram discriminators (spectral losses alone make a buzz of every noise). In a
part of the training the upper 16 bins are masked (set to MASKED), so that the same network serves AudioLDM's 64-bin
log-mels and completes the band above 8 kHz by itself.
"""
import numpy as np
import torch
from torch import nn
from torch.nn import functional as F

import frontend
import provenance
import settings
from clips import Clips
from compute import autocast, device, load
from loop import Average, Loop
from models import vocoder
from models.vocoder import FFT, MASKED, NOISE
from plots import picture

FRAMES = 96  # of a training crop
HEARD = 2e-4  # magnitudes below count alike in the loss: the logarithm's slope there would outweigh all that is heard
KNOWN = 64  # bins that AudioLDM's own front end has
BANK = torch.from_numpy(frontend.BANK.T).to(device())
WINDOW = torch.from_numpy(frontend.WINDOW).to(device())


@torch.no_grad()
def warm_start(model, clips, random, batches=48):
    """Lets the first layer pass bins and noise on as they are and sets the head by regression: magnitudes to the
    log-spectrum of the clips, as far as it follows from the untrained backbone; phases to what the noise channels
    say."""
    embed, out, bins = model.backbone.embed, model.head.out, model.head.n_fft // 2 + 1
    straight = frontend.BINS + NOISE + model.period
    embed.weight[:straight] = 0
    for channel in range(straight):
        embed.weight[channel, channel, 3] = 1.0
    window = torch.hann_window(model.head.n_fft)
    squares, products = torch.zeros(385, 385, dtype=torch.float64), torch.zeros(385, bins, dtype=torch.float64)
    for _ in range(batches):
        real = batch(clips, random, 8)
        mel = masked(log_mel(real), random, 0.3).transpose(1, 2)
        seen = model.inputs(mel, int(random.integers(model.period)), draw_noise(mel))
        features = model.backbone(seen)[:, 4:-4].flatten(0, 1).double()
        features = torch.cat([features, torch.ones(len(features), 1, dtype=torch.float64)], 1)
        shift = frontend.HOP // 2  # a frame of the head lies half a hop behind one of the mel
        spectrum = torch.stft(F.pad(real, (0, shift))[:, shift:], model.head.n_fft, frontend.HOP, window=window,
                              center=True, return_complex=True)[:, :, : mel.shape[2]].abs()
        target = torch.log(spectrum + 2e-3).transpose(1, 2)[:, 4:-4].flatten(0, 1).double()
        squares += features.T @ features
        products += features.T @ target
    solved = torch.linalg.solve(squares + 3e-2 * squares.diagonal().mean() * torch.eye(385), products)
    out.weight[:bins], out.bias[:bins] = solved[:-1].T.float(), solved[-1].float()
    out.weight[bins:] *= 0.3
    out.weight[bins:, frontend.BINS : frontend.BINS + NOISE] = 0.7 * torch.randn(bins, NOISE)
    out.bias[bins:] = np.pi * torch.arange(bins)
    # Frames of unlike phases lose level where they overlap.
    known = log_mel(batch(clips, random, 16))
    again = log_mel(model(known.transpose(1, 2)))
    out.bias[:bins] += (known - again)[known > frontend.SILENCE + 1].mean()


@torch.no_grad()
def unevenness(make, random):
    """What single bins [961] have more than their neighbours, in nepers, in the noises that `make` makes of their
    log-mels [B, T, 80]; 0 at the ends of the mel bank."""
    count = 6 * frontend.RATE
    frequencies = np.fft.rfftfreq(count, 1 / frontend.RATE).clip(50)
    noises = [np.fft.irfft(np.fft.rfft(random.standard_normal(count)) * frequencies ** (-slope / 2))
              for slope in (0, 0.5, 1, 1.5, 2)]
    noises = [noise * level / noise.std() for noise in noises for level in (0.02, 0.1, 0.3)]
    made = make(log_mel(torch.from_numpy(np.stack(noises)).float().to(device())))
    window = torch.hann_window(FFT, device=made.device)
    power = torch.stft(made, FFT, frontend.HOP, window=window, return_complex=True)[:, :, 6:-6].abs().square().mean(2)
    around = F.avg_pool1d(F.pad(power[:, None], (10, 10), mode="replicate"), 21, 1)[:, 0]
    excess = 0.5 * (power / around).log().mean(0)
    excess[:20] = excess[int(frontend.HIGHEST / frontend.RATE * FFT) - 8 :] = 0
    return excess


@torch.no_grad()
def even_out(model, rounds=3):
    """Takes out of the head's magnitudes what single bins have more or less than their neighbours in every noise:
    such peaks and dips, up to 7 dB, stand in a filled hiss as lines."""
    random = np.random.default_rng(7)
    for _ in range(rounds):
        excess = unevenness(lambda mel: model(mel.transpose(1, 2)), random)
        model.head.out.bias[: len(excess)] -= 0.7 * excess


def draw_noise(mel):
    return 12**0.5 * (torch.rand(len(mel), NOISE, mel.shape[2], device=mel.device) - 0.5)


def log_mel(audio, floor=frontend.FLOOR):
    """[B, N] samples -> [B, N / 480, 80], as frontend.log_mel."""
    spectrum = torch.stft(audio.float(), frontend.FFT, frontend.HOP, window=WINDOW, center=True,
                          pad_mode="reflect", return_complex=True)[:, :, : audio.shape[1] // frontend.HOP]
    magnitude = (spectrum.real.square() + spectrum.imag.square() + 1e-12).sqrt().transpose(1, 2)
    return (magnitude * frontend.GAIN @ BANK).clamp_min(floor).log()


def masked(mel, random, share):
    """Hides the upper bins of a share of the batch."""
    mel = mel.clone()
    for row in range(len(mel)):
        if random.random() < share:
            mel[row, :, KNOWN:] = MASKED
            mel[row, :, KNOWN - 1] = (mel[row, :, KNOWN - 1] - random.uniform(0, 1)).clamp_min(frontend.SILENCE)
    return mel


def spectral_distance(real, made):
    """Log-magnitude L1 and spectral convergence at five resolutions (multi-resolution STFT distance)."""
    total = 0.0
    for size in (256, 512, 1024, 2048, 4096):
        window = torch.hann_window(size, device=real.device)
        a, b = (torch.stft(x, size, size // 4, window=window, return_complex=True) for x in (real, made))
        a, b = ((x.real.square() + x.imag.square() + 1e-9).sqrt() for x in (a, b))
        floor = 1e-3 * size ** 0.5
        total = total + (torch.log(a + floor) - torch.log(b + floor)).abs().mean()
        total = total + 0.3 * torch.linalg.vector_norm(a - b) / torch.linalg.vector_norm(a).clamp_min(1e-3)
    return total / 5


class SpectrogramDiscriminator(nn.Module):
    """Judges patches of a complex spectrogram, strided over frequency (UnivNet's, with few channels)."""

    def __init__(self, size, width=16):
        super().__init__()
        self.size = size
        norm = nn.utils.parametrizations.weight_norm
        shapes = [(3, width, (3, 8), (1, 4), (1, 2)), (width, 2 * width, (3, 5), (1, 2), (1, 2)),
                  (2 * width, 2 * width, (3, 5), (1, 2), (1, 2)), (2 * width, 2 * width, (3, 3), (1, 1), (1, 1))]
        self.layers = nn.ModuleList(norm(nn.Conv2d(a, b, k, s, p)) for a, b, k, s, p in shapes)
        self.judge = norm(nn.Conv2d(2 * width, 1, 3, 1, 1))
        self.register_buffer("window", torch.hann_window(size), persistent=False)

    def forward(self, audio):
        x = torch.stft(audio, self.size, self.size // 4, window=self.window, return_complex=True).transpose(1, 2)
        x = x * (2 / self.size)
        magnitude = (x.real.square() + x.imag.square() + 1e-10).sqrt()
        compressed = magnitude.pow(-0.7)  # loudness compressed, phase kept
        x = torch.stack([x.real * compressed, x.imag * compressed, magnitude.log() / 5 + 1], 1)
        x = x.contiguous(memory_format=torch.channels_last)
        features = []
        with autocast():
            for layer in self.layers:
                x = F.leaky_relu(layer(x), 0.1)
                features.append(x)
            x = self.judge(x)
        return x.float(), features


class Judges(nn.Module):
    def __init__(self, sizes=(2048, 1024, 512), width=16):
        super().__init__()
        self.each = nn.ModuleList(SpectrogramDiscriminator(size, width) for size in sizes)

    def forward(self, audio):
        return [judge(audio) for judge in self.each]


def batch(clips, random, size):
    """[size, FRAMES * 480] samples at levels as in real files: one long sound or some short ones, most with a little
    hiss."""
    count = FRAMES * frontend.HOP
    rows = np.zeros((size, count), np.float32)
    for row in rows:
        filled = 0
        while filled < 0.7 * count:
            index = clips.draw(random)
            if clips.rows[index]["cutoff_hz"] <= 9000 and random.random() > 0.15:
                continue
            samples = clips.rows[index]["samples"]
            sound = clips.samples(index, random.integers(0, max(1, samples - count + 1)), count)
            start = random.integers(0, count - len(sound) + 1)
            row[start : start + len(sound)] += sound * 10 ** (random.uniform(-9, 3) / 20)
            filled += max(len(sound), 0.15 * count)
        row *= 10 ** (random.uniform(-18, 0) / 20)
        if random.random() < 0.7:
            row += 10 ** (random.uniform(-80, -45) / 20) * random.standard_normal(count).astype(np.float32)
    return torch.from_numpy(rows).to(device())


class Losses:
    """What the vocoder and its discriminators are told, of a batch."""

    def __init__(self, model, judges, chosen):
        self.model, self.judges, self.chosen = model, judges, chosen

    def made(self, real, random):
        """The batch's sound again, made of its log-mel, whose upper bins are hidden in part."""
        mel = masked(log_mel(real), random, self.chosen.masked).transpose(1, 2)
        with autocast():
            return self.model(mel, int(random.integers(self.model.period)), draw_noise(mel)).float()

    def fooled(self, made, originals):
        """How little the discriminators believe what was made, and how far their features are from the originals'."""
        self.judges.requires_grad_(False)
        verdicts = self.judges(made)
        self.judges.requires_grad_(True)
        fooled = sum(F.relu(1 - v).mean() for v, _ in verdicts) / len(verdicts)
        matching = sum(F.l1_loss(a.float(), b.detach().float()) for (_, one), (_, other) in zip(verdicts, originals)
                       for a, b in zip(one, other)) / len(verdicts)
        return fooled, matching

    def judged(self, made, originals):
        """How badly the discriminators tell them apart."""
        return sum(F.relu(1 - a).mean() + F.relu(1 + b).mean()
                   for (a, _), (b, _) in zip(originals, self.judges(made.detach()))) / len(originals)


def main():
    parser = settings.parser(__doc__, "mels", "sounds", "out")
    parser.add_argument("--init", help="vocoder/ of an exported model to start from, where there is no state")
    options = parser.parse_args()
    chosen = settings.read("vocoder", options)
    torch.set_num_threads(options.threads)
    torch.manual_seed(0)
    clips = Clips(options.mels, "train", options.sounds)
    held_out = Clips(options.mels, "validation", options.sounds)
    model, judges = vocoder(), Judges().to(device())
    if options.init:
        load(options.init, model).requires_grad_(True).train()
        provenance.remember(options.out, options.init)
    elif not (options.out / "state.pt").exists():
        warm_start(model, clips, np.random.default_rng(3))
    model = model.to(device())
    average = Average(model, chosen.horizon)
    first_layer = list(model.backbone.embed.parameters())
    others = [p for name, p in model.named_parameters() if not name.startswith("backbone.embed.")]
    optimiser = torch.optim.AdamW([{"params": first_layer, "share": chosen.first_layer},
                                   {"params": others, "share": 1.0}], betas=(0.8, 0.99), weight_decay=1e-3)
    referee = torch.optim.AdamW(judges.parameters(), betas=(0.6, 0.95), weight_decay=1e-3)
    loop = Loop(options.out, chosen, model=model, judges=judges, average=average, optimiser=optimiser, referee=referee)
    random = np.random.default_rng(5000 + loop.step)
    test = batch(held_out, np.random.default_rng(11), 32)
    hidden = log_mel(test)
    hidden[:, :, KNOWN:] = MASKED
    losses = Losses(model, judges, chosen)

    def advance():
        for group in optimiser.param_groups:
            group["lr"] = chosen.rate * group["share"] * loop.rate()
        referee.param_groups[0]["lr"] = chosen.judge_rate * loop.rate()
        real = batch(clips, random, chosen.batch)
        made = losses.made(real, random)
        parts = {"mel": (log_mel(made, HEARD) - log_mel(real, HEARD)).abs().mean(),
                 "stft": spectral_distance(real, made)}
        loss = chosen.level * parts["mel"] + parts["stft"]
        judging = loop.progress > chosen.judged_from
        originals = judges(real) if judging else None
        if loop.progress > chosen.adversarial_from:
            parts["fooled"], parts["matching"] = losses.fooled(made, originals)
            loss = loss + chosen.fooled * parts["fooled"] + parts["matching"]
        optimiser.zero_grad()
        loss.backward()
        nn.utils.clip_grad_norm_(model.parameters(), chosen.gradient_norm)
        optimiser.step()
        average.update(model)
        if judging:
            parts["judged"] = losses.judged(made, originals)
            referee.zero_grad()
            parts["judged"].backward()
            referee.step()
        return parts

    @torch.no_grad()
    def examine():
        known = log_mel(test)
        loud = known > frontend.SILENCE + 1
        with autocast():
            made, lifted = (average.module(m.transpose(1, 2)).float() for m in (known, hidden))
        again, above = log_mel(made), log_mel(lifted)
        loop.log({"mel_l1": round((again - known).abs()[loud].mean().item(), 4),
                  "stft": round(spectral_distance(test, made).item(), 4),
                  "lifted_l1_above_8k": round((above - known)[..., KNOWN:].abs()[loud[..., KNOWN:]].mean().item(), 4),
                  "lifted_bias_above_8k": round((above - known)[..., KNOWN:][loud[..., KNOWN:]].mean().item(), 3)})
        picture(loop.out / "copied.png", [m.cpu() for k in range(3) for m in (known[k], again[k], above[k])],
                ["real", "copied", "upper bins masked"] * 3)

    finished = loop.step == chosen.steps
    loop.run(advance, examine)
    if not finished:
        even_out(average.module)
        loop.save()
        examine()


if __name__ == "__main__":
    main()
