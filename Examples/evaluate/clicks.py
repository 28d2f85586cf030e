"""How well clicks are found: the share of added ones that are, and false ones a minute, in music and speech; and how quickly.

    pip install numpy scipy soundfile
    swift build -c release                       # in the package's folder, then here:
    python3 clicks.py --program ../../.build/release/edit-cli --sounds ../train-model/run/sounds

Held-out clips of the recipe (`gaps.py`) get clicks: decaying noise of 0.1 to 1.5 ms and single samples, whose largest sample is 12 dB over the
rms of the 20 ms around (--level), one each 0.3 to 1 s. A finding within 2 ms of a click is that click; one that is also found in the
clip without clicks is false.
"""
import argparse
import json
import pathlib
import subprocess
import tempfile
import time

import numpy as np
import soundfile

import gaps


def find(program, sound, rate, folder, what="clicks"):
    soundfile.write(folder / "in.wav", sound, rate, subtype="FLOAT")
    output = subprocess.run([program, "find", what, folder / "in.wav", "--json"], check=True, capture_output=True).stdout
    return [(found["region"]["start"], found["region"]["end"], found["confidence"]) for found in json.loads(output)]


def scratch(sound, rate, random, decibels):
    """A sound with clicks, and their places in seconds."""
    result, places, position = sound.copy(), [], 0.2
    while position < len(sound) / rate - 0.2:
        place = int(position * rate)
        near = sound[max(0, place - rate // 100) : place + rate // 100]
        peak = 10 ** (decibels / 20) * np.sqrt(np.mean(near**2))
        length = int(random.choice([1 / rate, 0.0001, 0.0003, 0.0008, 0.0015]) * rate) or 1
        if peak > 1e-4:
            click = random.standard_normal(length) * np.exp(-3 * np.arange(length) / length)
            result[place : place + length] += peak * click / np.abs(click).max()
            places.append(place / rate)
        position += random.uniform(0.3, 1)
    return result, places


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--program", type=pathlib.Path, required=True)
    parser.add_argument("--sounds", type=pathlib.Path, required=True)
    parser.add_argument("--clips", type=int, default=40)
    parser.add_argument("--level", type=float, default=12)
    options = parser.parse_args()
    totals = {}
    with tempfile.TemporaryDirectory() as folder:
        folder = pathlib.Path(folder)
        for number, (name, rate, sound) in enumerate(gaps.held_out(options.sounds, options.clips, False)):
            kind = name.split("-")[1]
            scratched, places = scratch(sound, rate, np.random.default_rng(number), options.level)
            false = find(options.program, sound, rate, folder)
            found = find(options.program, scratched, rate, folder)
            hits = sum(any(start - 0.002 <= place <= end + 0.002 for start, end, _ in found) for place in places)
            row = totals.setdefault(kind, [0, 0, 0, 0.0])
            for index, value in enumerate((hits, len(places), len(false), len(sound) / rate / 60)):
                row[index] += value
            if false or hits < len(places):
                print(name, f"{hits} of {len(places)}, false:", [f"{start:.3f} ({sure:.2f})" for start, _, sure in false[:6]], flush=True)
        print("\n| class | found | of | share | false a minute | minutes |\n|---|---|---|---|---|---|")
        together = {"music and speech": ("music_song", "music_instrument", "music_drums", "speech"), "all": tuple(totals)}
        for name, kinds in list((kind, (kind,)) for kind in totals) + list(together.items()):
            hits, count, false, minutes = np.sum([totals[kind] for kind in kinds if kind in totals], axis=0)
            print(f"| {name} | {hits:.0f} | {count:.0f} | {hits / max(1, count):.3f} | {false / minutes:.2f} | {minutes:.1f} |")
        noise = np.random.default_rng(0).standard_normal((180 * 44100, 2)) * 0.02
        vinyl, _ = zip(*[scratch(noise[:, side], 44100, np.random.default_rng(side), 20) for side in (0, 1)])
        start = time.perf_counter()
        found = find(options.program, np.stack(vinyl, axis=1), 44100, folder)
        print(f"3 minutes of stereo at 44.1 kHz: {len(found)} clicks in {time.perf_counter() - start:.1f} s")


if __name__ == "__main__":
    main()
