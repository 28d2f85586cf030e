"""Decoder and vocoder together, end to end: modules that were trained apart do not fit (AudioLDM, section 7).

    python3 train_roundtrip.py --mels run/mels --sounds run/sounds --model ../../Sources/Core/Resources/DefaultModel --out run/roundtrip
    python3 train_roundtrip.py --mels run/mels --sounds run/sounds --model MODEL --out run/roundtrip --examine

The encoder stays, so that latents and the diffusion model stay what they are. A part of the crops goes through the
autoencoder, and both networks learn from the sound that comes out: log-mel, multi-resolution spectra, discriminators;
the rest the vocoder gets as they are, so that it stays a vocoder of log-mels. --examine tells the figures of a model's round trip
and trains nothing. MODEL may be a run, with the states of `vae` and `vocoder`. run/roundtrip/state.pt has `average`, with `decoder` and `vocoder` in it.
"""
import numpy as np
import torch
from torch import nn

import frontend
import provenance
import settings
from clips import Clips
from compute import autocast, device, load
from loop import Average, Loop, ahead
from models import autoencoder, vocode, vocoder
from train_vocoder import HEARD, Judges, Losses, batch, draw_noise, even_out, log_mel, masked, spectral_distance

DECIBELS = 8.686


class RoundTrip(nn.Module):
    """What is trained: the autoencoder's decoder, with the convolution before it, and the vocoder."""

    def __init__(self, coder, vocos):
        super().__init__()
        self.decoder = nn.ModuleList([coder.post_quant_conv, coder.decoder])
        self.vocoder = vocos

    def decoded(self, latent):
        """[B, 8, T / 4, 20] latents -> [B, T, 80] log-mels."""
        for layer in self.decoder:
            latent = layer(latent)
        return latent[:, 0].float()


def loudness(mel):
    """[B, bands]: the mean power of each band of a log-mel, in nepers."""
    return 0.5 * (2 * mel).exp().mean(1).clamp_min(1e-9).log()


def stiller(mel, known, floor):
    """How much less, or more, the bands of a log-mel change from frame to frame than those of the known one: a mean of
    |logarithms|, over frames above the floor."""
    loud = (known > np.log(floor) + 1).float()
    both = loud[:, 1:] * loud[:, :-1]
    one, other = (((m.diff(dim=1).abs() * both).sum(1) / both.sum(1).clamp_min(1) + 0.02).log() for m in (mel, known))
    return (one - other).abs().mean()


@torch.no_grad()
def figures(trip, coder, real):
    """By name: of the vocoder alone and of the whole way: level (mean difference over loud cells) and error of the
    log-mel, both in dB, texture, the spectral distance, and the power of the sound against the original's in dB."""
    known = log_mel(real)
    loud = known > known.amax((1, 2), keepdim=True) - 45 / DECIBELS
    told = {}
    for name, mel in (("vocoder", known), ("decoder", trip.decoded(coder.encode(known[:, None]).latent_dist.mean)),
                      ("whole", None)):
        made = None
        if name == "decoder":
            passed = again = mel
        else:
            made = vocode(trip.vocoder, known if mel is not None else passed)
            again = log_mel(made)
        both = loud[:, 1:] & loud[:, :-1]
        change = [m.diff(dim=1).abs()[both].mean() for m in (again, known)]
        told |= {f"{name}_level_db": DECIBELS * (again - known)[loud].mean().item(),
                 f"{name}_error_db": DECIBELS * (again - known).abs()[loud].mean().item(),
                 f"{name}_texture": (change[0] / change[1]).item()}
        if made is not None:
            powers = [x.square().mean(1).clamp_min(1e-9) for x in (made, real)]
            told |= {f"{name}_stft": spectral_distance(real, made).item(),
                     f"{name}_power_db": (10 * (powers[0] / powers[1]).log10()).mean().item()}
    return {key: round(value, 3) for key, value in told.items()}


def by_class(trip, coder, clips, random, each=12):
    """Class: of the vocoder alone and of the whole way, the power against the originals' in dB."""
    told = {}
    for name, (members, _) in clips.members.items():
        rows = [clips.samples(i)[: 96 * frontend.HOP] for i in random.permutation(members)[:each]]
        rows = [np.pad(row, (0, 96 * frontend.HOP - len(row))) for row in rows]
        if rows:
            found = figures(trip, coder, torch.from_numpy(np.stack(rows)).to(device()))
            told[name] = found["vocoder_power_db"], found["whole_power_db"]
    return told


def main():
    parser = settings.parser(__doc__, "mels", "sounds", "model", "out")
    parser.add_argument("--examine", action="store_true", help="tell the figures of the model and train nothing")
    options = parser.parse_args()
    chosen = settings.read("roundtrip", options)
    torch.set_num_threads(options.threads)
    torch.manual_seed(0)
    clips = Clips(options.mels, "train", options.sounds)
    held_out = Clips(options.mels, "validation", options.sounds)
    coder, vocos = load(options.model / "vae", autoencoder()), load(options.model / "vocoder", vocoder())
    trip = RoundTrip(coder, vocos)
    trip.requires_grad_(True)
    test = batch(held_out, np.random.default_rng(11), 48)
    if options.examine:
        print(figures(trip.eval(), coder, test))
        print(by_class(trip, coder, held_out, np.random.default_rng(12)))
        return
    for part in ("vae", "vocoder"):
        provenance.remember(options.out, options.model / part)

    trip, judges = trip.to(device()).train(), Judges(chosen.judges, chosen.judge_width).to(device())
    average = Average(trip, chosen.horizon)
    optimiser = torch.optim.AdamW([{"params": trip.decoder.parameters(), "most": chosen.decoder_rate},
                                   {"params": trip.vocoder.parameters(), "most": chosen.rate}],
                                  betas=(0.8, 0.99), weight_decay=1e-3)
    referee = torch.optim.AdamW(judges.parameters(), betas=(0.6, 0.95), weight_decay=1e-3)
    loop = Loop(options.out, chosen, model=trip, judges=judges, average=average, optimiser=optimiser, referee=referee)
    random = np.random.default_rng(7000 + loop.step)
    losses = Losses(trip.vocoder, judges, chosen)
    batches = ahead(lambda: batch(clips, random, chosen.batch))
    chance = np.random.default_rng(7500 + loop.step)

    def advance():
        for group in optimiser.param_groups:
            group["lr"] = group["most"] * loop.rate()
        referee.param_groups[0]["lr"] = chosen.judge_rate * loop.rate()
        real = next(batches)
        known = log_mel(real)
        through = int(round(chosen.whole * len(real)))
        with torch.no_grad(), autocast():
            latent = coder.encode(known[:through, None]).latent_dist.sample()
        with autocast():
            bands = trip.decoded(latent)
            mel = torch.cat([bands, masked(known[through:], chance, chosen.masked)]).transpose(1, 2)
            made = trip.vocoder(mel, int(chance.integers(trip.vocoder.period)), draw_noise(mel)).float()
        weight = torch.where(known[:through] > frontend.SILENCE + 1, 1.0, 0.3)
        heard, wanted = log_mel(made, HEARD), log_mel(real, HEARD)
        parts = {"mel": (heard - wanted).abs().mean(), "stft": spectral_distance(real, made),
                 "bands": ((bands - known[:through]).abs() * weight).mean(),
                 # What moves less than it should is blurred, whatever it moves like.
                 "motion": stiller(bands, known[:through], frontend.FLOOR) + stiller(heard, wanted, HEARD),
                 # Powers, not logarithms: what is blurred loses its peaks, and with them its level.
                 "mean": (loudness(bands) - loudness(known[:through])).abs().mean()}
        loss = (chosen.level * parts["mel"] + parts["stft"] + chosen.bands * parts["bands"] + chosen.motion * parts["motion"]
                + chosen.mean * parts["mean"])
        judging = loop.progress > chosen.judged_from
        originals = judges(real) if judging else None
        if loop.progress > chosen.adversarial_from:
            parts["fooled"], parts["matching"] = losses.fooled(made, originals)
            loss = loss + chosen.fooled * parts["fooled"] + parts["matching"]
        optimiser.zero_grad()
        loss.backward()
        nn.utils.clip_grad_norm_(trip.parameters(), chosen.gradient_norm)
        optimiser.step()
        average.update(trip)
        if judging:
            parts["judged"] = losses.judged(made, originals)
            referee.zero_grad()
            parts["judged"].backward()
            referee.step()
        return parts

    def examine():
        loop.log(figures(average.module, coder, test))

    finished = loop.step == chosen.steps
    loop.run(advance, examine)
    if not finished:
        even_out(average.module.vocoder)
        loop.save()


if __name__ == "__main__":
    main()
