"""What every stage shares: the loop that saves, resumes, logs and cools down, averaged weights, and the clips."""
import copy
import csv
import json
import os
import pathlib
import time

import numpy as np
import torch
from safetensors.torch import load_file

import frontend

CLASSES = ["ambience", "animals", "footsteps", "human_nonspeech", "impacts_weapons", "machines", "music_drums",
           "music_instrument", "music_song", "nature", "scifi_fx", "speech", "tools_foley", "ui_alarm_bells"]
FULL_BAND = 15500  # Hz above which a clip's cut-off lies that lacks nothing
# How often each class is drawn: effects up, music and speech down (hours: music 14, speech 5, all effects 3.5).
SHARE = dict(zip(CLASSES, [8, 7, 4, 6, 8, 8, 6, 7, 14, 10, 3, 9, 6, 6]))


def device():
    return torch.device("cuda" if torch.cuda.is_available() else "cpu")


def autocast():
    """bfloat16 products where the processor has them."""
    return torch.autocast(device().type, dtype=torch.bfloat16)


def load(folder, module, name="average"):
    """The averaged weights that a stage's state holds, or those of a part of an exported model."""
    if (pathlib.Path(folder) / "state.pt").exists():
        state = torch.load(pathlib.Path(folder) / "state.pt", map_location="cpu", weights_only=False)[name]
    else:
        state = load_file(next(pathlib.Path(folder).glob("*.safetensors")))
    module.load_state_dict(state, strict=False)
    missing = set(dict(module.named_parameters())) - set(state)
    if missing:
        raise SystemExit(f"{folder} lacks {sorted(missing)[0]}")
    return module.eval().requires_grad_(False).to(device())


class Average:
    """Exponential moving average of a module's parameters, with a horizon that grows with training."""

    def __init__(self, module, horizon=0.999):
        self.module = copy.deepcopy(module).eval().requires_grad_(False)
        self.horizon = horizon
        self.updates = 0

    @torch.no_grad()
    def update(self, module):
        self.updates += 1
        decay = min(self.horizon, (1 + self.updates) / (10 + self.updates))
        averaged, current = list(self.module.parameters()), list(module.parameters())
        torch._foreach_lerp_(averaged, current, 1 - decay)
        for buffer, source in zip(self.module.buffers(), module.buffers()):
            buffer.copy_(source)


class Loop:
    """Runs for `minutes` of training time in all, however often it is interrupted (on a processor: of its time, so that
    a busy machine shortens nothing).

    `parts` maps names to what has a state_dict (modules, optimisers); all of it goes to OUT/state.pt every four
    minutes. `rate()` is the learning-rate factor: a short warm-up, then level, then linear to zero over the last
    `cool` part of the time. A `quiet` one, of a process that helps another, saves and logs nothing.
    """

    def __init__(self, out, minutes, cool=0.3, quiet=False, **parts):
        self.out, self.quiet = pathlib.Path(out), quiet
        self.out.mkdir(parents=True, exist_ok=True)
        self.minutes, self.cool, self.parts = minutes, cool, parts
        self.step, self.trained = 0, 0.0
        if (self.out / "state.pt").exists():
            state = torch.load(self.out / "state.pt", map_location=device(), weights_only=False)
            self.step, self.trained = state["step"], state["trained"]
            for name, part in parts.items():
                (part.module if isinstance(part, Average) else part).load_state_dict(state[name])
                if isinstance(part, Average):
                    part.updates = state["step"]
            print(f"resumed at step {self.step}, {self.trained / 60:.1f} minutes", flush=True)
        self.last, self.saved, self.logged = self.clock(), time.time(), time.time()
        self.sums, self.counts = {}, 0

    @staticmethod
    def clock():
        return time.time() if torch.cuda.is_available() else time.process_time() / torch.get_num_threads()

    @property
    def progress(self):
        return self.trained / 60 / self.minutes

    def rate(self):
        warm = min(1.0, (self.step + 1) / 200)
        return warm * min(1.0, max(0.0, (1 - self.progress) / self.cool))

    def tick(self, **losses):
        """Call after each step; False when the time is over. Losses are tensors of one number."""
        now, clock = time.time(), self.clock()
        self.trained += clock - self.last
        self.last = clock
        self.step += 1
        self.counts += 1
        for name, value in losses.items():
            self.sums[name] = self.sums.get(name, 0.0) + float(value.detach())
        if now - self.logged > 60:
            line = {"step": self.step, "minutes": round(self.trained / 60, 1), "rate": round(self.rate(), 3)}
            line |= {name: round(total / self.counts, 4) for name, total in self.sums.items()}
            self.log(line)
            self.sums, self.counts, self.logged = {}, 0, now
        if now - self.saved > 240:
            self.save()
        if self.progress >= 1:
            self.save()
            return False
        return True

    def log(self, line):
        if self.quiet:
            return
        print(json.dumps(line), flush=True)
        with open(self.out / "log.jsonl", "a") as file:
            file.write(json.dumps(line) + "\n")

    def save(self):
        if self.quiet:
            return
        state = {"step": self.step, "trained": self.trained}
        for name, part in self.parts.items():
            state[name] = (part.module if isinstance(part, Average) else part).state_dict()
        torch.save(state, self.out / "state.part")
        os.replace(self.out / "state.part", self.out / "state.pt")
        self.saved, self.last = time.time(), self.clock()


class Clips:
    """The prepared clips of one split, drawn by class share; mels as float32 [frames, 80] in nepers."""

    def __init__(self, folder, split, sounds=None):
        folder = pathlib.Path(folder)
        with open(folder / "index.tsv", newline="") as file:
            rows = list(csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE))
        self.rows = [row for row in rows if row["split"] == split and int(row["frames"]) >= 8]
        for row in self.rows:
            for key in ("frame", "frames", "cutoff_hz", "offset", "samples"):
                row[key] = int(row[key])
        self.mels = np.memmap(folder / "mel.f16", np.float16, "r").reshape(-1, frontend.BINS)
        self.audio = np.memmap(pathlib.Path(sounds) / "audio.i16", "<i2", "r") if sounds else None
        self.members = {}
        for name in CLASSES:
            members = [index for index, row in enumerate(self.rows) if row["class"] == name]
            weights = np.sqrt([min(self.rows[index]["frames"], 6000) for index in members])
            self.members[name] = (members, np.cumsum(weights / weights.sum()))
        share = np.array([SHARE[name] if self.members[name][0] else 0 for name in CLASSES], float)
        self.share = share / share.sum()

    def draw(self, random, name=None):
        """A random clip's index."""
        name = name or CLASSES[random.choice(len(CLASSES), p=self.share)]
        members, cumulated = self.members[name]
        return members[min(np.searchsorted(cumulated, random.random()), len(members) - 1)]

    def mel(self, index, start=0, frames=None):
        row = self.rows[index]
        first = row["frame"] + start
        return self.mels[first : row["frame"] + row["frames"]][:frames].astype(np.float32)

    def samples(self, index, start=0, count=None):
        row = self.rows[index]
        first = row["offset"] + start
        return self.audio[first : row["offset"] + row["samples"]][:count].astype(np.float32) / 32768

    def crop(self, random, frames, index=None):
        """`frames` frames of a clip: a random stretch of a long one, a short one somewhere in silence."""
        index = self.draw(random) if index is None else index
        length = self.rows[index]["frames"]
        if length >= frames:
            return self.mel(index, random.integers(0, length - frames + 1), frames)
        crop = np.full((frames, frontend.BINS), frontend.SILENCE, np.float32)
        start = random.integers(0, frames - length + 1)
        crop[start : start + length] = self.mel(index)
        return crop


def louder(mel, nepers):
    """The same sound at another level: the floor stays."""
    return np.maximum(mel + nepers, frontend.SILENCE)


def mixed(one, other):
    """The log-mel of two sounds at once, powers added."""
    return 0.5 * np.logaddexp(2 * one, 2 * other)


def varied(draw, random):
    """A log-mel as real files have them: what `draw` gives, or two of it at once, at some level."""
    mel = draw()
    if random.random() < 0.3:
        mel = mixed(mel, louder(draw(), random.uniform(-2, 1)))
    return louder(mel, random.uniform(-3.0, 0.4))


def picture(path, rows, titles=None):
    """Mel spectrograms under one another, each [frames, 80] in nepers, on one colour scale of 80 dB."""
    import matplotlib
    matplotlib.use("Agg")
    import matplotlib.pyplot as plot
    figure, axes = plot.subplots(len(rows), 1, figsize=(14, 1.7 * len(rows)), squeeze=False)
    for number, (axis, row) in enumerate(zip(axes[:, 0], rows)):
        axis.imshow(np.asarray(row).T * 8.686, origin="lower", aspect="auto", vmin=-90, vmax=5, cmap="magma")
        axis.set_xticks([])
        axis.set_yticks([])
        if titles:
            axis.set_title(titles[number], fontsize=8, loc="left", pad=1)
    figure.tight_layout(pad=0.3)
    figure.savefig(path, dpi=70)
    plot.close(figure)


