"""The figures of the model card: each part on held-out clips, and edit-cli's jobs against simple methods.

    python3 evaluate.py parts --mels run/mels --sounds run/sounds --model Sources/Core/Resources/DefaultModel
    python3 evaluate.py diffusion --held-out run/latents-validation --model Sources/Core/Resources/DefaultModel
    python3 evaluate.py fill --mels run/mels --sounds run/sounds --program edit-cli [--clips 40] [--variant "name:options" ...]
    python3 evaluate.py upsample --mels run/mels --sounds run/sounds --program edit-cli [--clips 24]
    python3 evaluate.py generate --mels run/mels --program edit-cli --model Sources/Core/Resources/DefaultModel

The figures of `fill` and `upsample` are taken on log-mels (80 bins, 10 ms frames) inside what was made: `error` is the mean absolute level
difference in dB over the cells within 45 dB of the loudest of the original's; `level` its mean with sign (0: as loud as
the original); `texture` the mean frame-to-frame change against the original's (1: as lively, 0: a blur). A blurred
fill has a small error: never read one without the other. `8-16 kHz` are the same over those bands, full-band clips only.

`generate` makes a sound from each of the 100 prompts of prompts.tsv, none of them a caption, and asks the model's own
audio tower of which class it is: whose description's text embedding is nearest (zero-shot), and whose training sounds'
mean embedding is. Beside it stand the same shares for real held-out clips, one per prompt, of the prompt's class.
"""
import argparse
import collections
import csv
import json
import pathlib
import shlex
import subprocess
import tempfile

import numpy as np
import scipy.signal
import soundfile

import frontend
from clips import FULL_BAND, Clips
from plots import picture

RANGE = 45 / 8.686  # nepers below the loudest cell that count
HIGH = (frontend.EDGES[1:-1] >= 8000) & (frontend.EDGES[1:-1] <= 16000)
# The options of edit-cli inpaint whose fills the card compares.
FILLS = ("", "--strength 0.2", "--strength 0.3", "--strength 1", "--strength 1 --guidance 0", "--strength 1 --guidance 1.5",
         "--strength 1 --passes 2", "--strength 1 --sampler dpm++")


def figures(real, made, bins=slice(None)):
    real, made = real[:, bins], made[:, bins]
    loud = np.maximum(real, made) > real.max() - RANGE
    if not loud.any() or real.max() < frontend.SILENCE + 2:
        return None
    apart = (made - real)[loud] * 8.686
    change = [np.abs(np.diff(m, axis=0)).mean() for m in (np.maximum(real, real.max() - RANGE),
                                                          np.maximum(made, real.max() - RANGE))]
    return np.abs(apart).mean(), apart.mean(), change[1] / max(change[0], 1e-6)


class Table:
    def __init__(self):
        self.rows = collections.defaultdict(lambda: collections.defaultdict(list))

    def add(self, method, column, values):
        if values is not None:
            self.rows[method][column].append(values)

    def show(self):
        columns = list(dict.fromkeys(c for row in self.rows.values() for c in row))
        print("| method | " + " | ".join(f"{c}: error dB, level dB, texture" for c in columns) + " | clips |")
        print("|---|" + "---|" * (len(columns) + 1))
        for method, row in self.rows.items():
            cells = ["{:.2f}, {:+.2f}, {:.2f}".format(*np.mean(row[c], axis=0)) if row[c] else "" for c in columns]
            print(f"| {method} | " + " | ".join(cells) + f" | {len(row[columns[0]])} |")


def burg(signal, order):
    """Linear prediction coefficients by Burg's method: x[n] = -sum a[k] x[n - k]."""
    forward, backward, a = signal[1:].copy(), signal[:-1].copy(), np.ones(1)
    for _ in range(order):
        energy = forward @ forward + backward @ backward
        k = -2 * (backward @ forward) / energy if energy > 0 else 0.0
        a = np.append(a, 0) + k * np.append(a, 0)[::-1]
        forward, backward = (forward + k * backward)[1:], (backward + k * forward)[:-1]
    return a


def extrapolated(before, count, order=512):
    """What linear prediction goes on with."""
    before = before[-frontend.RATE :].astype(np.float64)
    if np.abs(before).max() < 1e-6:
        return np.zeros(count, np.float32)
    a = burg(before, order)
    state = scipy.signal.lfiltic([1.0], a, before[::-1][:order])
    return scipy.signal.lfilter([1.0], a, np.zeros(count), zi=state)[0].astype(np.float32)


def mel_inside(samples, start, stop):
    first = max(0, start - frontend.RATE)
    frames = frontend.log_mel(samples[first : stop + frontend.RATE])
    return frames[(start - first) // frontend.HOP + 1 : (stop - first) // frontend.HOP]


def clips_for(options, seconds):
    """Held-out clips that are long enough, at most a few of a class and of a group, with the caption's row."""
    clips = Clips(options.mels, "validation", options.sounds)
    random, chosen, taken = np.random.default_rng(options.seed), [], collections.Counter()
    order = random.permutation(len(clips.rows))
    for limit in (3, 6, 1000):
        for index in order:
            row = clips.rows[index]
            if row["samples"] >= seconds * frontend.RATE and index not in chosen and len(chosen) < options.clips \
                    and taken[row["class"]] < limit:
                chosen.append(index)
                taken[row["class"]] += 1
    return clips, chosen, random


def run(program, arguments):
    result = subprocess.run([program, *arguments], capture_output=True, text=True)
    if result.returncode:
        raise SystemExit(f"{program} {shlex.join(arguments)}: {result.stderr.strip()}")


def fill(options):
    clips, chosen, random = clips_for(options, 5)
    table = Table()
    variants = dict(v.split(":", 1) for v in options.variant) if options.variant \
        else {extra or "default": extra for extra in FILLS}
    with tempfile.TemporaryDirectory() as folder:
        for number, index in enumerate(chosen):
            row = clips.rows[index]
            first = random.integers(0, max(1, row["samples"] - 10 * frontend.RATE + 1))
            sound = clips.samples(index, first, 10 * frontend.RATE)
            sound = np.round(sound * 32767) / 32768
            length = int(random.uniform(1.0, 2.0) * frontend.RATE)
            margin = int(1.5 * frontend.RATE)
            start = int(random.integers(margin, max(margin + 1, len(sound) - length - margin)))
            stop = start + length
            real = mel_inside(sound, start, stop)
            gapped = sound.copy()
            gapped[start:stop] = 0
            path = pathlib.Path(folder) / "in.wav"
            soundfile.write(path, gapped, frontend.RATE, "PCM_16")
            made = {}
            for name, extra in variants.items():
                out = pathlib.Path(folder) / "out.wav"
                run(options.program, ["inpaint", str(path), "--output", str(out), "--force", "--quiet", "--region",
                                      f"{start / frontend.RATE:.6f}-{stop / frontend.RATE:.6f}", *shlex.split(extra)])
                made[name] = soundfile.read(out, dtype="float32")[0]
            again = gapped.copy()
            again[start:stop] = np.resize(sound[max(0, start - length) : start], length)
            made["repetition of what came before"] = again
            bridged = gapped.copy()
            ramp = np.linspace(0, 1, length, dtype=np.float32)
            ahead, back = extrapolated(sound[:start], length), extrapolated(sound[stop:][::-1], length)[::-1]
            bridged[start:stop] = np.clip(ahead * (1 - ramp) + back * ramp, -1, 1)
            made["autoregressive extrapolation"] = bridged
            made["silence"] = gapped
            around = np.median(np.concatenate([mel_inside(sound, start - frontend.RATE, start),
                                               mel_inside(sound, stop, stop + frontend.RATE)]), axis=0)
            for name, samples in made.items():
                mel = mel_inside(samples, start, stop)
                table.add(name, "all bands", figures(real, mel))
                if row["cutoff_hz"] > FULL_BAND:
                    table.add(name, "8-16 kHz", figures(real, mel, HIGH))
            steady = np.broadcast_to(around, real.shape)
            table.add("median of the surroundings (no sound)", "all bands", figures(real, steady))
            if row["cutoff_hz"] > FULL_BAND:
                table.add("median of the surroundings (no sound)", "8-16 kHz", figures(real, steady, HIGH))
            if options.pictures and number < 8:
                pathlib.Path(options.pictures).mkdir(parents=True, exist_ok=True)
                span = slice(max(0, start - frontend.RATE), stop + frontend.RATE)
                picture(pathlib.Path(options.pictures) / f"fill-{number}.png",
                        [frontend.log_mel(s[span]) for s in (sound, *list(made.values())[: len(variants)])],
                        [row["caption"], *variants])
    table.show()


def upsample(options):
    clips, chosen, random = clips_for(options, 3)
    chosen = [i for i in chosen if clips.rows[i]["cutoff_hz"] > FULL_BAND]
    for cutoff in (2000, 4000, 8000):
        table = Table()
        above = frontend.EDGES[1:-1] > cutoff * 1.05
        with tempfile.TemporaryDirectory() as folder:
            for number, index in enumerate(chosen):
                row = clips.rows[index]
                first = random.integers(0, max(1, row["samples"] - 5 * frontend.RATE + 1))
                sound = clips.samples(index, first, 5 * frontend.RATE)
                low = scipy.signal.resample_poly(sound, 2 * cutoff, frontend.RATE, window=("kaiser", 12.0))
                path, out = pathlib.Path(folder) / "low.wav", pathlib.Path(folder) / "out.wav"
                soundfile.write(path, np.clip(low, -1, 1), 2 * cutoff, "PCM_16")
                run(options.program, ["upsample", str(path), "--output", str(out), "--rate", str(frontend.RATE),
                                      "--force", "--quiet", *shlex.split(options.options)])
                made = soundfile.read(out, dtype="float32")[0]
                real = frontend.log_mel(sound)
                for name, mel in (("edit-cli upsample", frontend.log_mel(made)),
                                  ("spectral-band replication, matched level", band_replication(low, cutoff, real, above)),
                                  ("nothing added", frontend.log_mel(
                                      scipy.signal.resample_poly(low, frontend.RATE, 2 * cutoff)))):
                    frames = min(len(real), len(mel))
                    table.add(name, f"above {cutoff} Hz", figures(real[:frames], mel[:frames], above))
                if options.pictures and number < 4:
                    pathlib.Path(options.pictures).mkdir(parents=True, exist_ok=True)
                    picture(pathlib.Path(options.pictures) / f"upsample-{cutoff}-{number}.png",
                            [real, frontend.log_mel(made)], [row["caption"], f"from {2 * cutoff} Hz"])
        table.show()


def band_replication(low, cutoff, real, above):
    """Copies the octave below the cut-off upwards, again and again, then gives them the
    original's power above the cut-off: the classic method, given a level that it would have to guess."""
    signal = scipy.signal.resample_poly(low, frontend.RATE, 2 * cutoff).astype(np.float32)
    _, _, spectrum = scipy.signal.stft(signal, frontend.RATE, nperseg=2048)
    edge, out = int(cutoff / frontend.RATE * 2048 * 0.97), spectrum.copy()
    for start in range(edge, len(out), edge // 2):
        width = min(edge // 2, len(out) - start)
        out[start : start + width] = spectrum[edge - edge // 2 : edge - edge // 2 + width]
    made = scipy.signal.istft(out, frontend.RATE, nperseg=2048)[1][: len(signal)].astype(np.float32)
    mel = frontend.log_mel(made)
    frames = min(len(mel), len(real))
    high = mel[:frames].copy()
    powers = [np.exp(2 * m[:, above].astype(np.float64)).mean() for m in (real[:frames], high)]
    high[:, above] = np.maximum(high[:, above] + 0.5 * np.log(powers[0] / powers[1]), frontend.SILENCE)
    return high


PARAPHRASES = {  # none of them a caption
    "a puppy yaps": "animals", "kitty meowing": "animals", "somebody strolling on pebbles": "footsteps",
    "a downpour": "nature", "a lady talks": "speech", "hitting a snare": "music_drums", "an automobile motor": "machines",
    "cutting a plank with a saw": "tools_foley", "an orchestra plays": "music_song", "a bomb goes off": "impacts_weapons",
    "a bell chimes": "ui_alarm_bells", "a guitarist plucks a string": "music_instrument",
    "somebody shrieks": "human_nonspeech", "the noise of a crowded market": "ambience", "a wizard's spell": "scifi_fx"}


def griffin_lim(mel, rounds=64):
    """[B, T, 80] log-mels -> [B, T * 480] samples: the bank's pseudo-inverse, then so many rounds (Griffin and Lim, 1984)."""
    import torch
    inverse = torch.from_numpy(np.linalg.pinv(frontend.BANK.astype(np.float64)).astype(np.float32))
    magnitude = (mel.exp() / frontend.GAIN @ inverse.T).clamp_min(0).transpose(1, 2)
    window, length = torch.from_numpy(frontend.WINDOW), mel.shape[1] * frontend.HOP
    turn = 2 * np.pi * torch.rand(magnitude.shape, generator=torch.Generator().manual_seed(0))
    magnitude = torch.cat([magnitude, magnitude[:, :, -1:]], 2)
    turn = torch.cat([turn, turn[:, :, -1:]], 2)
    for _ in range(rounds):
        samples = torch.istft(torch.polar(magnitude, turn), frontend.FFT, frontend.HOP, window=window, length=length)
        turn = torch.stft(samples, frontend.FFT, frontend.HOP, window=window, return_complex=True).angle()
    return samples


def parts(options):
    import torch
    from torch.nn import functional as F
    from transformers import ClapTextModelWithProjection, RobertaTokenizerFast
    import train_vae
    import train_vocoder
    from clips import CLASSES
    from compute import load
    from models import audio_tower, autoencoder, embed_sound, vocode, vocoder
    from models.towers import WIDTH
    from text import DESCRIPTIONS
    from train_clap import window

    model = pathlib.Path(options.model)
    held_out = Clips(options.mels, "validation", options.sounds)
    with torch.no_grad():
        coder = load(model / "vae", autoencoder())
        test = train_vae.batch(held_out, np.random.default_rng(7), 48)
        error, texture = train_vae.figures(test, coder.decode(coder.encode(test).latent_dist.mean).sample)
        print(f"autoencoder: log-mel L1 {error:.3f} nepers, texture {texture:.3f}")

        tower = load(model / "audio_encoder", audio_tower())
        text = ClapTextModelWithProjection.from_pretrained(model / "text_encoder", local_files_only=True).float().eval()
        words = RobertaTokenizerFast(str(model / "tokenizer/vocab.json"), str(model / "tokenizer/merges.txt"))

        def said(sentences):
            return F.normalize(text(**words(sentences, return_tensors="pt", padding=True)).text_embeds, dim=-1)

        random = np.random.default_rng(3)
        views = torch.from_numpy(np.stack([window(held_out, random, i) for i in range(len(held_out.rows)) for _ in "12"]))
        heard = torch.cat([embed_sound(tower, part) for part in views.split(64)]).view(-1, 2, WIDTH).mean(1)
        heard = F.normalize(heard, dim=-1)
        captions = [row["caption"] for row in held_out.rows]
        texts = sorted(set(captions))
        found = (said(texts) @ heard.T).topk(10, dim=1).indices.tolist()
        recall = np.mean([any(captions[i] == caption for i in row) for caption, row in zip(texts, found)])
        described = said([DESCRIPTIONS[name] for name in CLASSES])
        guess = (heard @ described.T).argmax(1).tolist()
        right = {name: [CLASSES[g] == name for g, row in zip(guess, held_out.rows) if row["class"] == name]
                 for name in CLASSES}
        near = (said(list(PARAPHRASES)) @ described.T).argmax(1).tolist()
        hits = [CLASSES[n] == name for n, name in zip(near, PARAPHRASES.values())]
        print(f"CLAP: captions' R@10 {recall:.3f}, class accuracy {np.mean(sum(right.values(), [])):.3f} "
              f"({np.mean([np.mean(r) for r in right.values()]):.3f} with classes of equal weight), "
              f"paraphrases nearest to the right class {sum(hits)} of {len(hits)}")

        vocos = load(model / "vocoder", vocoder())
        real = train_vocoder.batch(held_out, np.random.default_rng(11), 48)
        known = train_vocoder.log_mel(real)
        hidden = known.clone()
        hidden[:, :, train_vocoder.KNOWN :] = train_vocoder.MASKED
        loud = known > frontend.SILENCE + 1
        for name, made in (("vocoder", vocode(vocos, known)), ("its network alone", vocos(known.transpose(1, 2))),
                           ("Griffin-Lim, 64 rounds", griffin_lim(known))):
            again = train_vocoder.log_mel(made)
            change = [m.diff(dim=1).abs()[loud[:, 1:]].mean() for m in (known, again)]
            print(f"{name}: log-mel L1 {(again - known).abs()[loud].mean():.3f} nepers, texture "
                  f"{change[1] / change[0]:.3f}, multi-resolution STFT distance "
                  f"{train_vocoder.spectral_distance(real, made):.3f}")
        uneven = 8.686 * train_vocoder.unevenness(lambda mel: vocode(vocos, mel), np.random.default_rng(99))
        print(f"vocoder, single bins against their neighbours in noise: {uneven.square().mean().sqrt():.2f} dB, "
              f"at most {uneven.abs().max():.1f} dB")
        low = scipy.signal.resample_poly(real.numpy(), 1, 3, axis=1, window=("kaiser", 12.0))
        copies = torch.from_numpy(np.stack(
            [band_replication(row, 8000, mel.numpy(), HIGH) for row, mel in zip(low, known)]))
        for name, mel in (("vocoder, all bins", train_vocoder.log_mel(vocode(vocos, known))),
                          ("vocoder, upper 16 bins masked", train_vocoder.log_mel(vocode(vocos, hidden))),
                          ("spectral-band replication, matched level", copies)):
            values = [figures(r.numpy(), m.numpy(), HIGH) for r, m in zip(known, mel)]
            print(f"8-16 kHz, {name}: " + "error {:.2f} dB, level {:+.2f} dB, texture {:.2f}".format(
                *np.mean([v for v in values if v], axis=0)))


def diffusion(options):
    """The errors of v that train_ldm.py takes of held-out scenes while it trains."""
    from compute import load
    from latents import Scenes
    from models import autoencoder, unet
    from train_ldm import HeldOut

    model = pathlib.Path(options.model)
    scaling = json.loads((model / "vae/config.json").read_text())["scaling_factor"]
    held_out = HeldOut(Scenes(options.held_out), load(model / "vae", autoencoder()), scaling)
    for name, error in held_out.errors(load(model / "unet", unet())).items():
        print(f"{name}: {error}")


def generate(options):
    import torch
    from torch.nn import functional as F
    from transformers import ClapTextModelWithProjection, RobertaTokenizerFast
    from clips import CLASSES
    from compute import load
    from models import audio_tower, embed_sound
    from text import DESCRIPTIONS
    from train_clap import window

    model = pathlib.Path(options.model)
    tower = load(model / "audio_encoder", audio_tower())
    text = ClapTextModelWithProjection.from_pretrained(model / "text_encoder", local_files_only=True).float().eval()
    words = RobertaTokenizerFast(str(model / "tokenizer/vocab.json"), str(model / "tokenizer/merges.txt"))
    clips, held_out = Clips(options.mels, "train"), Clips(options.mels, "validation")
    random = np.random.default_rng(options.seed)

    @torch.no_grad()
    def heard(mels):
        """The mean direction of the loud windows of 2.56 s."""
        vectors = [embed_sound(tower, torch.from_numpy(np.stack([mel[at : at + 256] for at in range(0, len(mel) - 255, 128)
                                                           if mel[at : at + 256].max() > -8] or [mel[:256]]))).mean(0)
                   for mel in mels]
        return F.normalize(torch.stack(vectors), dim=-1)

    with torch.no_grad():
        described = words([DESCRIPTIONS[name] for name in CLASSES], return_tensors="pt", padding=True)
        described = F.normalize(text(**described).text_embeds, dim=-1)
    typical = torch.stack([heard([window(clips, random, clips.draw(random, name)) for _ in range(60)]).mean(0)
                           for name in CLASSES])
    typical = F.normalize(typical, dim=-1)
    with open(pathlib.Path(__file__).parent / "prompts.tsv", newline="") as file:
        prompts = options.rounds * list(csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE))
    wanted = torch.tensor([CLASSES.index(row["class"]) for row in prompts])
    sets = {"real held-out clips": heard([window(held_out, random, held_out.draw(random, row["class"]))
                                          for row in prompts])}
    variants = dict(v.split(":", 1) for v in options.variant) if options.variant else {"edit-cli generate": ""}
    with tempfile.TemporaryDirectory() as folder:
        for name, extra in variants.items():
            mels, out = [], pathlib.Path(folder) / "out.wav"
            for number, row in enumerate(prompts):
                run(options.program, ["generate", row["prompt"], "--output", str(out), "--force", "--quiet", "--duration",
                                      "5.12", "--model", str(model), "--seed", str(number), *shlex.split(extra)])
                mels.append(frontend.log_mel(soundfile.read(out, dtype="float32")[0]))
            sets[name] = heard(mels)
            if options.pictures:
                pathlib.Path(options.pictures).mkdir(parents=True, exist_ok=True)
                chosen = range(0, len(mels) // options.rounds, 8)
                picture(pathlib.Path(options.pictures) / f"generated-{name.replace(' ', '-')}.png",
                        [mels[i] for i in chosen], [prompts[i]["prompt"] for i in chosen])
    print("| sounds | zero-shot class is the prompt's | nearest class mean is the prompt's |")
    print("|---|---|---|")
    for name, vectors in sets.items():
        shares = [((vectors @ known.T).argmax(1) == wanted).float().mean().item() for known in (described, typical)]
        print(f"| {name} | {shares[0]:.2f} | {shares[1]:.2f} |")
    for name, vectors in sets.items():
        right = (vectors @ typical.T).argmax(1) == wanted
        print(name + ":", ", ".join(f"{c} {right[wanted == i].float().mean().item():.2f}" for i, c in enumerate(CLASSES)))


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("job", choices=["parts", "diffusion", "fill", "upsample", "generate"])
    parser.add_argument("--mels", help="of all but diffusion")
    parser.add_argument("--sounds", help="of all but diffusion and generate")
    parser.add_argument("--held-out", help="of diffusion: the folder of held-out latents")
    parser.add_argument("--program", help="of fill, upsample and generate: edit-cli")
    parser.add_argument("--model", help="of parts, diffusion and generate: the model's folder")
    parser.add_argument("--clips", type=int, default=40)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--rounds", type=int, default=1, help="how often generate meets each prompt, each time with other noise")
    parser.add_argument("--variant", action="append",
                        help="name:options of edit-cli inpaint or generate, instead of the card's; several allowed")
    parser.add_argument("--options", default="", help="options of edit-cli upsample")
    parser.add_argument("--pictures", help="a folder for spectrograms of the first clips")
    options = parser.parse_args()
    {"parts": parts, "diffusion": diffusion, "fill": fill, "upsample": upsample, "generate": generate}[options.job](options)


if __name__ == "__main__":
    main()
