"""What an edit costs: time and peak memory of edit-cli over the length that is made and over the file's length, as a picture.

    pip install numpy scipy soundfile matplotlib
    python3 cost.py --program ../../.build/release/edit-cli --work /tmp/cost --picture ../../docs/cost.png

Each job makes ever longer sounds: fills regions of one file, upsamples, restyles and generates whole ones, extends one. Besides, one second is filled of
ever longer files, of up to three hours. All are noise, so that nothing is cheap. Let nothing else run meanwhile.
"""
import argparse
import pathlib
import statistics

import matplotlib
import numpy as np
import scipy.signal
import soundfile

from compare import run

matplotlib.use("Agg")
from matplotlib import pyplot  # noqa: E402

RATE = 48000
LENGTHS = [1, 2, 5, 10, 20, 40, 60]  # seconds
FILES = [10, 60, 600, 3600, 10800]  # seconds


def noise(path: pathlib.Path, seconds: int):
    if path.exists():
        return
    random = np.random.default_rng(0)
    with soundfile.SoundFile(path, "w", RATE, 1, "PCM_16") as file:
        for start in range(0, seconds, 60):
            file.write((0.05 * random.standard_normal(RATE * min(60, seconds - start))).astype(np.float32))


def words(job, sounds, seconds):
    """What makes so many seconds."""
    return {
        "inpaint": ["inpaint", sounds / "120.wav", "--region", f"20-{20 + seconds}"],
        "upsample": ["upsample", sounds / f"low-{seconds}.wav"],
        "restyle": ["restyle", sounds / f"{seconds}.wav", "--prompt", "rain", "--strength", "0.6"],
        "extend": ["extend", sounds / "10.wav", "--after", seconds],
        "generate": ["generate", "rain", "--duration", seconds, "--takes", "1"],
    }[job]


def main():
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("--program", type=pathlib.Path, required=True)
    arguments.add_argument("--work", type=pathlib.Path, required=True)
    arguments.add_argument("--picture", type=pathlib.Path, required=True)
    arguments.add_argument("--rounds", type=int, default=3)
    options = arguments.parse_args()
    options.work.mkdir(parents=True, exist_ok=True)

    def cost(*job):
        """Median seconds and MB of the whole process."""
        output = options.work / "out.wav"
        runs = [run(options.program, *job, "--output", output, "--force", "--quiet")[1:] for _ in range(options.rounds)]
        output.unlink()
        return [statistics.median(values) for values in zip(*runs)]

    for seconds in {10, 120, *LENGTHS, *FILES}:
        noise(options.work / f"{seconds}.wav", seconds)
    for seconds in LENGTHS:
        samples, _ = soundfile.read(options.work / f"{seconds}.wav")
        soundfile.write(options.work / f"low-{seconds}.wav", scipy.signal.resample_poly(samples, 160, 480), 16000)
    figure, axes = pyplot.subplots(1, 2, figsize=(10, 3.6))
    for job, colour in zip(["generate", "extend", "restyle", "inpaint", "upsample"],
                           ["tab:purple", "tab:red", "tab:green", "tab:blue", "tab:olive"]):
        rows = [cost(*words(job, options.work, seconds)) for seconds in LENGTHS]
        slope, _ = np.polyfit(LENGTHS, [seconds for seconds, _ in rows], 1)
        for length, (seconds, memory) in zip(LENGTHS, rows):
            print(f"{job} {length:7} s: {seconds:6.2f} s, {memory:5.0f} MB", flush=True)
        axes[0].plot(LENGTHS, [seconds for seconds, _ in rows], "o-", color=colour, markersize=4,
                     label=f"{job}: {slope:.2f} s for a second")
    axes[0].set_xlabel("length that is made, s")
    axes[0].set_ylabel("seconds")
    axes[0].set_ylim(0)
    axes[0].legend(fontsize=8)
    rows = [cost("inpaint", options.work / f"{seconds}.wav", "--region", f"{seconds / 2}-{seconds / 2 + 1}") for seconds in FILES]
    for length, (seconds, memory) in zip(FILES, rows):
        print(f"inpaint 1 s of {length:7} s: {seconds:6.2f} s, {memory:5.0f} MB")
    axes[1].plot([s / 60 for s in FILES], [seconds for seconds, _ in rows], "o-", color="tab:blue")
    axes[1].set_xlabel("length of the file, min (1 s filled)")
    axes[1].set_ylabel("seconds", color="tab:blue")
    axes[1].set_ylim(0)
    memory = axes[1].twinx()
    memory.plot([s / 60 for s in FILES], [peak for _, peak in rows], "s--", color="tab:orange", markersize=4)
    memory.set_ylabel("peak memory, MB", color="tab:orange")
    memory.set_ylim(0, 1.2 * max(peak for _, peak in rows))
    figure.tight_layout()
    figure.savefig(options.picture, dpi=110)


if __name__ == "__main__":
    main()
