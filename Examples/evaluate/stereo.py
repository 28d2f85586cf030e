"""How well the channels of a fill lie where they lay: what a stereo recording had in a gap, beside what is filled in.

    python3 stereo.py --program ../../.build/release/edit-cli --sounds FOLDER

--sounds is a folder of stereo recordings of 20 s or more. Each gets a gap of 1.2 s in 10 s of it, where it is at least half as strong as on the whole.
Figures are means over the recordings: the difference of level between the channels, in 24 logarithmic bands and frames of 46 ms, how far its
distribution over the gap lies from the original's, and how lively it is from frame to frame; the correlation of the channels in each band against the
original's; the level error of the difference of the channels and of their mix; and with --judge yamnet.npz (see yamnet.py) what a classifier
hears in each channel.
"""
import argparse
import pathlib
import tempfile

import numpy as np
import soundfile

import gaps
import measures

SECONDS, GAP = 10, 1.2
SIZE, HOP = 2048, 1024


def image(sound, rate):
    """The difference of the channels' levels in dB, (frames, bands), and their correlation, (bands)."""
    frames = np.lib.stride_tricks.sliding_window_view(sound, SIZE, axis=0)[::HOP]
    left, right = np.moveaxis(np.fft.rfft(frames * np.hanning(SIZE), axis=-1), 1, 0)
    frequencies, edges = np.fft.rfftfreq(SIZE, 1 / rate), np.geomspace(80, 15000, 25)
    levels, correlations = [], []
    for low, high in zip(edges, edges[1:]):
        band = (frequencies >= low) & (frequencies < high)
        powers = [(np.abs(side[:, band]) ** 2).sum(axis=1) + 1e-9 for side in (left, right)]
        levels.append(10 * np.log10(powers[0] / powers[1]))
        product = (left[:, band] * right[:, band].conj()).sum().real
        correlations.append(product / np.sqrt(powers[0].sum() * powers[1].sum()))
    return np.array(levels).T, np.array(correlations)


def repeated(sound, gap):
    count = gap.stop - gap.start
    result = sound.copy()
    result[gap] = sound[gap.start - count : gap.start] if gap.start >= count else sound[gap.stop : gap.stop + count]
    return result


def figures(sound, made, gap, rate, ear):
    (levels, correlations), (others, other) = image(sound[gap], rate), image(made[gap], rate)
    return {
        "level between the channels, dB off": np.abs(np.sort(others, axis=0) - np.sort(levels, axis=0)).mean(),
        "its liveliness (whole 1)": np.abs(np.diff(others, axis=0)).mean() / np.abs(np.diff(levels, axis=0)).mean(),
        "correlation of the channels, off": np.abs(other - correlations).mean(),
        "level error of their difference, dB": measures.level_error(sound[:, 0] - sound[:, 1], made[:, 0] - made[:, 1], gap, rate, around=0),
        "level error of their mix, dB": measures.level_error(sound.mean(axis=1), made.mean(axis=1), gap, rate, around=0),
        "change of spectrum at the edges": np.mean([measures.edge_change(made[:, side], gap, rate) for side in (0, 1)]),
        "KL of a classifier in each channel": np.mean(
            [gaps.divergence(ear, sound[:, side], made[:, side], gap, rate) for side in (0, 1)]) if ear else np.nan,
    }


def recordings(folder, count):
    paths = [path for path in sorted(folder.rglob("*")) if path.suffix.lower() in (".wav", ".flac", ".ogg", ".opus", ".mp3")]
    for path in paths:
        if count == 0:
            return
        about = soundfile.info(path)
        if about.channels != 2 or about.duration < 20:
            continue
        random = np.random.default_rng(count)
        start = int(random.uniform(0.2, 0.7) * (about.frames - SECONDS * about.samplerate))
        sound, rate = soundfile.read(path, start=start, frames=SECONDS * about.samplerate)
        if np.sqrt(np.mean(sound**2)) < 1e-3:
            continue
        count -= 1
        yield sound, rate, gaps.place(sound.mean(axis=1), int(GAP * rate), rate, random)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--program", type=pathlib.Path, required=True, action="append", help="several times, for several programs")
    parser.add_argument("--sounds", type=pathlib.Path, required=True)
    parser.add_argument("--clips", type=int, default=40)
    parser.add_argument("--judge", type=pathlib.Path)
    options = parser.parse_args()
    ear = None
    if options.judge:
        import yamnet
        ear = yamnet.Yamnet(options.judge)
    programs, found = options.program, {}
    with tempfile.TemporaryDirectory() as folder:
        for sound, rate, gap in recordings(options.sounds, options.clips):
            silent = sound.copy()
            silent[gap] = 0
            ways = {"repetition": repeated(silent, gap)}
            for options.program in programs:
                ways[options.program.name] = gaps.run(options, [], silent, rate, [gap], pathlib.Path(folder))
            for name, made in ways.items():
                found.setdefault(name, []).append(figures(sound, made, gap, rate, ear))
    titles = list(found["repetition"][0])
    print(f"{len(found['repetition'])} recordings\n| | " + " | ".join(found) + " |\n|---" + "|---" * len(found) + "|")
    for title in titles:
        print(f"| {title} | " + " | ".join(gaps.mean([row[title] for row in rows]) for rows in found.values()) + " |")


if __name__ == "__main__":
    main()
