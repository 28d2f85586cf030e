"""Log-mels and true cut-off frequencies of all clips: sounds/audio.i16 -> mels/.

    python3 prepare.py --sounds run/sounds --out run/mels [--jobs 2]

Writes mels/mel.f16 (all clips' frames end to end, [frames, 80] float16), mels/index.tsv (the clip's row of
sounds/index.tsv with `frame`, `frames` and `cutoff_hz` added).
"""
import argparse
import csv
import multiprocessing
import os
import pathlib

import numpy as np

import frontend

CUTOFF_DB = -75.0  # a clip reaches as high as its spectrum stays within this of its peak


def cutoff(magnitudes, source_rate):
    """The highest frequency (Hz) whose loudest frames come within 75 dB of the clip's spectral peak."""
    if not len(magnitudes):
        return 0.0
    loudest = np.quantile(magnitudes, 0.98, axis=0)
    smooth = np.convolve(loudest, np.ones(9) / 9, mode="same")
    above = np.nonzero(smooth > smooth.max() * 10 ** (CUTOFF_DB / 20))[0]
    top = above[-1] * frontend.RATE / frontend.FFT if len(above) else 0.0
    return float(min(top, source_rate / 2))


def analyse(row):
    samples = audio[int(row["offset"]) :][: int(row["samples"])].astype(np.float32) / 32768
    mags = frontend.magnitudes(samples)
    mel = np.log(np.maximum(mags * frontend.GAIN @ frontend.BANK.T, frontend.FLOOR)).astype(np.float16)
    return mel, cutoff(mags, float(row["source_rate"]))


def main():
    global audio
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sounds", type=pathlib.Path, required=True)
    parser.add_argument("--out", type=pathlib.Path, required=True)
    parser.add_argument("--jobs", type=int, default=2)
    options = parser.parse_args()
    os.environ["OPENBLAS_NUM_THREADS"] = "1"
    audio = np.memmap(options.sounds / "audio.i16", "<i2", "r")
    with open(options.sounds / "index.tsv", newline="") as file:
        rows = list(csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE))
    options.out.mkdir(parents=True, exist_ok=True)
    position = 0
    with multiprocessing.Pool(options.jobs) as pool, open(options.out / "mel.part", "wb") as mels:
        for number, (row, (mel, top)) in enumerate(zip(rows, pool.imap(analyse, rows, chunksize=8))):
            mel.tofile(mels)
            row |= {"frame": position, "frames": len(mel), "cutoff_hz": round(top)}
            position += len(mel)
            if number % 1000 == 0:
                print(f"{number} of {len(rows)} clips", flush=True)
    with open(options.out / "index.part", "w", newline="") as file:
        writer = csv.DictWriter(file, rows[0].keys(), delimiter="\t", quoting=csv.QUOTE_NONE, quotechar=None)
        writer.writeheader()
        writer.writerows(rows)
    (options.out / "mel.part").rename(options.out / "mel.f16")
    (options.out / "index.part").rename(options.out / "index.tsv")
    print(f"{len(rows)} clips, {position / 360000:.2f} hours")


if __name__ == "__main__":
    main()
