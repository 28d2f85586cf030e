"""How far restyling goes, and what it keeps: methods side by side over the strength.

    python3 held_out.py --run ../train-model/run --out held-out --count 24 --seed 7
    python3 restyle.py --clips held-out --program ../../.build/release/edit-cli --work /tmp/restyle --judge yamnet.npz [--plot restyle.png]

Each clip (its first 5.12 s) is drawn towards the caption of another clip. Printed are, with the standard error over clips:

- move: in the embedding of a judge that no part was trained with (yamnet.py), about the mean of the sources, the cosine of the result to that
  other clip, minus the source's.
- envelope: the correlation of the loudness in dB (50 ms, floor -60) of result and source; of clips whose loudness varies.
- level: the result's against the source's, dB; in brackets the largest deviation.
- seconds of the processor for one clip.

Beside them stand an unrelated clip, the wanted clip itself, and that under the source's envelope. Needs numpy, scipy, soundfile, torch; matplotlib
for the plot.
"""
import argparse
import itertools
import json
import math
import pathlib
import resource
import subprocess

import numpy as np
import scipy.signal
import soundfile

import yamnet

SECONDS = 5.12


def loudness(sound, rate):
    """dB in moments of 50 ms, at least -60."""
    size = rate // 20
    moments = sound[: len(sound) // size * size].reshape(-1, size)
    return np.maximum(10 * np.log10((moments**2).mean(1) + 1e-12), -60)


def envelope_kept(source, result, rate):
    """nan where the source's loudness hardly varies."""
    levels = [loudness(sound, rate) for sound in (source, result)]
    count = min(map(len, levels))
    before, after = (each[:count] for each in levels)
    return np.corrcoef(before, after)[0, 1] if before.std() > 0.3 and after.std() > 1e-3 else math.nan


def under_envelope(sound, source, rate):
    """A sound with the loudness of another."""
    size = rate // 25
    window = np.hanning(size) / np.hanning(size).sum()
    level = lambda x: np.sqrt(scipy.signal.fftconvolve(x**2, window, mode="same").clip(0) + 1e-10)
    count = min(len(sound), len(source))
    return sound[:count] * np.minimum(level(source[:count]) / level(sound[:count]), 10)


class Bench:
    def __init__(self, options):
        self.options, self.ear = options, yamnet.Yamnet(options.judge)
        captions = dict(line.split("\t", 1) for line in (options.clips / "captions.tsv").read_text().splitlines() if line)
        self.names = sorted(captions)[: options.count]
        self.captions = captions
        self.sounds = {}
        (options.work / "source").mkdir(parents=True, exist_ok=True)
        for name in self.names:
            sound, rate = soundfile.read(options.clips / f"clips/{name}.wav")
            sound = (sound.mean(1) if sound.ndim > 1 else sound)[: int(SECONDS * rate)]
            self.sounds[name], self.rate = sound, rate
            soundfile.write(self.source(name), sound, rate, "FLOAT")
        self.wanted = {name: next(other for other in self.names[place + 1 :] + self.names if captions[other] != captions[name])
                       for place, name in enumerate(self.names)}
        self.heard = {name: self.hear(sound) for name, sound in self.sounds.items()}
        self.mean = np.mean(list(self.heard.values()), axis=0)

    def source(self, name):
        return self.options.work / "source" / f"{name}.wav"

    def hear(self, sound):
        return self.ear.embedding(yamnet.at_level(sound, self.rate))

    def cosine(self, a, b):
        a, b = a - self.mean, b - self.mean
        return a @ b / np.linalg.norm(a) / np.linalg.norm(b)

    def figures(self, results):
        """(move, its error, envelope kept, level, its largest deviation) of results by name."""
        moves, kept, levels = [], [], []
        for name, sound in results.items():
            wanted = self.heard[self.wanted[name]]
            moves.append(self.cosine(self.hear(sound), wanted) - self.cosine(self.heard[name], wanted))
            kept.append(envelope_kept(self.sounds[name], sound, self.rate))
            levels.append(10 * np.log10(((sound**2).mean() + 1e-12) / ((self.sounds[name] ** 2).mean() + 1e-12)))
        return np.mean(moves), np.std(moves) / len(moves) ** 0.5, np.nanmean(kept), np.mean(levels), np.abs(levels).max()

    def restyled(self, kind, method, strength, keep):
        folder = self.options.work / (f"{kind}-{method}-{strength:g}" + ("" if keep == "dynamics" else f"-{keep}"))
        folder.mkdir(exist_ok=True)
        extra = json.loads(self.options.request)
        with open(folder / "jobs.jsonl", "w") as table:
            for name in self.names:
                like = {"sounds": [{"name": str(self.source(self.wanted[name]))}]}
                condition = {"like": like} if kind == "like" else {"prompt": self.captions[self.wanted[name]]}
                request = {"version": 1, "job": "restyle", "strength": strength, "method": method, "keep": keep, "condition": condition, **extra,
                           "settings": {"encoding": "float32", **self.model(), **extra.get("settings", {})},
                           "input": str(self.source(name)), "output": str(folder / f"{name}.wav")}
                table.write(json.dumps(request) + "\n")
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        done = subprocess.run([self.options.program, "batch", str(folder / "jobs.jsonl"), "--quiet"], capture_output=True, text=True)
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        if done.returncode:
            raise SystemExit(done.stderr.strip() or done.stdout.strip())
        seconds = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
        return {name: soundfile.read(folder / f"{name}.wav")[0] for name in self.names}, seconds / len(self.names)

    def model(self):
        return {"model": {"name": str(self.options.model), "heads": "config"}} if self.options.model else {}


def plot(lines, references, path):
    import matplotlib
    matplotlib.use("Agg")
    import matplotlib.pyplot as pyplot

    figure, (left, right) = pyplot.subplots(1, 2, figsize=(9, 3.8), dpi=120, sharey=True)
    for label, points in lines.items():
        left.plot([p[0] for p in points], [p[1] for p in points], "o-", label=label)
        right.plot([p[2] for p in points], [p[1] for p in points], "o-", label=label)
        if "nothing" in label:
            for strength, move, kept in points:
                right.annotate(f"{strength:g}", (kept, move), textcoords="offset points", xytext=(4, 4), fontsize=7)
    for label, (move, kept) in references.items():
        right.plot(kept, move, "k*")
        right.annotate(label, (kept, move), textcoords="offset points", xytext=(6, 2) if kept < 0.5 else (-6, 6), fontsize=7,
                       ha="left" if kept < 0.5 else "right")
    left.set_xlabel("strength"), right.set_xlabel("envelope kept"), left.set_ylabel("move towards the prompt's sound")
    for axes in (left, right):
        axes.grid(alpha=0.3)
    left.legend(fontsize=8)
    figure.tight_layout()
    figure.savefig(path)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--clips", type=pathlib.Path, required=True)
    parser.add_argument("--work", type=pathlib.Path, required=True)
    parser.add_argument("--judge", type=pathlib.Path, required=True, help="YAMNet's weights, see yamnet.py")
    parser.add_argument("--program", default="edit-cli")
    parser.add_argument("--model", type=pathlib.Path, help="the bundled one unless given")
    parser.add_argument("--methods", default="noise,inversion,contrast")
    parser.add_argument("--strengths", default="0.2,0.4,0.6,0.8,0.95")
    parser.add_argument("--keeps", default="dynamics", help="dynamics, none, or both with a comma")
    parser.add_argument("--kinds", default="prompt", help="prompt, like (the wanted clip itself as --like), or both with a comma")
    parser.add_argument("--request", default="{}", help="more of every request, as JSON")
    parser.add_argument("--count", type=int, help="at most so many clips")
    parser.add_argument("--plot", type=pathlib.Path)
    options = parser.parse_args()
    bench, lines = Bench(options), {}
    unrelated = {name: bench.sounds[bench.names[(place + len(bench.names) // 2) % len(bench.names)]] for place, name in enumerate(bench.names)}
    wanted = {name: bench.sounds[other] for name, other in bench.wanted.items()}
    shaped = {name: under_envelope(sound, bench.sounds[name], bench.rate) for name, sound in wanted.items()}
    print("| | strength | move | envelope | level, dB | s |\n|---|---|---|---|---|---|")
    references = {}
    for label, sounds in [("an unrelated clip", unrelated), ("the wanted clip", wanted), ("that under the source's envelope", shaped)]:
        move, error, kept, *_ = bench.figures(sounds)
        references[label] = (move, kept)
        print(f"| {label} | | {move:+.3f} ± {error:.3f} | {kept:.2f} | | |", flush=True)
    for kind, keep, method in itertools.product(options.kinds.split(","), options.keeps.split(","), options.methods.split(",")):
        label = method + ("" if kind == "prompt" else ", --like") + ("" if keep == "dynamics" else ", nothing kept")
        for strength in map(float, options.strengths.split(",")):
            results, seconds = bench.restyled(kind, method, strength, keep)
            move, error, kept, level, largest = bench.figures(results)
            lines.setdefault(label, []).append((strength, move, kept))
            print(f"| {label} | {strength:g} | {move:+.3f} ± {error:.3f} | {kept:.2f} | {level:+.2f} [{largest:.1f}] | {seconds:.1f} |",
                  flush=True)
    if options.plot:
        plot(lines, references, options.plot)


if __name__ == "__main__":
    main()
