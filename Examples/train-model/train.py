"""Every stage of the default model, from nothing to a model folder.

    python3 train.py --run run [--smoke] [--threads 1] [--processes 2] [--from STAGE] [--until STAGE]

Needs Debian 12's ffmpeg, fluidsynth, fluid-soundfont-gm and wordnet-base, and requirements.txt in a virtual
environment. A stage that is finished is skipped; one that was interrupted goes on. --smoke runs all of it in minutes,
on a few packages, to see that everything works; the defaults are the settings of the shipped weights.
"""
import argparse
import pathlib
import subprocess
import sys
import time

HERE = pathlib.Path(__file__).parent
# Minutes of processor time that each part was given, and what it saw.
FULL = {"vae": 50, "clap": 47, "text": 25, "vocoder": 57, "extension": 33, "ldm": 722, "scenes": 12000, "held_out": 240,
        "midi": 1200, "sentences": 200000}
SMOKE = {"vae": 1, "clap": 1, "text": 1, "vocoder": 1, "extension": 1, "ldm": 1, "scenes": 48, "held_out": 48,
         "midi": 8, "sentences": 3000}
SMOKE_PACKAGES = "sound-theme-freedesktop,yaru-theme-sound,hydrogen-data,openttd-opensfx,wesnoth-1.16-data,oxygen-sounds"


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--run", type=pathlib.Path, default=HERE / "run")
    parser.add_argument("--out", type=pathlib.Path, help="the model folder (default: RUN/model)")
    parser.add_argument("--smoke", action="store_true")
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--processes", type=int, default=2, help="of the diffusion model's training, each with its own batch")
    parser.add_argument("--from", dest="first", help="the stage to begin with")
    parser.add_argument("--until", help="the stage to end with")
    options = parser.parse_args()
    size, run, threads = SMOKE if options.smoke else FULL, options.run, ["--threads", str(options.threads)]
    data = ["--mels", run / "mels", "--sounds", run / "sounds"]
    packages = ["--packages", SMOKE_PACKAGES] if options.smoke else []
    arrange = [*data, "--midi", run / "midi", "--jobs", max(1, options.threads)]
    encode = ["--vae", run / "vae", "--clap", run / "clap", *threads]
    scaling = ["--scaling", run / "latents-1/settings.json"]
    # name: (script, arguments, the file that shows it is finished; training stages know it themselves)
    stages = {
        "fetch": ("fetch_sounds.py", ["--out", run / "sounds", "--rate", 48000, *packages], None),
        "prepare": ("prepare.py", ["--sounds", run / "sounds", "--out", run / "mels"], run / "mels/index.tsv"),
        "midi": ("render_midi.py", ["--out", run / "midi", "--items", size["midi"]], run / "midi/validation/index.tsv"),
        "scenes": ("arrange.py", [*arrange, "--items", size["scenes"], "--out", run / "scenes-1"],
                   run / "scenes-1/index.tsv"),
        "held-out": ("arrange.py", [*arrange, "--split", "validation", "--items", size["held_out"],
                                    "--out", run / "scenes-validation"], run / "scenes-validation/index.tsv"),
        "vae": ("train_vae.py", ["--mels", run / "mels", "--out", run / "vae", "--minutes", size["vae"], *threads], None),
        "clap": ("train_clap.py", ["--mels", run / "mels", "--out", run / "clap", "--minutes", size["clap"], *threads],
                 None),
        "text": ("train_text.py", ["--mels", run / "mels", "--clap", run / "clap", "--out", run / "text",
                                   "--sentences", size["sentences"], "--minutes", size["text"], *threads], None),
        "latents": ("encode.py", ["--scenes", run / "scenes-1", "--out", run / "latents-1", *encode],
                    run / "latents-1/settings.json"),
        "latents-held-out": ("encode.py", ["--scenes", run / "scenes-validation", "--out", run / "latents-validation",
                                           *encode, *scaling], run / "latents-validation/settings.json"),
        "vocoder": ("train_vocoder.py", [*data, "--out", run / "vocoder", "--minutes", size["vocoder"], *threads], None),
        "extension": ("train_extension.py", ["--mels", run / "mels", "--out", run / "extension", "--minutes",
                                             size["extension"], *threads], None),
        "ldm": ("train_ldm.py", ["--latents", run / "latents-1", "--held-out", run / "latents-validation",
                                 "--vae", run / "vae", "--out", run / "ldm", "--minutes", size["ldm"]], None),
        "export": ("export.py", ["--run", run, "--out", options.out or run / "model"], None),
    }
    names = list(stages)
    for name in (options.first, options.until):
        if name and name not in names:
            parser.error(f"there is no stage {name!r}: {', '.join(names)}")
    for name in names[names.index(options.first or names[0]) : names.index(options.until or names[-1]) + 1]:
        script, arguments, finished = stages[name]
        if finished and finished.exists():
            print(f"== {name}: finished before", flush=True)
            continue
        print(f"== {name}", flush=True)
        start = time.time()
        launcher = ["-m", "torch.distributed.run", "--nproc-per-node", str(options.processes)] if name == "ldm" else []
        subprocess.run([sys.executable, *launcher, str(HERE / script), *map(str, arguments)], check=True)
        print(f"== {name}: {(time.time() - start) / 60:.1f} minutes", flush=True)


if __name__ == "__main__":
    main()
