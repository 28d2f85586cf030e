"""Exactly captioned music: melodies, chords and drum patterns rendered with fluidsynth and FluidR3 GM.

    python3 render_midi.py --out run/midi [--items 1500]

Needs Debian's fluidsynth and fluid-soundfont-gm. Writes OUT/{train,validation}/audio.i16 (48 kHz mono) and index.tsv
(offset, caption, class). All pieces of a split are one MIDI file, so that the soundfont loads once.
"""
import argparse
import csv
import pathlib
import struct
import subprocess

import numpy as np

import frontend

SOUNDFONT = "/usr/share/sounds/sf2/FluidR3_GM.sf2"
SECONDS, GAP = 10.24, 3.0
INSTRUMENTS = {
    0: "a piano", 4: "an electric piano", 6: "a harpsichord", 8: "a celesta", 10: "a music box", 11: "a vibraphone",
    12: "a marimba", 13: "a xylophone", 14: "tubular bells", 15: "a dulcimer", 16: "a drawbar organ",
    19: "a church organ", 21: "an accordion", 22: "a harmonica", 24: "a nylon string guitar",
    25: "a steel string guitar", 27: "a clean electric guitar", 29: "an overdriven electric guitar",
    30: "a distorted electric guitar", 32: "an acoustic bass", 33: "an electric bass", 38: "a synth bass",
    40: "a violin", 41: "a viola", 42: "a cello", 45: "pizzicato strings", 46: "a harp", 47: "timpani",
    48: "a string ensemble", 52: "a choir singing aah", 56: "a trumpet", 57: "a trombone", 58: "a tuba",
    60: "a french horn", 61: "a brass section", 64: "a soprano saxophone", 66: "a tenor saxophone", 68: "an oboe",
    70: "a bassoon", 71: "a clarinet", 72: "a piccolo", 73: "a flute", 74: "a recorder", 75: "a pan flute",
    79: "an ocarina", 80: "a square wave synthesizer", 81: "a sawtooth synthesizer", 88: "a new age synthesizer pad",
    104: "a sitar", 105: "a banjo", 107: "a koto", 108: "a kalimba", 109: "bagpipes", 114: "steel drums",
}
SCALES = {"happy": [0, 2, 4, 5, 7, 9, 11], "sad": [0, 2, 3, 5, 7, 8, 10], "calm": [0, 2, 4, 7, 9],
          "mysterious": [0, 1, 4, 5, 7, 8, 11]}


def number(value):
    """A MIDI variable-length quantity."""
    out = [value & 127]
    while value := value >> 7:
        out.insert(0, value & 127 | 128)
    return bytes(out)


def piece(random):
    """One piece: events (seconds, bytes) and its caption and class."""
    tempo = random.choice([60, 75, 90, 105, 120, 140, 160])
    pace = "slow" if tempo < 80 else "fast" if tempo > 125 else "moderate"
    beat = 60 / tempo
    events = []

    def note(channel, start, length, key, velocity):
        if start < SECONDS - 0.2:
            end = min(start + length, SECONDS - 0.1)
            events.append((start, bytes([0x90 | channel, int(np.clip(key, 0, 127)), int(velocity)])))
            events.append((end, bytes([0x80 | channel, int(np.clip(key, 0, 127)), 0])))

    def drums():
        kick, snare, hat = random.random((3, 16)) < np.array([[0.25], [0.15], [0.5]])
        kick[[0, 8]], snare[[4, 12]] = True, True
        ride = random.choice([42, 46, 51])
        for step in range(int(SECONDS / (beat / 4)) + 1):
            for on, key in ((kick, 36), (snare, 38), (hat, ride)):
                if on[step % 16]:
                    note(9, step * beat / 4, 0.1, key, random.integers(60, 115))

    style = random.choice(["melody", "melody", "chords", "both", "drums", "band", "note"])
    mood = random.choice(list(SCALES))
    scale, root = SCALES[mood], random.integers(48, 72)
    programs = random.choice(list(INSTRUMENTS), 2, replace=False)
    for channel, program in enumerate(programs):
        events.append((0.0, bytes([0xC0 | channel, int(program)])))
    lead, second = (INSTRUMENTS[int(p)] for p in programs)
    if style in ("melody", "both", "band"):
        time, degree = 0.0, int(random.integers(0, 7))
        while time < SECONDS:
            length = beat * random.choice([0.5, 0.5, 1, 1, 2])
            octave, place = divmod(degree, len(scale))
            if random.random() < 0.9:
                note(0, time, length * random.uniform(0.7, 1), root + 12 * octave + scale[place],
                     random.integers(60, 115))
            time += length
            degree = int(np.clip(degree + random.integers(-3, 4), -4, 11))
    if style in ("chords", "both", "band"):
        channel = 0 if style == "chords" else 1
        for bar in range(int(SECONDS / (4 * beat)) + 1):
            degree = int(random.choice([0, 3, 4, 5]))
            for step in (0, 2, 4):
                octave, place = divmod(degree + step, len(scale))
                note(channel, bar * 4 * beat, 3.9 * beat, root - 12 * (style != "chords") + 12 * octave + scale[place],
                     random.integers(50, 90))
    if style in ("drums", "band"):
        drums()
    if style == "note":
        interval = random.uniform(1.0, 3.5)
        for count in range(int(SECONDS / interval) + 1):
            note(0, count * interval, interval * 0.9, root, random.integers(60, 115))
    caption = {
        "melody": f"a {mood} {pace} melody played on {lead}", "chords": f"{mood} {pace} chords on {lead}",
        "both": f"a {mood} {pace} melody on {lead} with chords on {second}", "drums": f"a {pace} drum beat",
        "band": f"a {mood} {pace} tune with {lead}, {second} and drums", "note": f"single long notes on {lead}"}[style]
    kind = {"drums": "music_drums", "note": "music_instrument", "melody": "music_instrument"}.get(style, "music_song")
    return events, caption, kind


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--out", type=pathlib.Path, required=True)
    parser.add_argument("--items", type=int, default=1500)
    options = parser.parse_args()
    for split, count, seed in (("train", options.items, 1), ("validation", max(4, options.items // 30), 2)):
        random, folder = np.random.default_rng(seed), options.out / split
        folder.mkdir(parents=True, exist_ok=True)
        events, rows = [], []
        for index in range(count):
            start = index * (SECONDS + GAP)
            notes, caption, kind = piece(random)
            events += [(start + time, message) for time, message in notes]
            rows.append([round(start * frontend.RATE), caption, kind])
        track, last = b"", 0
        for time, message in sorted(events, key=lambda event: event[0]):
            tick = round(time * 960)  # 480 ticks a beat of half a second: MIDI's default tempo
            track += number(tick - last) + message
            last = tick
        track += number(0) + b"\xff\x2f\x00"
        (folder / "pieces.mid").write_bytes(
            b"MThd" + struct.pack(">IHHH", 6, 0, 1, 480) + b"MTrk" + struct.pack(">I", len(track)) + track)
        raw = folder / "stereo.raw"
        subprocess.run(["fluidsynth", "-ni", "-q", "-r", str(frontend.RATE), "-g", "0.5", "-O", "s16", "-T", "raw",
                        "-F", str(raw), SOUNDFONT, str(folder / "pieces.mid")], check=True)
        stereo = np.memmap(raw, "<i2", "r").reshape(-1, 2)
        with open(folder / "audio.i16", "wb") as file:
            for start in range(0, len(stereo), 1 << 22):
                (stereo[start : start + (1 << 22)].astype(np.float32).mean(1)).astype("<i2").tofile(file)
        del stereo
        raw.unlink()
        with open(folder / "index.tsv", "w", newline="") as file:
            writer = csv.writer(file, delimiter="\t", quoting=csv.QUOTE_NONE, quotechar=None)
            writer.writerow(["offset", "caption", "class"])
            writer.writerows(rows)
        print(f"{split}: {count} pieces", flush=True)


if __name__ == "__main__":
    main()
