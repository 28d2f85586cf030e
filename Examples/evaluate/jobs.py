"""The four jobs of edit-cli against simple methods, in one table.

    python3 held_out.py --run ../train-model/run --out held-out                 # or recordings of your own, see below
    python3 jobs.py --clips held-out --program ../../.build/release/edit-cli --work /tmp/evaluate [--network Cnn14_mAP=0.431.pth]

Needs numpy, scipy and soundfile. The folder of --clips has clips/*.wav and captions.tsv (name, tab, caption). Whatever is
measured is measured by `edit-cli evaluate` (docs/evaluation.md); the sounds stay in --work, and those that are there are
not made again.

- inpaint: a gap of 1 to 2 s in each clip, cut out and compared with what was there. The seam is that of the whole clip.
- upsample: each full-band clip without what lies above 4 kHz; what lies above is compared.
- restyle: each clip drawn towards the caption of another clip by 0.8, compared with that clip.
- generate: a sound from each clip's caption, compared with the clip.

Beside each figure stands its 95 % interval, and in brackets, where the figure is a mean over pairs, how often edit-cli is better
on the same clip than the method in that row.
"""
import argparse
import json
import pathlib
import shlex
import subprocess

import numpy as np
import scipy.signal
import soundfile

import methods

RATE = 48000
CUTOFF = 4000
BETTER = {"seam": -1, "mel_error": -1, "kl_divergence": -1, "log_spectral_distance": -1, "clap_score": 1}
COLUMNS = {
    "inpaint": ("mel_error", "mel_level", "texture", "log_spectral_distance", "kl_divergence", "frechet_distance", "seam"),
    "upsample": ("mel_error", "mel_level", "texture", "log_spectral_distance", "kl_divergence", "frechet_distance"),
    "restyle": ("clap_score", "kl_divergence", "frechet_distance", "inception_score"),
    "generate": ("clap_score", "kl_divergence", "frechet_distance", "inception_score"),
}


class Bench:
    """Where the sounds of all methods lie, and how they are measured."""

    def __init__(self, options):
        self.options = options
        self.captions = dict(line.split("\t", 1) for line in (options.clips / "captions.tsv").read_text().splitlines() if line)
        self.sounds = {}
        for path in sorted((options.clips / "clips").glob("*.wav"))[: options.count]:
            sound, rate = soundfile.read(path)
            sound = sound.mean(1) if sound.ndim > 1 else sound
            self.sounds[path.stem] = scipy.signal.resample_poly(sound, RATE, rate) if rate != RATE else sound

    def path(self, job, method, name, whole=False):
        folder = self.options.work / job / (method.replace(" ", "-").replace("'", "").replace(",", "") + ("-whole" if whole else ""))
        folder.mkdir(parents=True, exist_ok=True)
        return folder / f"{name}.wav"

    def write(self, path, sound):
        soundfile.write(path, sound, RATE, "FLOAT")

    def run(self, path, *arguments):
        """Makes a sound that is not there yet."""
        if path.exists():
            return
        chosen = ["--model", str(self.options.model)] if self.options.model else []
        command = [self.options.program, *map(str, arguments), "-o", str(path), "--quiet", "--encoding", "float32", *chosen,
                   *shlex.split(self.options.options)]
        done = subprocess.run(command, capture_output=True, text=True)
        if done.returncode:
            raise SystemExit(f"{shlex.join(command)}: {done.stderr.strip()}")

    def figures(self, job, method, captions=None, whole=False):
        arguments = ["--captions", str(captions)] if captions else []
        arguments += ["--network", str(self.options.network)] if self.options.network else []
        arguments += ["--model", str(self.options.model)] if self.options.model else []
        reference, output = (self.path(job, kind, "x", whole).parent for kind in ("reference", method))
        done = subprocess.run([self.options.program, "evaluate", str(reference), str(output), "--pairs", "--json", *arguments],
                              capture_output=True, text=True)
        if done.returncode:
            raise SystemExit(done.stderr.strip())
        told = json.loads(done.stdout)
        self.listener, self.pairs = told["network"], told["pairs"]
        return {figure["kind"]: figure for figure in told["measures"]}


def inpaint(bench):
    for number, (name, sound) in enumerate(bench.sounds.items()):
        random = np.random.default_rng(number)
        length, margin = int(random.uniform(1, 2) * RATE), int(1.5 * RATE)
        start = int(random.integers(margin, max(margin + 1, len(sound) - length - margin)))
        stop = start + length
        made = {"reference": sound, **methods.fills(sound, start, stop, RATE)}
        gapped = bench.path("inpaint", "gapped", name)
        bench.write(gapped, made["silence"])
        ours = bench.path("inpaint", "edit-cli", name, whole=True)
        bench.run(ours, "inpaint", gapped, "--region", f"{start / RATE:.6f}-{stop / RATE:.6f}")
        made["edit-cli"] = soundfile.read(ours)[0]
        for method, whole in made.items():
            if method != "edit-cli":
                bench.write(bench.path("inpaint", method, name, whole=True), whole)
            bench.write(bench.path("inpaint", method, name), whole[start:stop])
    return ["edit-cli", *(method for method in made if method not in ("reference", "edit-cli"))]


def upsample(bench):
    made = {}
    for name, sound in bench.sounds.items():
        above = methods.high(sound, 12000, RATE)
        if (above ** 2).mean() < 1e-7 * (sound ** 2).mean():
            continue  # a dull clip has nothing to compare with
        low = scipy.signal.resample_poly(sound, 2 * CUTOFF, RATE, window=("kaiser", 12.0))
        path, ours = bench.path("upsample", "low", name), bench.path("upsample", "edit-cli", name, whole=True)
        soundfile.write(path, np.clip(low, -1, 1), 2 * CUTOFF, "FLOAT")
        bench.run(ours, "upsample", path, "--rate", RATE)
        made = {"reference": sound, "edit-cli": soundfile.read(ours)[0], **methods.extensions(low, CUTOFF, RATE, sound)}
        count = min(map(len, made.values()))
        for method, whole in made.items():
            bench.write(bench.path("upsample", method, name), methods.high(whole[:count], CUTOFF, RATE))
    return [method for method in made if method != "reference"]


def others(bench):
    """Name of a clip: name of another clip, with another caption."""
    names = list(bench.sounds)
    return {name: next(other for other in names[place + 1 :] + names if bench.captions[other] != bench.captions[name])
            for place, name in enumerate(names)}


def table_of(bench, job, captions):
    path = bench.options.work / job / "captions.tsv"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("".join(f"{name}\t{caption}\n" for name, caption in captions.items()))
    return path


def cut(bench, sound):
    return sound[: int(bench.options.seconds * RATE)]


def restyle(bench):
    wanted = others(bench)
    for name, other in wanted.items():
        source = bench.path("restyle", "the source", name)
        bench.write(source, cut(bench, bench.sounds[name]))
        bench.write(bench.path("restyle", "reference", name), cut(bench, bench.sounds[other]))
        bench.run(bench.path("restyle", "edit-cli", name), "restyle", source, "--prompt", bench.captions[other],
                  "--strength", "0.8")
        match(bench, "restyle", name)
    return ["edit-cli", "the source"], table_of(bench, "restyle", {n: bench.captions[o] for n, o in wanted.items()})


def generate(bench):
    wanted = others(bench)
    for number, name in enumerate(bench.sounds):
        bench.write(bench.path("generate", "reference", name), cut(bench, bench.sounds[name]))
        bench.write(bench.path("generate", "another clip", name), cut(bench, bench.sounds[wanted[name]]))
        bench.run(bench.path("generate", "edit-cli", name), "generate", bench.captions[name], "--duration",
                  bench.options.seconds, "--seed", number)
        match(bench, "generate", name)
    return ["edit-cli", "another clip"], table_of(bench, "generate", {name: bench.captions[name] for name in bench.sounds})


def match(bench, job, name):
    """Brings all methods' sounds to the length of the shortest, so that they can be pairs."""
    paths = [path for path in (bench.options.work / job).glob(f"*/{name}.wav")]
    sounds = [soundfile.read(path)[0] for path in paths]
    count = min(map(len, sounds))
    for path, sound in zip(paths, sounds):
        if len(sound) > count:
            bench.write(path, sound[:count])


def cell(figure, ours, kind):
    if figure is None:
        return ""
    text = f"{figure['value']:.2f}"
    if interval := figure.get("interval"):
        text += f" ({interval['low']:.2f} to {interval['high']:.2f})"
    mine, theirs = (ours or {}).get("each"), figure.get("each")
    if kind in BETTER and ours is not figure and mine and theirs:
        apart = [BETTER[kind] * (mine[name] - theirs[name]) for name in mine if name in theirs]
        text += f" [{sum(a > 0 for a in apart)} of {len(apart)}]"
    return text


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--clips", type=pathlib.Path, required=True)
    parser.add_argument("--work", type=pathlib.Path, required=True)
    parser.add_argument("--program", default="edit-cli")
    parser.add_argument("--model", type=pathlib.Path, help="the bundled one unless given")
    parser.add_argument("--network", type=pathlib.Path, help="PANNs' Cnn14; the model's audio tower unless given")
    parser.add_argument("--jobs", default="inpaint,upsample,restyle,generate")
    parser.add_argument("--count", type=int, help="at most so many clips")
    parser.add_argument("--seconds", type=float, default=5.12, help="of restyled and generated sounds")
    parser.add_argument("--options", default="", help="more options of every edit, such as '--steps 50'")
    options = parser.parse_args()
    bench = Bench(options)
    for job in options.jobs.split(","):
        made = {"inpaint": inpaint, "upsample": upsample, "restyle": restyle, "generate": generate}[job](bench)
        used, captions = made if isinstance(made, tuple) else (made, None)
        found = {method: bench.figures(job, method, captions) for method in used}
        if job == "inpaint":
            for method in used:
                found[method]["seam"] = bench.figures(job, method, whole=True).get("seam")
        kinds = COLUMNS[job]
        print(f"\n{job}: {bench.pairs} clips, heard by {bench.listener}\n\n| method | " + " | ".join(kinds) + " |\n|---|"
              + "---|" * len(kinds))
        for method in used:
            print(f"| {method} | " + " | ".join(cell(found[method].get(kind), found["edit-cli"].get(kind), kind)
                                                 for kind in kinds) + " |", flush=True)


if __name__ == "__main__":
    main()
