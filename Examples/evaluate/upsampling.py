"""How good upsampled sounds are: clips without what lies above 2, 4 and 8 kHz, upsampled with edit-cli, against the clips.

    python3 upsampling.py --clips held-out --program ../../.build/release/edit-cli --work /tmp/upsampling [--options "--steps 10"]

Needs numpy, scipy and soundfile. The folder of --clips has clips/*.wav, as held_out.py makes it; of speech no more than every third
clip is taken. Prints for each rate, mean and standard error: the level error above the cut-off and from 8 to 16 kHz, the texture, the
median level above the cut-off, what is kept of the low band, and the processor's seconds for a minute of sound. measures.py has what
the words mean. --simple prints the same for spectral replication. --speech SOUNDS (the recipe's folder of
sounds; needs speechmos, onnxruntime and librosa) has DNSMOS hear held-out voices instead: whole, without what lies above 4 kHz, and upsampled
from that.
"""
import argparse
import os
import pathlib
import shlex
import shutil
import subprocess

import numpy as np
import scipy.signal as signal
import soundfile

import gaps
import measures
import methods

RATE = 48000


def chosen(folder, count, seconds):
    captions = dict(line.split("\t", 1) for line in (folder / "captions.tsv").read_text().splitlines() if line)
    spoken = 0
    for path in sorted((folder / "clips").glob("*.wav")):
        if " speaking " in captions[path.stem]:
            spoken += 1
            if spoken % 3:
                continue
        sound, rate = soundfile.read(path)
        sound = sound.mean(1) if sound.ndim > 1 else sound
        sound = signal.resample_poly(sound, RATE, rate)[: int(seconds * RATE)] if rate != RATE else sound[: int(seconds * RATE)]
        if count and count > 0 and np.sqrt(np.mean(sound**2)) > 1e-4:
            count -= 1
            yield path.stem, sound


def share(sound, low, high=RATE / 2):
    """Of the power of a sound in dB."""
    spectrum = np.abs(np.fft.rfft(sound)) ** 2
    frequencies = np.fft.rfftfreq(len(sound), 1 / RATE)
    return 10 * np.log10(spectrum[(frequencies >= low) & (frequencies < high)].sum() + 1e-20), 10 * np.log10(spectrum.sum() + 1e-20)


MEL_EDGES = 700 * (10 ** (np.linspace(0, 2595 * np.log10(1 + 8000 / 700), 26) / 2595) - 1)


def level_error(true, made, cutoff):
    """Of the mel bands above the cut-off, and how lively they are."""
    levels = [measures.band_levels(measures.at_16k(sound, RATE)) for sound in (true, made)]
    floor = np.percentile(levels[0].max(axis=1), 95) - 50
    bands = MEL_EDGES[:-2] >= 0.98 * cutoff
    if not bands.any():
        return np.nan, np.nan
    true, made = (np.maximum(each, floor)[:, bands] for each in levels)
    lively = [np.abs(np.diff(each, axis=0)).mean() for each in (true, made)]
    return np.abs(true - made).mean(), lively[1] / max(lively[0], 0.05)


def upper_error(true, made):
    """From 8 to 16 kHz, in five logarithmic bands."""
    power, total = share(true, 8000, 16000)
    if power < total - 45:
        return np.nan
    edges = np.geomspace(8000, 16000, 6)
    frequencies = np.fft.rfftfreq(1536, 1 / RATE)
    bank = np.stack([(frequencies >= low) & (frequencies < high) for low, high in zip(edges, edges[1:])]).astype(float)

    def levels(sound):
        frames = np.lib.stride_tricks.sliding_window_view(np.pad(sound, 768), 1536)[::480]
        return 10 * np.log10(np.abs(np.fft.rfft(frames * np.hanning(1536), axis=1)) ** 2 @ bank.T + 1e-20)

    true, made = levels(true), levels(made)
    floor = np.percentile(true.max(axis=1), 95) - 50
    return np.abs(np.maximum(true, floor) - np.maximum(made, floor)).mean()


def low_band(low, made, cutoff):
    """dB of signal to error below 0.9 times the cut-off."""
    # By Fourier's transform: the filter of a resampler would be the larger error.
    rate = 2 * cutoff
    # A second of what is mirrored at either end, where it would meet its other end.
    padded = np.pad(low, rate, mode="reflect")
    plain = signal.resample(padded, len(padded) * RATE // rate)[RATE:]
    count = min(len(low) * RATE // rate, len(made))
    taps = signal.firwin(4095, 0.87 * cutoff, window=("kaiser", 14.0), fs=RATE)
    plain, made = (signal.fftconvolve(sound[:count], taps, "same")[6000:-6000] for sound in (plain, made))
    return 10 * np.log10((plain**2).sum() / (((plain - made) ** 2).sum() + 1e-20))


def figures(clips, lows, made, cutoff):
    rows = []
    for name, sound in clips:
        if name not in made:
            continue
        count = min(len(sound), len(made[name]))
        true, other = sound[:count], made[name][:count]
        error, lively = level_error(true, other, cutoff)
        above, whole = share(true, 1.05 * cutoff)
        level = share(other, 1.05 * cutoff)[0] - above if above > whole - 30 else np.nan
        rows.append((error, upper_error(true, other), lively, level, low_band(lows[name], other, cutoff)))
    return np.array(rows)


def hear_speech(options):
    """DNSMOS of voices at 16 kHz, in pairs with what was left out of them."""
    from speechmos import dnsmos

    found = {name: [] for name in ("whole", "from 8 kHz, as it is", "from 8 kHz, edit-cli")}
    low, made = options.work / "voice.wav", options.work / "voice-made.wav"
    options.work.mkdir(parents=True, exist_ok=True)
    for _, rate, sound in gaps.held_out(options.speech, options.count if options.count < 1000 else 40, True):
        narrow = signal.resample_poly(sound, 8000, rate, window=("kaiser", 12.0))
        soundfile.write(low, narrow, 8000, "FLOAT")
        subprocess.run([options.program, "upsample", str(low), "-o", str(made), "--rate", "16000", "--force", "--quiet",
                        *shlex.split(options.options)], check=True)
        ways = (signal.resample_poly(sound, 16000, rate), signal.resample_poly(narrow, 16000, 8000), soundfile.read(made)[0])
        for values, heard in zip(found.values(), ways):
            told = dnsmos.run(heard / max(1, np.abs(heard).max()), sr=16000)
            values.append([told[key] for key in ("ovrl_mos", "sig_mos", "bak_mos")])
    print(f"{len(found['whole'])} voices\n| | overall | signal | background | overall, over what is narrow |\n|---|---|---|---|---|")
    for name, values in found.items():
        values, apart = np.array(values), np.array(values)[:, 0] - np.array(found["from 8 kHz, as it is"])[:, 0]
        cells = [f"{v.mean():.2f} ± {v.std() / len(v) ** 0.5:.2f}" for v in (*values.T, apart)]
        print(f"| {name} | {' | '.join(cells)} |")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--clips", type=pathlib.Path)
    parser.add_argument("--speech", type=pathlib.Path)
    parser.add_argument("--work", type=pathlib.Path, required=True)
    parser.add_argument("--program", default="edit-cli")
    parser.add_argument("--options", default="", help="of edit-cli upsample")
    parser.add_argument("--rates", default="4000,8000,16000")
    parser.add_argument("--count", type=int, default=1000)
    parser.add_argument("--seconds", type=float, default=5)
    parser.add_argument("--simple", action="store_true")
    options = parser.parse_args()
    if options.speech:
        return hear_speech(options)
    if not options.clips:
        parser.error("--clips or --speech")
    clips = list(chosen(options.clips, options.count, options.seconds))
    print(f"{len(clips)} clips, {options.options}\n| from | level error, dB | 8 to 16 kHz, dB | texture | median level, dB "
          "| low band, dB | s per minute |\n|---|---|---|---|---|---|---|")
    for rate in map(int, options.rates.split(",")):
        source, output = options.work / f"{rate}", options.work / f"{rate}-made"
        source.mkdir(parents=True, exist_ok=True)
        shutil.rmtree(output, ignore_errors=True)
        lows = {}
        for name, sound in clips:
            lows[name] = signal.resample_poly(sound, rate, RATE, window=("kaiser", 12.0))
            soundfile.write(source / f"{name}.wav", lows[name], rate, "FLOAT")
        seconds = 0
        if options.simple:
            made = {name: methods.extensions(lows[name], rate // 2, RATE, sound)["band replication, original's power"]
                    for name, sound in clips}
        else:
            before = os.times()
            done = subprocess.run([options.program, "upsample", str(source), "-o", str(output), "--rate", str(RATE), "--quiet",
                                   *shlex.split(options.options)], capture_output=True, text=True)
            if done.returncode:
                raise SystemExit(done.stderr)
            after = os.times()
            seconds = after.children_user + after.children_system - before.children_user - before.children_system
            made = {path.stem: soundfile.read(path)[0] for path in output.glob("*.wav")}
        rows = figures(clips, lows, made, rate // 2)
        cells = []
        for column, values in enumerate(rows.T):
            values = values[np.isfinite(values)]
            if not len(values):
                cells.append("")
            elif column == 3:
                cells.append(f"{np.median(values):.1f} ({len(values)} clips)")
            elif column == 4:
                cells.append(f"{np.median(values):.0f}")
            else:
                cells.append(f"{values.mean():.2f} ± {values.std() / len(values) ** 0.5:.2f}")
        minutes = sum(len(sound) for _, sound in clips) / RATE / 60
        print(f"| {rate} | " + " | ".join(cells) + f" | {seconds / minutes:.1f} |", flush=True)


if __name__ == "__main__":
    main()
