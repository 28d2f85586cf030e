"""How well gaps are filled, beside simple methods: signal to error, level error, texture, edges, and what PLCMOS hears in speech.

    pip install numpy scipy soundfile            # and speechmos onnxruntime librosa for --speech
    swift build -c release                       # in the package's folder, then here:
    python3 gaps.py --program ../../.build/release/edit-cli --sounds ../train-model/run/sounds

--sounds is the folder of sounds of the model's recipe, of which only the held-out ones are taken, or any folder of sound files. Each clip
gets a gap of each length, where it is at least half as strong as on the whole; what is in the gap is silenced before anything sees it.
Figures are means over the gaps with their standard errors. --speech takes speech alone, loses 8 % of it in pieces of 20 to 120 ms, and
prints PLCMOS. --keep FOLDER keeps every sound. --judge yamnet.npz (see yamnet.py) adds what a classifier hears: the divergence of its classes
on 2.3 s around the gap from what it hears in the original.
"""
import argparse
import csv
import pathlib
import subprocess
import tempfile

import numpy as np
import soundfile

import measures
import simple

SECONDS = 8
LONGEST_PREDICTED = 0.2


def held_out(folder, count, speech):
    """(name, rate, samples) of held-out clips of many kinds, one of each group; at most a quarter speech and a quarter songs."""
    rate = 48000 if '"rate": 48000' in (folder / "settings.json").read_text() else 16000
    audio = np.memmap(folder / "audio.i16", "<i2", "r")
    with open(folder / "index.tsv") as file:
        rows = [row for row in csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE) if row["split"] != "train"]
    order = np.random.default_rng(7).permutation(len(rows))
    order = sorted(order, key=lambda index: rows[index]["class"] in ("speech", "music_song"))
    groups, classes, packages = set(), {}, {}
    for index in order:
        row = rows[index]
        kind, package = row["class"], row["package"]
        if int(row["samples"]) < 1.6 * rate or row["group"] in groups or (speech and kind != "speech"):
            continue
        if kind != "speech" and int(row["source_rate"]) < 22050:
            continue
        if not speech and (kind in ("speech", "music_song") and classes.get(kind, 0) >= count // 4):
            continue
        if kind == "speech" and packages.get(package, 0) >= (99 if speech else count // 10):
            continue
        groups.add(row["group"])
        classes[kind] = classes.get(kind, 0) + 1
        packages[package] = packages.get(package, 0) + 1
        samples = audio[int(row["offset"]) :][: int(row["samples"])].astype(float) / 32768
        start = max(0, (len(samples) - SECONDS * rate) // 2)
        yield f"{index:04d}-{kind}", rate, samples[start : start + SECONDS * rate]
        count_left = sum(classes.values())
        if count_left == count:
            return


def from_files(folder, count):
    for path in sorted(folder.iterdir())[:count]:
        samples, rate = soundfile.read(path, always_2d=True)
        yield path.stem, rate, samples.mean(axis=1)


def place(sound, count, rate, random):
    """A gap of some samples where the sound is strong."""
    margin = min(rate // 3, (len(sound) - count) // 3)
    level = np.sqrt(np.mean(sound**2))
    for _ in range(500):
        start = int(random.integers(margin, len(sound) - count - margin + 1))
        if np.sqrt(np.mean(sound[start : start + count] ** 2)) >= level / 2:
            break
    return slice(start, start + count)


def run(options, arguments, sound, rate, gaps, folder):
    """What the program fills into a sound with silence in its gaps."""
    source, output = folder / "in.wav", folder / "out.wav"
    soundfile.write(source, sound, rate, subtype="FLOAT")
    regions = [word for gap in gaps for word in ("--region", f"{gap.start / rate:.7f}-{gap.stop / rate:.7f}")]
    command = [options.program, "inpaint", source, "-o", output, "--force", "--quiet", *regions, *arguments]
    subprocess.run(command, check=True)
    return soundfile.read(output)[0]


def methods(options):
    """What fills one gap: each takes the sound with silence in it, and gives it filled."""
    def of(fill):
        def filled(sound, rate, gaps, folder):
            made = sound.copy()
            for gap in gaps:
                near = slice(max(0, gap.start - 2 * rate), gap.start), slice(gap.stop, gap.stop + 2 * rate)
                made[gap] = fill(made[near[0]], made[near[1]], gap.stop - gap.start, rate)
            return made
        return filled

    plain = {
        "silence": of(lambda before, after, count, rate: simple.silence_fill(before, after, count)),
        "repetition": of(simple.repetition_fill),
        "Burg": of(lambda before, after, count, rate: simple.burg_fill(before, after, count)),
        "Janssen": of(lambda before, after, count, rate: simple.janssen_fill(before, after, count)),
    }
    def own(arguments):
        return lambda sound, rate, gaps, folder: run(options, arguments, sound, rate, gaps, folder)
    for words in options.start:
        plain[f"edit-cli --start {words}"] = own(["--start", *words.split()])
    return {name: method for name, method in plain.items() if name.startswith("edit-cli") or options.simple}


def mean(values):
    values = np.array([value for value in values if np.isfinite(value)])
    return f"{values.mean():.2f} ± {values.std() / max(1, len(values) - 1) ** 0.5:.2f}"


def divergence(ear, original, made, gap, rate):
    """KL of the classes that are heard in 2.3 s around a gap, each with the gain of the original."""
    middle, half = (gap.start + gap.stop) // 2, max(int(1.15 * rate), (gap.stop - gap.start) // 2)
    around = slice(max(0, middle - half), middle + half)
    gain = min(0.1 / (np.sqrt(np.mean(original[around] ** 2)) + 1e-9), 0.99 / max(np.abs(original[around]).max(), 1e-9))
    heard = [ear.classes(measures.at_16k(gain * sound[around], rate)) + 1e-6 for sound in (original, made)]
    true, other = (classes / classes.sum() for classes in heard)
    return float(np.sum(true * np.log(true / other)))


def print_table(found, lengths, columns):
    for column, title in columns.items():
        print(f"\n| {title} | " + " | ".join(f"{1000 * length:.0f} ms" for length in lengths) + " |\n|---" * 1 + "|---" * len(lengths) + "|")
        for name in found:
            print(f"| {name} | " + " | ".join(mean([row[column] for row in found[name][length]]) for length in lengths) + " |", flush=True)


def fill_gaps(options, clips, folder):
    ways = methods(options)
    if min(options.lengths) > LONGEST_PREDICTED:
        ways = {name: method for name, method in ways.items() if name not in ("Burg", "Janssen")}
    ear = None
    if options.judge:
        import yamnet
        ear = yamnet.Yamnet(options.judge)
    found = {name: {length: [] for length in options.lengths} for name in ways}
    for number, (name, rate, sound) in enumerate(clips):
        random = np.random.default_rng(number)
        for length in options.lengths:
            count = round(length * rate)
            if len(sound) < 2 * count + rate:
                continue
            gap = place(sound, count, rate, random)
            silent = sound.copy()
            silent[gap] = 0
            for way, method in ways.items():
                if way in ("Burg", "Janssen") and length > LONGEST_PREDICTED:
                    continue
                made = method(silent, rate, [gap], folder)
                found[way][length].append({
                    "snr": measures.signal_to_error(sound, made, gap),
                    "level": measures.level_error(sound, made, gap, rate, around=0.05 if length < 0.3 else 0),
                    "texture": measures.texture(sound, made, gap, rate) if length > 0.09 else np.nan,
                    "edge": measures.edge_change(made, gap, rate) if length > 0.09 else np.nan,
                    "whole": measures.edge_change(sound, gap, rate) if length > 0.09 else np.nan,
                    "kl": divergence(ear, sound, made, gap, rate) if ear else np.nan,
                    "click": measures.click(made, gap, rate)})
                if options.keep:
                    options.keep.mkdir(parents=True, exist_ok=True)
                    word = way.replace(" ", "").replace("edit-cli--start", "cli-")
                    soundfile.write(options.keep / f"{name}-{1000 * length:.0f}-{gap.start}-{word}.wav", made, rate)
            if options.keep:
                soundfile.write(options.keep / f"{name}-{1000 * length:.0f}-{gap.start}-whole.wav", sound, rate)
        if options.verbose:
            print(number + 1, name, {way: [round(rows[-1]["snr"], 1) if rows else None for rows in found[way].values()] for way in ways}, flush=True)
    print(f"{number + 1} clips, one gap of each length in each")
    columns = {"snr": "signal to error, dB", "level": "level error, dB"}
    if max(options.lengths) > 0.2:
        columns = {"level": "level error, dB", "texture": "texture (whole 1)", "edge": "change of spectrum at the edges",
                   "whole": "the same of the whole sound"}
    if ear:
        columns |= {"kl": "KL of a classifier"}
    print_table(found, options.lengths, columns | {"click": "click at the edges"})


def lose(sound, rate, random):
    """Gaps that make 8 % of a sound: pieces of 20 to 120 ms, 0.4 to 1.2 s apart."""
    gaps, position = [], int(random.uniform(0.2, 0.6) * rate)
    while True:
        count = int(random.choice([0.02, 0.04, 0.06, 0.08, 0.12]) * rate)
        if position + count > len(sound) - rate // 5:
            return gaps
        gaps.append(slice(position, position + count))
        position += count + int(random.uniform(0.4, 1.2) * rate)


def hear_speech(options, clips, folder):
    from speechmos import plcmos
    import librosa

    ways = {"whole": lambda sound, rate, gaps, folder: sound} | methods(options)
    found = {name: [] for name in ways}
    for number, (name, rate, sound) in enumerate(clips):
        gaps = lose(sound, rate, np.random.default_rng(number))
        if not gaps:
            continue
        silent = sound.copy()
        for gap in gaps:
            silent[gap] = 0
        for way, method in ways.items():
            made = method(sound if way == "whole" else silent, rate, gaps, folder)
            heard = librosa.resample(made, orig_sr=rate, target_sr=16000)
            heard = heard / max(1, np.abs(heard).max())
            found[way].append(plcmos.run(heard, sr=16000)["plcmos"])
            if options.keep:
                options.keep.mkdir(parents=True, exist_ok=True)
                soundfile.write(options.keep / f"{name}-{way.replace(' ', '')}.wav", made, rate)
    print(f"{len(found['whole'])} clips of speech\n| | PLCMOS |\n|---|---|")
    for name, values in found.items():
        difference = np.array(values) - np.array(found["Burg"] if "Burg" in found else values)
        print(f"| {name} | {mean(values)} (over Burg {difference.mean():+.3f} ± {difference.std() / len(values) ** 0.5:.3f}) |")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--program", type=pathlib.Path, required=True)
    parser.add_argument("--sounds", type=pathlib.Path, required=True)
    parser.add_argument("--clips", type=int, default=60)
    parser.add_argument("--lengths", type=lambda text: [float(word) for word in text.split(",")], default=[0.01, 0.02, 0.05, 0.1])
    parser.add_argument("--start", action="append", help="a start of edit-cli's, with more options after it; several times")
    parser.add_argument("--no-simple", dest="simple", action="store_false", help="leave out the simple methods")
    parser.add_argument("--speech", action="store_true")
    parser.add_argument("--keep", type=pathlib.Path)
    parser.add_argument("--judge", type=pathlib.Path)
    parser.add_argument("--verbose", action="store_true")
    options = parser.parse_args()
    options.start = options.start or ["auto"]
    recipe = (options.sounds / "index.tsv").exists()
    clips = held_out(options.sounds, options.clips, options.speech) if recipe else from_files(options.sounds, options.clips)
    with tempfile.TemporaryDirectory() as folder:
        (hear_speech if options.speech else fill_gaps)(options, clips, pathlib.Path(folder))


if __name__ == "__main__":
    main()
