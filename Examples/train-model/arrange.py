"""Scenes of 10.24 s arranged from the clips, with composed captions: what the diffusion model learns from.

    python3 arrange.py --mels run/mels --sounds run/sounds --midi run/midi --out run/scenes [--items 12000] [--jobs 2]

Long recordings are cut; short effects are repeated, chained and laid over backgrounds; notes and drum hits become
melodies and patterns; rendered MIDI (render_midi.py) adds exactly captioned music; a share is mixed in pairs with
lambda ~ Beta(5, 5). Dull clips stay out: a full-band model must not learn to be dull. Scenes are as dense as recordings
are: events follow one another closely, and most have a place's quiet sound under them, as a model of scenes with black
pauses makes pauses of its own.

Writes OUT/mel.f16 ([items, 1024, 80] float16) and OUT/index.tsv (caption, class, kind). Scene i depends on the seed
and i alone.
"""
import argparse
import csv
import multiprocessing
import pathlib

import numpy as np

import frontend
from clips import CLASSES, Clips

SECONDS = 10.24
LENGTH = round(SECONDS * frontend.RATE)
FRAMES = 1024
BRIGHT = 11000  # Hz: clips whose cut-off is lower stay out
EXEMPT = {"machines", "ambience", "nature", "music_drums", "impacts_weapons"}  # often dark by nature: 6 kHz will do
KINDS = {"long": 34, "repeat": 12, "sequence": 12, "layers": 14, "melody": 6, "pattern": 6, "midi": 10, "talk": 6}
SPARSE, PLACED = ("repeat", "sequence", "talk", "pattern"), 0.4  # kinds with pauses, and the share that gets a place


def bright(row):
    return row["cutoff_hz"] >= (6000 if row["class"] in EXEMPT else BRIGHT) and int(row["source_rate"]) >= 32000


class Scenes:
    def __init__(self, mels, sounds, midi, split):
        self.clips = Clips(mels, split, sounds)
        rows = self.clips.rows
        self.by_class = {name: [i for i, r in enumerate(rows) if r["class"] == name and bright(r)] for name in CLASSES}
        self.by_class = {name: members for name, members in self.by_class.items() if members}
        self.long = {name: [i for i in members if rows[i]["samples"] >= 0.45 * LENGTH]
                     for name, members in self.by_class.items()}
        self.long = {name: members for name, members in self.long.items() if members}
        self.groups = {}
        for index, row in enumerate(rows):
            self.groups.setdefault(row["group"], []).append(index)
        self.midi = []
        folder = pathlib.Path(midi or "/nonexistent") / split
        if (folder / "index.tsv").exists():
            with open(folder / "index.tsv", newline="") as file:
                self.midi = list(csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE))
            self.midi_audio = np.memmap(folder / "audio.i16", "<i2", "r")

    def pick(self, random, names, long=False):
        table = self.long if long and self.long else self.by_class
        names = [name for name in names if name in table] or list(table)  # a few packages lack some classes
        members = table[names[random.integers(len(names))]]
        # sqrt of the length: long recordings hold more, but takes count too
        weights = np.sqrt([self.clips.rows[i]["samples"] for i in members])
        return members[random.choice(len(members), p=weights / weights.sum())]

    def take(self, random, index):
        """A clip, its ends faded; a long one cut to at most a scene."""
        samples = self.clips.rows[index]["samples"]
        start = random.integers(0, max(1, samples - LENGTH + 1))
        sound = self.clips.samples(index, start, LENGTH)
        fade = min(len(sound) // 4, 240)
        if fade:
            sound[:fade] *= np.linspace(0, 1, fade, dtype=np.float32)
            sound[-fade:] *= np.linspace(1, 0, fade, dtype=np.float32)
        return sound

    def bed(self, random, index):
        """A scene's length of one sound: longer ones cut, shorter ones looped with crossfades."""
        sound = self.take(random, index)
        if len(sound) >= LENGTH:
            return sound[:LENGTH]
        overlap = min(len(sound) // 3, frontend.RATE // 2)
        ramp = np.sin(np.linspace(0, np.pi / 2, overlap, dtype=np.float32))
        out = np.zeros(LENGTH + len(sound), np.float32)
        position = -random.integers(0, max(1, len(sound) - overlap))
        while position < LENGTH:
            piece = sound.copy()
            piece[:overlap] *= ramp
            piece[-overlap:] *= ramp[::-1]
            first = max(position, 0)
            out[first : position + len(piece)] += piece[first - position :]
            position += len(piece) - overlap
        return out[:LENGTH]

    def at(self, out, sound, position, gain=1.0):
        position = int(position)
        sound = sound[max(0, -position) : max(0, len(out) - position)]
        position = max(0, position)
        if len(sound):
            out[position : position + len(sound)] += gain * sound

    def caption(self, index):
        return self.clips.rows[index]["caption"]

    def sibling(self, random, index):
        group = self.groups[self.clips.rows[index]["group"]]
        return group[random.integers(len(group))]

    # Each kind returns (samples, caption, class).

    def scene_long(self, random):
        names = ["music_song"] * 4 + ["ambience", "nature"] * 3 + ["machines", "machines"] + list(self.long)
        index = self.pick(random, names, long=True)
        sound = self.take(random, index)
        if len(sound) < 0.9 * LENGTH:
            return self.bed(random, index), self.caption(index), self.clips.rows[index]["class"]
        out = np.zeros(LENGTH, np.float32)
        self.at(out, sound, 0 if len(sound) >= LENGTH else random.integers(0, LENGTH - len(sound) + 1))
        return out, self.caption(index), self.clips.rows[index]["class"]

    def scene_repeat(self, random):
        names = [n for n in self.by_class if n not in ("music_song", "ambience")]
        index = self.pick(random, names)
        sound = self.take(random, index)[: 3 * frontend.RATE]
        interval = max(len(sound) * random.uniform(0.6, 1.15), frontend.RATE * random.uniform(0.12, 0.5))
        out, position = np.zeros(LENGTH, np.float32), random.uniform(0, interval)
        jitter = random.choice([0.0, 0.03, 0.15])
        while position < LENGTH:
            self.at(out, self.take(random, self.sibling(random, index))[: 3 * frontend.RATE], position,
                    10 ** (random.uniform(-4, 0) / 20))
            position += interval * (1 + jitter * random.standard_normal())
        return out, self.caption(index) + " again and again", self.clips.rows[index]["class"]

    def scene_sequence(self, random):
        names = [n for n in self.by_class if n not in ("music_song",)]
        chosen = [self.pick(random, names) for _ in range(random.integers(2, 4))]
        out, position, said = np.zeros(LENGTH, np.float32), random.uniform(0, 0.5) * frontend.RATE, []
        while position < LENGTH:
            index = chosen[len(said) % len(chosen)] if len(said) < len(chosen) else chosen[random.integers(len(chosen))]
            sound = self.take(random, index)[: 5 * frontend.RATE]
            self.at(out, sound, position, 10 ** (random.uniform(-6, 0) / 20))
            if len(said) < len(chosen):
                said.append(self.caption(index))
            position += max(0.1 * frontend.RATE, len(sound) * random.uniform(0.7, 1.0))
            position += frontend.RATE * random.exponential(0.08)
        return out, ", then ".join(said), self.clips.rows[chosen[0]]["class"]

    def scene_layers(self, random):
        below = self.pick(random, ["ambience", "nature", "machines", "music_song", "nature", "ambience"], long=True)
        out, said = self.bed(random, below) * 10 ** (random.uniform(-14, 0) / 20), self.caption(below)
        names = [n for n in self.by_class if n not in ("music_song", "ambience")]
        index = self.pick(random, names)
        for _ in range(random.integers(2, 9)):
            self.at(out, self.take(random, self.sibling(random, index)), random.uniform(-0.1 * LENGTH, LENGTH),
                    10 ** (random.uniform(-8, 2) / 20))
        return out, f"{self.caption(index)} with {said} in the background", self.clips.rows[index]["class"]

    def scene_talk(self, random):
        first = self.pick(random, ["speech"])
        package = self.clips.rows[first]["package"]
        alike = self.by_class[self.clips.rows[first]["class"]]
        same = [i for i in alike if self.clips.rows[i]["package"] == package
                and self.clips.rows[i]["caption"] == self.caption(first)]
        out, position = np.zeros(LENGTH, np.float32), frontend.RATE * random.exponential(0.3)
        while position < LENGTH:
            sound = self.take(random, same[random.integers(len(same))])
            self.at(out, sound, position, 10 ** (random.uniform(-3, 0) / 20))
            position += len(sound) + frontend.RATE * random.exponential(0.12)
        return out, self.caption(first), "speech"

    def scene_melody(self, random):
        index = self.pick(random, ["music_instrument"])
        note = self.take(random, index)[: 4 * frontend.RATE]
        beat = frontend.RATE * random.uniform(0.18, 0.9)
        scale = [[0, 2, 4, 5, 7, 9, 11], [0, 2, 3, 5, 7, 8, 10], [0, 3, 5, 7, 10]][random.integers(3)]
        out, position, degree = np.zeros(LENGTH, np.float32), 0.0, random.integers(0, len(scale))
        while position < LENGTH:
            chord = [0, 2, 4] if random.random() < 0.25 else [0]
            for step in chord:
                octave, place = divmod(degree + step, len(scale))
                ratio = 2 ** ((scale[place] + 12 * octave - 5) / 12)
                times = np.arange(0, len(note) - 1, ratio, dtype=np.float64)
                self.at(out, np.interp(times, np.arange(len(note)), note).astype(np.float32), position,
                        10 ** (random.uniform(-6, 0) / 20))
            position += beat * random.choice([0.5, 1, 1, 1, 2])
            degree = int(np.clip(degree + random.integers(-3, 4), -3, len(scale) + 2))
        return out, self.caption(index) + ", a melody", "music_instrument"

    def scene_pattern(self, random):
        first = self.clips.rows[self.pick(random, ["music_drums"])]
        alike = self.by_class[first["class"]]
        kit = [i for i in alike if self.clips.rows[i]["package"] == first["package"]
               and self.clips.rows[i]["samples"] < 3 * frontend.RATE] or alike
        parts = [kit[random.integers(len(kit))] for _ in range(random.integers(2, 5))]
        step = frontend.RATE * random.uniform(0.1, 0.22)
        grid = random.random((len(parts), 16)) < random.uniform(0.12, 0.45, (len(parts), 1))
        grid[0, 0] = True
        out = np.zeros(LENGTH, np.float32)
        sounds = [self.take(random, index) for index in parts]
        for number in range(int(LENGTH / step) + 1):
            for part, sound in zip(grid, sounds):
                if part[number % 16]:
                    self.at(out, sound, number * step, 10 ** (random.uniform(-5, 0) / 20))
        names = " and ".join(dict.fromkeys(self.caption(i) for i in parts[:2]))
        return out, f"a drum pattern with {names}", "music_drums"

    def scene_midi(self, random):
        if not self.midi:
            return self.scene_long(random)
        row = self.midi[random.integers(len(self.midi))]
        sound = self.midi_audio[int(row["offset"]) :][:LENGTH].astype(np.float32) / 32768
        return np.pad(sound, (0, LENGTH - len(sound))), row["caption"], row["class"]

    def one(self, random):
        kind = random.choice(list(KINDS), p=np.array(list(KINDS.values())) / sum(KINDS.values()))
        sound, caption, name = getattr(self, "scene_" + kind)(random)
        if kind in SPARSE and random.random() < PLACED:
            sound = sound + self.place(random) * np.abs(sound).max()
        peak = np.abs(sound).max()
        return sound * (0.7 / peak if peak > 0 else 1), caption, name, kind

    def place(self, random):
        """The sound of a place, its peak at -40 to -16 dB: what is heard between the events of a recording."""
        sound = self.bed(random, self.pick(random, ["ambience", "nature", "machines", "ambience", "nature"], long=True))
        peak = np.abs(sound).max()
        return sound * (10 ** (random.uniform(-40, -16) / 20) / peak if peak > 0 else 0)

    def make(self, seed):
        random = np.random.default_rng(seed)
        sound, caption, name, kind = self.one(random)
        if random.random() < 0.2:
            other, second, _, _ = self.one(random)
            share = random.beta(5, 5)
            sound, caption, kind = share * sound + (1 - share) * other, f"{caption} and {second}", "mixup"
        if random.random() < 0.15:
            sound = self.room(random, sound)
        if random.random() < 0.7:
            sound = sound + self.hiss(random) * np.abs(sound).max()
        peak = np.abs(sound).max()
        level = 10 ** (max(-30.0, -1 - random.exponential(7)) / 20)  # of the peak: most are loud, few reach full scale
        return sound * (level / peak if peak > 0 else 1), caption, name, kind

    def hiss(self, random):
        """What every real recording has under its sound: steady coloured noise, -75 to -40 dB."""
        spectrum = np.fft.rfft(random.standard_normal(1 << 19))
        octaves = np.log2(np.maximum(np.arange(len(spectrum)), 1) / len(spectrum))
        noise = np.fft.irfft(spectrum * 10 ** (octaves * random.uniform(-6, 1) / 20))[:LENGTH]
        return (noise / noise.std() * 10 ** (random.uniform(-75, -40) / 20)).astype(np.float32)

    def room(self, random, sound):
        """A room's decaying tail: noise that fades, softer in the treble."""
        length = int(frontend.RATE * random.uniform(0.2, 1.2))
        fade = np.exp(-6.9 * np.arange(length) / length)
        noise = random.standard_normal(length) * fade
        noise = np.convolve(noise, [0.5, 0.5], "same")
        size = 1 << int(np.ceil(np.log2(len(sound) + length)))
        tail = np.fft.irfft(np.fft.rfft(sound, size) * np.fft.rfft(noise, size), size)[: len(sound)]
        tail *= random.uniform(0.05, 0.5) * np.sqrt(np.mean(sound**2) / max(np.mean(tail**2), 1e-12))
        return (sound + tail).astype(np.float32)


def prepare(arguments):
    global scenes
    scenes = Scenes(*arguments)


def work(seed):
    sound, caption, name, kind = scenes.make(seed)
    return frontend.log_mel(sound)[:FRAMES].astype(np.float16), caption, name, kind


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    for name in ("mels", "sounds", "out"):
        parser.add_argument("--" + name, required=True)
    parser.add_argument("--midi")
    parser.add_argument("--split", default="train")
    parser.add_argument("--items", type=int, default=12000)
    parser.add_argument("--first", type=int, default=0, help="number of the first scene")
    parser.add_argument("--jobs", type=int, default=2)
    options = parser.parse_args()
    out = pathlib.Path(options.out)
    out.mkdir(parents=True, exist_ok=True)
    arguments = (options.mels, options.sounds, options.midi, options.split)
    seeds = [(99 if options.split == "train" else 7, options.first + i) for i in range(options.items)]
    with multiprocessing.Pool(options.jobs, prepare, (arguments,)) as pool, open(out / "mel.part", "wb") as mels, \
            open(out / "index.part", "w", newline="") as index:
        writer = csv.writer(index, delimiter="\t", quoting=csv.QUOTE_NONE, quotechar=None)
        writer.writerow(["caption", "class", "kind"])
        for number, (mel, *about) in enumerate(pool.imap(work, seeds, chunksize=4)):
            mel.tofile(mels)
            writer.writerow(about)
            if number % 500 == 0:
                print(f"{number} of {options.items} scenes", flush=True)
    (out / "mel.part").rename(out / "mel.f16")
    (out / "index.part").rename(out / "index.tsv")


if __name__ == "__main__":
    main()
