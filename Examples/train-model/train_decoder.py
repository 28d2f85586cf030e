"""The autoencoder's decoder alone, once more: levels as they were, whatever surrounds a sound.

    python3 train_decoder.py --mels run/mels --model MODEL --trip run/roundtrip --out run/decoder

What `train_roundtrip.py` makes sounds right on full crops of a second at middling levels; a click in silence at full scale
came out 8 dB too soft, as the decoder's group norms see the whole of what is decoded. Here crops are short and long, full and
nearly empty, soft and at full scale, and what is loud in a crop counts most. The encoder stays. run/decoder/state.pt has
`average`, a whole autoencoder.
"""
import numpy as np
import torch
from torch import nn

import frontend
import provenance
import settings
from clips import Clips, varied
from compute import autocast, device, load
from loop import Average, Loop, ahead
from models import autoencoder, vocoder
from train_roundtrip import DECIBELS, RoundTrip, loudness, stiller

LENGTHS = (64, 96, 128, 192, 256, 384)  # frames of a crop


def batch(clips, random, area):
    """[B, T, 80] log-mels of one length, `area` frames in all; a third of them one sound, or a part of it, in digital
    silence or a soft hiss."""
    frames = int(random.choice(LENGTHS))
    rows = []
    for _ in range(max(1, area // frames)):
        if random.random() < 0.65:
            rows.append(varied(lambda: clips.crop(random, frames), random))
            continue
        index = clips.draw(random)
        length = min(int(np.exp(random.uniform(np.log(6), np.log(frames)))), clips.rows[index]["frames"])
        sound = clips.mel(index, 0 if random.random() < 0.5 else random.integers(0, clips.rows[index]["frames"] - length + 1), length)
        row = np.full((frames, frontend.BINS), frontend.SILENCE, np.float32)
        start = random.integers(0, frames - length + 1)
        row[start : start + length] = sound
        row = np.maximum(row + (random.uniform(-0.5, 0.3) if random.random() < 0.6 else random.uniform(-3, 0)), frontend.SILENCE)
        if random.random() < 0.5:  # of Rayleigh's distribution, as a noise's magnitudes are
            hiss = random.uniform(-11, -7) - random.uniform(0, 1.5) * np.linspace(0, 1, frontend.BINS, dtype=np.float32)
            noise = hiss + 0.25 * random.standard_normal(row.shape, np.float32)
            row = np.maximum(0.5 * np.logaddexp(2 * row, 2 * noise), frontend.SILENCE)
        rows.append(row)
    return torch.from_numpy(np.stack(rows).astype(np.float32)).to(device())


def powers(mel):
    """[B]: the power of a log-mel over all its cells, in nepers."""
    return 0.5 * (2 * mel).exp().sum((1, 2)).clamp_min(1e-9).log()


def main():
    parser = settings.parser(__doc__, "mels", "model", "trip", "out")
    options = parser.parse_args()
    chosen = settings.read("decoder", options)
    torch.set_num_threads(options.threads)
    torch.manual_seed(0)
    clips, held_out = Clips(options.mels, "train"), Clips(options.mels, "validation")
    coder = load(options.model / "vae", autoencoder())
    load(options.trip, RoundTrip(coder, vocoder()))
    provenance.remember(options.out, options.model / "vae")
    trained = nn.ModuleList([coder.post_quant_conv, coder.decoder]).requires_grad_(True)
    average = Average(coder, chosen.horizon)
    optimiser = torch.optim.AdamW(trained.parameters(), chosen.rate, betas=(0.9, 0.98), weight_decay=1e-3)
    loop = Loop(options.out, chosen, model=coder, average=average, optimiser=optimiser)
    random = np.random.default_rng(6000 + loop.step)
    batches = ahead(lambda: batch(clips, random, chosen.area))
    chance = np.random.default_rng(11)
    test = [batch(held_out, chance, chosen.area) for _ in range(24)]

    def parts_of(known, made):
        loud = known > known.amax((1, 2), keepdim=True) - 20 / DECIBELS
        weight = torch.where(loud, 3.0, torch.where(known > frontend.SILENCE + 1, 1.0, 0.3))
        return {"bands": ((made - known).abs() * weight).sum() / weight.sum(), "motion": stiller(made, known, frontend.FLOOR),
                "mean": (loudness(made) - loudness(known)).abs().mean(),
                "power": (powers(made) - powers(known)).abs().mean()}

    def advance():
        optimiser.param_groups[0]["lr"] = chosen.rate * loop.rate()
        known = next(batches)
        with torch.no_grad(), autocast():
            latent = coder.encode(known[:, None]).latent_dist.sample()
        with autocast():
            made = coder.decode(latent).sample[:, 0].float()
        parts = parts_of(known, made)
        optimiser.zero_grad()
        (chosen.bands * parts["bands"] + chosen.motion * parts["motion"] + chosen.mean * parts["mean"]
         + chosen.power * parts["power"]).backward()
        nn.utils.clip_grad_norm_(trained.parameters(), chosen.gradient_norm)
        optimiser.step()
        average.update(coder)
        return parts

    @torch.no_grad()
    def examine():
        told = []
        for known in test:
            made = average.module.decode(average.module.encode(known[:, None]).latent_dist.mean).sample[:, 0].float()
            told.append({key: value.item() for key, value in parts_of(known, made).items()}
                        | {"power_db": DECIBELS * (powers(made) - powers(known)).mean().item()})
        loop.log({"held_out_" + key: round(float(np.mean([line[key] for line in told])), 4) for key in told[0]})

    if not loop.step:
        examine()
    loop.run(advance, examine)


if __name__ == "__main__":
    main()
