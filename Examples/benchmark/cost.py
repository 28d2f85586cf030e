"""What an edit costs: time and peak memory of edit-cli over the edited length and over the file's length, as a picture.

    pip install numpy soundfile matplotlib
    python3 cost.py --program ../../.build/release/edit-cli --work /tmp/cost --picture ../../docs/cost.png

Fills ever longer regions of one file, and one second of ever longer files (of noise, so that nothing is cheap). The longest file has
three hours. Let nothing else run meanwhile.
"""
import argparse
import pathlib
import statistics

import matplotlib
import numpy as np
import soundfile

from compare import run

matplotlib.use("Agg")
from matplotlib import pyplot  # noqa: E402

RATE = 48000
REGIONS = [0.5, 1, 2, 4, 8, 15, 30, 60]  # seconds
FILES = [10, 60, 600, 3600, 10800]  # seconds


def noise(path: pathlib.Path, seconds: int):
    if path.exists():
        return
    random = np.random.default_rng(0)
    with soundfile.SoundFile(path, "w", RATE, 1, "PCM_16") as file:
        for start in range(0, seconds, 60):
            file.write((0.05 * random.standard_normal(RATE * min(60, seconds - start))).astype(np.float32))


def main():
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("--program", type=pathlib.Path, required=True)
    arguments.add_argument("--work", type=pathlib.Path, required=True)
    arguments.add_argument("--picture", type=pathlib.Path, required=True)
    arguments.add_argument("--rounds", type=int, default=3)
    options = arguments.parse_args()
    options.work.mkdir(parents=True, exist_ok=True)

    def fill(file, start, length):
        """Median seconds and MB of the whole process."""
        output = options.work / "out.wav"
        runs = [run(options.program, "inpaint", file, "--output", output, "--force", "--quiet", "--region",
                    f"{start}-{start + length}")[1:] for _ in range(options.rounds)]
        output.unlink()
        return [statistics.median(values) for values in zip(*runs)]

    noise(options.work / "120.wav", 120)
    over_region = [fill(options.work / "120.wav", 20, length) for length in REGIONS]
    over_file = []
    for seconds in FILES:
        noise(options.work / f"{seconds}.wav", seconds)
        over_file.append(fill(options.work / f"{seconds}.wav", seconds / 2, 1))
    for name, lengths, rows in (("region", REGIONS, over_region), ("file", FILES, over_file)):
        for length, (seconds, memory) in zip(lengths, rows):
            print(f"{name} of {length:7} s: {seconds:6.2f} s, {memory:5.0f} MB")
    slope, start = np.polyfit(REGIONS, [seconds for seconds, _ in over_region], 1)
    print(f"a fill costs {start:.2f} s and {slope:.2f} s for each second of the region")

    figure, axes = pyplot.subplots(1, 2, figsize=(10, 3.6))
    for axis, lengths, rows, name in ((axes[0], REGIONS, over_region, "length of the region, s"),
                                      (axes[1], [s / 60 for s in FILES], over_file, "length of the file, min (1 s filled)")):
        axis.plot(lengths, [seconds for seconds, _ in rows], "o-", color="tab:blue")
        axis.set_xlabel(name)
        axis.set_ylabel("seconds", color="tab:blue")
        axis.set_ylim(0)
        memory = axis.twinx()
        memory.plot(lengths, [peak for _, peak in rows], "s--", color="tab:orange", markersize=4)
        memory.set_ylabel("peak memory, MB", color="tab:orange")
        memory.set_ylim(0, 1.2 * max(peak for _, peak in over_region + over_file))
    axes[0].plot(REGIONS, np.polyval([slope, start], REGIONS), ":", color="grey")
    figure.tight_layout()
    figure.savefig(options.picture, dpi=110)


if __name__ == "__main__":
    main()
