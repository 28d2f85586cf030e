"""What models hear in prompts that no training saw, by YAMNet, and pictures of those that the first model meets worst.

    python3 prompts.py --clips held-out --program ../../.build/release/edit-cli --judge yamnet.npz --classes yamnet_class_map.csv \\
        --work /tmp/prompts before=FOLDER after=../../Sources/Core/Resources/DefaultModel [--pictures FOLDER]

Each prompt of prompts.tsv has classes of AudioSet that would be right. It is generated (5.12 s, 12 steps, one take, `--seeds` times), and a held-out clip is restyled with
it (strength 0.8; one seed). Printed are, for generations and restylings by each model, with the standard error over prompts:

- above others: the share of the other prompts' sounds, by the same model, in which the judge hears the right class less. Chance is 0.5.
- first among classes: whether a right class is heard above all classes that are right for other prompts only.
- among ten: whether a right class is among the ten likeliest of all 521.

With --pictures, FOLDER/prompts-generated.png and prompts-restyled.png show the 12 prompts whose generations by the first model are worst by the first
figure. Needs numpy, scipy, soundfile, torch; matplotlib for the pictures.
"""
import argparse
import csv
import pathlib
import subprocess

import numpy as np
import scipy.signal
import soundfile

import yamnet

SECONDS, WORST = 5.12, 12


def read(path):
    sound, rate = soundfile.read(path)
    sound = sound if sound.ndim == 1 else sound.mean(1)
    return sound[: int(SECONDS * rate)], rate


def made(options, model, job, *arguments, name, seed):
    """The sound that edit-cli makes, and where it lies."""
    path = options.work / f"{name}-{seed}.wav"
    if not path.exists():
        done = subprocess.run([options.program, job, *arguments, "-o", path, "--model", model, "--seed", str(seed), "--quiet"],
                              capture_output=True, text=True)
        if done.returncode:
            raise SystemExit(done.stderr.strip())
    return path


def figures(heard, right):
    """heard [prompts, seeds, 521], right [prompts][classes]: (above others, first among classes, among ten), [prompts] each."""
    asked = sorted(set(np.concatenate(right)))
    above, first, ten = [], [], []
    for place, classes in enumerate(right):
        best = heard[:, :, classes].max(2)
        others = np.delete(best, place, axis=0)
        above.append(np.mean([(others < value).mean() for value in best[place]]))
        rivals = np.setdiff1d(asked, classes)
        first.append((best[place] > heard[place][:, rivals].max(1)).mean())
        tenth = np.sort(heard[place], axis=1)[:, -10]
        ten.append((best[place] >= tenth).mean())
    return np.array(above), np.array(first), np.array(ten)


def spectrogram(sound, rate):
    """dB over 128 bands, even in mel, and moments of 20 ms."""
    _, _, power = scipy.signal.stft(sound, rate, nperseg=2048, noverlap=2048 - rate // 50)
    mel = lambda hertz: 1127 * np.log(1 + hertz / 700)
    places = mel(np.linspace(0, rate / 2, len(power)))
    centres = np.linspace(mel(60), mel(min(16000, rate / 2)), 128)
    return 20 * np.log10(np.stack([np.interp(centres, places, column) for column in np.abs(power).T], axis=1) + 1e-6)


def picture(path, titles, names, columns):
    """Spectrograms, a row for each title and a column for each of `names`."""
    import matplotlib
    matplotlib.use("Agg")
    import matplotlib.pyplot as pyplot
    from PIL import Image

    figure, axes = pyplot.subplots(len(titles), len(columns), figsize=(3.6 * len(columns), 1.1 * len(titles)), dpi=75, squeeze=False)
    for row, title in enumerate(titles):
        for column, sounds in enumerate(columns):
            image = spectrogram(*sounds[row])
            top = np.percentile(image, 99.8)
            axes[row, column].imshow(image, origin="lower", aspect="auto", vmin=top - 70, vmax=top, cmap="magma")
            axes[row, column].set_xticks([]), axes[row, column].set_yticks([])
            label = f"{title}: {names[column]}" if column == 0 else names[column]
            axes[row, column].set_title(label, fontsize=7, loc="left", pad=1)
    figure.tight_layout(pad=0.3)
    figure.savefig(path)
    # 48 colours are as good as all, in a quarter of the space.
    Image.open(path).convert("RGB").quantize(48, method=Image.Quantize.MEDIANCUT, dither=Image.Dither.NONE).save(path, optimize=True)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    for name in ("clips", "program", "judge", "classes", "work"):
        parser.add_argument("--" + name, type=pathlib.Path, required=True)
    parser.add_argument("--seeds", type=int, default=2)
    parser.add_argument("--pictures", type=pathlib.Path)
    parser.add_argument("models", nargs="+", metavar="NAME=FOLDER")
    options = parser.parse_args()
    options.work.mkdir(parents=True, exist_ok=True)
    ear = yamnet.Yamnet(options.judge)
    with open(options.classes) as table:
        numbers = {row["display_name"]: int(row["index"]) for row in csv.DictReader(table)}
    lines = [line.split("\t") for line in (pathlib.Path(__file__).parent / "prompts.tsv").read_text().splitlines()[1:]]
    prompts, right = [prompt for prompt, _ in lines], [np.array([numbers[c] for c in classes.split(";")]) for _, classes in lines]
    sources = sorted((options.clips / "clips").glob("*.wav"))
    sources = [sources[place * 7 % len(sources)] for place in range(len(prompts))]
    cut = []
    for number, source in enumerate(sources):
        cut.append(options.work / f"source-{number}.wav")
        soundfile.write(cut[-1], *read(source), "FLOAT")

    tables, sounds, models = {}, {}, dict(each.split("=", 1) for each in options.models)
    hear = lambda path: ear.classes(yamnet.at_level(*read(path)))
    for name, model in models.items():
        jobs = {
            "generated": [[made(options, model, "generate", prompt, "--duration", str(SECONDS), "--takes", "1", "--steps", "12",
                                name=f"{name}-generated-{number}", seed=seed) for seed in range(options.seeds)]
                          for number, prompt in enumerate(prompts)],
            "restyled": [[made(options, model, "restyle", cut[number], "--prompt", prompt, "--strength", "0.8",
                               name=f"{name}-restyled-{number}", seed=0)] for number, prompt in enumerate(prompts)],
        }
        for job, paths in jobs.items():
            heard = np.array([[hear(path) for path in row] for row in paths])
            tables[name, job], sounds[name, job] = figures(heard, right), [read(row[0]) for row in paths]
    heard = np.array([[hear(path)] for path in cut])
    tables["", "source"] = figures(heard, right)

    mean = lambda values: f"{values.mean():.3f} ± {values.std() / len(values) ** 0.5:.3f}"
    names = list(models)
    print("| | above others | first among classes | among ten |\n|---|---|---|---|")
    for (name, job), values in tables.items():
        print(f"| {job} {name} | " + " | ".join(map(mean, values)) + " |")
    for job in ("generated", "restyled"):
        for name in names[1:]:
            pairs = [b - a for a, b in zip(tables[names[0], job], tables[name, job])]
            print(f"| {job}, {name} against {names[0]} in pairs | " + " | ".join(map(mean, pairs)) + " |")
    worst = np.argsort(tables[names[0], "generated"][0], kind="stable")[:WORST]
    for number in worst:
        print(f"{prompts[number]}: " + ", ".join(f"{job} {name} {tables[name, job][0][number]:.2f}"
                                                  for job in ("generated", "restyled") for name in names))
    if options.pictures:
        shown = [prompts[number] for number in worst]
        picture(options.pictures / "prompts-generated.png", shown, names, [[sounds[name, "generated"][n] for n in worst] for name in names])
        picture(options.pictures / "prompts-restyled.png", shown, ["source", *names],
                [[read(cut[n]) for n in worst], *([sounds[name, "restyled"][n] for n in worst] for name in names)])


if __name__ == "__main__":
    main()
