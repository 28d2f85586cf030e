"""The prepared clips, drawn by class, and what is done to a log-mel to make it another recording's."""
import csv
import pathlib

import numpy as np

import frontend

CLASSES = ["ambience", "animals", "footsteps", "human_nonspeech", "impacts_weapons", "machines", "music_drums",
           "music_instrument", "music_song", "nature", "scifi_fx", "speech", "tools_foley", "ui_alarm_bells"]
FULL_BAND = 15500  # Hz above which a clip's cut-off lies that lacks nothing
# How often each class is drawn: effects up, music and speech down (hours: music 14, speech 5, all effects 3.5).
SHARE = dict(zip(CLASSES, [8, 7, 4, 6, 8, 8, 6, 7, 14, 10, 3, 9, 6, 6]))


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
