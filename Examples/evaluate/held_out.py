"""The clips that the recipe of the bundled model holds out, as files: `held_out.py --run RUN --out FOLDER [--count 32]`.

RUN is the recipe's, after its stages `fetch` and `prepare` (Examples/train-model/README.md). Writes FOLDER/clips/NNN.wav,
5 to 10 s at 48 kHz, at most a few of a class, and FOLDER/captions.tsv: a line with the name, a tab and the caption for each.
"""
import argparse
import collections
import pathlib
import sys

import numpy as np
import soundfile

sys.path.append(str(pathlib.Path(__file__).resolve().parents[1] / "train-model"))

import frontend  # noqa: E402
from clips import Clips  # noqa: E402


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--run", type=pathlib.Path, required=True)
    parser.add_argument("--out", type=pathlib.Path, required=True)
    parser.add_argument("--count", type=int, default=32)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    held_out = Clips(options.run / "mels", "validation", options.run / "sounds")
    random, chosen, taken = np.random.default_rng(options.seed), [], collections.Counter()
    order = random.permutation(len(held_out.rows))
    for limit in (3, 6, 1000):
        for index in order:
            row = held_out.rows[index]
            if len(chosen) < options.count and row["samples"] >= 5 * frontend.RATE and index not in chosen \
                    and taken[row["class"]] < limit:
                chosen.append(index)
                taken[row["class"]] += 1
    (options.out / "clips").mkdir(parents=True, exist_ok=True)
    with open(options.out / "captions.tsv", "w") as table:
        for number, index in enumerate(chosen):
            row = held_out.rows[index]
            first = random.integers(0, max(1, row["samples"] - 10 * frontend.RATE + 1))
            sound = held_out.samples(index, first, 10 * frontend.RATE)
            soundfile.write(options.out / f"clips/{number:03d}.wav", sound, frontend.RATE, "PCM_16")
            table.write(f"{number:03d}\t{row['caption']}\n")
    print(f"{len(chosen)} clips of {len(taken)} classes")


if __name__ == "__main__":
    main()
