"""How far fewer steps lead away from the result of many: the table of docs/performance.md.

    pip install numpy safetensors
    swift build -c release            # in the package's folder, then here:
    python3 quality.py --programs ../../.build/release --model ../../Sources/Core/Resources/DefaultModel --work /tmp/quality

Makes the same sounds (prompts and seeds) with DDIM in 200 steps and with each of the other settings, and prints the root-mean-square
distance of the latents (unit-scaled), the mean absolute distance of the log-mels in dB (over the cells within 60 dB of the loudest) and the
time. A setting is as good as 200 steps if it is no farther from them than 150 and
250 steps are from each other. Last, how far bfloat16 leads away from float32 at the same steps, beside the way from 25 steps to 50.
"""
import argparse
import pathlib
import subprocess
import time

import numpy as np
from safetensors.numpy import load_file

PROMPTS = ["rain falling on a tin roof", "a dog barking", "a slow melody on a piano", "a woman speaking on the telephone",
           "a motor engine running", "a fast drum beat", "an explosion", "birds singing in a forest"]
GUIDANCE = 2.5
# name: sampler, steps, noise-to-signal ratios at which there is guidance
ALL = (0.0, float("inf"))
SETTINGS = {
    **{f"DDIM {n}": ("ddim", n, ALL) for n in (150, 250, 125, 100, 50, 25, 10)},
    **{f"DPM-Solver++ {n}": ("dpm++", n, ALL) for n in (40, 30, 25, 20, 15, 10)},
    **{f"DPM-Solver++ {n}, guidance from {low} to {high}": ("dpm++", n, (low, high))
       for n, low, high in ((25, 0.2, 100), (25, 0.5, 100), (25, 0.2, 10), (20, 0.2, 100), (15, 0.2, 100))},
}


def make(options, setting, prompt, seed, precision="float32"):
    """Latent and mel, and the seconds that the whole program took."""
    sampler, steps, (low, high) = setting
    dump = options.work / "dump.safetensors"
    start = time.perf_counter()
    subprocess.run([options.programs / "parity", prompt, "--model", options.model, "--dump", dump, "--duration",
                    str(options.seconds), "--steps", str(steps), "--sampler", sampler, "--guidance", str(GUIDANCE),
                    "--guidance-from", str(low), "--guidance-to", str(high), "--seed", str(seed), "--precision", precision],
                   check=True)
    seconds = time.perf_counter() - start
    kept = load_file(dump)
    return kept[f"latent.{steps - 1}"], kept["mel"], seconds


def distance(one, other):
    loud = np.maximum(one[1], other[1]) > max(one[1].max(), other[1].max()) - 60 / 8.686
    return (np.sqrt(np.mean((one[0] - other[0]) ** 2)), 8.686 * np.abs(one[1] - other[1])[loud].mean())


def main():
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    for name in ("programs", "model", "work"):
        arguments.add_argument("--" + name, type=pathlib.Path, required=True)
    arguments.add_argument("--seconds", type=float, default=5.12)
    arguments.add_argument("--sounds", type=int, default=len(PROMPTS))
    arguments.add_argument("--only-precision", action="store_true", help="only how far bfloat16 leads away from float32")
    options = arguments.parse_args()
    options.work.mkdir(parents=True, exist_ok=True)
    if not options.only_precision:
        compare_steps(options)
    compare_precisions(options)


def compare_precisions(options):
    print(f"{options.sounds} sounds of {options.seconds} s, guidance {GUIDANCE}")
    print("| distance | latent, rms | log-mel, dB |\n|---|---|---|")
    for sampler, name in (("dpm++", "DPM-Solver++"), ("ddim", "DDIM")):
        rows = {"bfloat16 from float32, 25 steps": [], "50 steps from 25, float32": []}
        for seed, prompt in enumerate(PROMPTS[: options.sounds]):
            exact = make(options, (sampler, 25, ALL), prompt, seed)
            rows["bfloat16 from float32, 25 steps"].append(
                distance(exact, make(options, (sampler, 25, ALL), prompt, seed, "bfloat16")))
            rows["50 steps from 25, float32"].append(distance(exact, make(options, (sampler, 50, ALL), prompt, seed)))
        for row, found in rows.items():
            latent, mel = np.mean(found, axis=0)
            print(f"| {name}: {row} | {latent:.4f} | {mel:.3f} |")


def compare_steps(options):
    rows = {name: [] for name in ["DDIM 150 and 250 from each other", *SETTINGS]}
    for seed, prompt in enumerate(PROMPTS[: options.sounds]):
        many = make(options, ("ddim", 200, ALL), prompt, seed)
        made = {name: make(options, setting, prompt, seed) for name, setting in SETTINGS.items()}
        rows["DDIM 150 and 250 from each other"].append((*distance(made["DDIM 150"], made["DDIM 250"]), np.nan))
        for name, sound in made.items():
            rows[name].append((*distance(many, sound), sound[2]))
    print(f"{options.sounds} sounds of {options.seconds} s, guidance {GUIDANCE}; distances from DDIM in 200 steps")
    print("| setting | latent, rms | log-mel, dB | whole program, s |\n|---|---|---|---|")
    for name, found in rows.items():
        latent, mel, seconds = np.mean(found, axis=0)
        print(f"| {name} | {latent:.3f} | {mel:.2f} | {'' if np.isnan(seconds) else f'{seconds:.2f}'} |")


if __name__ == "__main__":
    main()
