"""Every stage of the default model, from nothing to a model folder.

    python3 train.py --run run [--smoke] [--threads 1] [--from STAGE] [--until STAGE]

Needs Debian 12's ffmpeg, fluidsynth, fluid-soundfont-gm and wordnet-base, and requirements.txt in a virtual
environment. A stage that is finished is skipped; one that was interrupted goes on. How long each stage goes on is
said in settings/, in steps; --smoke takes the few steps of their [smoke] tables and a few packages, to see that
everything works.
"""
import argparse
import pathlib
import subprocess
import sys
import time

import settings

HERE = pathlib.Path(__file__).parent
SMOKE_PACKAGES = ("sound-theme-freedesktop,yaru-theme-sound,hydrogen-data,openttd-opensfx,wesnoth-1.16-data,"
                  "oxygen-sounds")


class Stage:
    """A script with its arguments, and the file that shows that it is finished (a training stage knows it by
    itself)."""

    def __init__(self, script, *arguments, finished=None, processes=1):
        self.script, self.arguments, self.finished, self.processes = script, arguments, finished, processes

    def run(self, name):
        if self.finished and self.finished.exists():
            print(f"== {name}: finished before", flush=True)
            return
        print(f"== {name}", flush=True)
        start = time.time()
        launcher = ["-m", "torch.distributed.run", "--nproc-per-node", self.processes] if self.processes > 1 else []
        subprocess.run([sys.executable, *map(str, [*launcher, HERE / self.script, *self.arguments])], check=True)
        print(f"== {name}: {(time.time() - start) / 60:.1f} minutes", flush=True)


def stages(options):
    """All stages by name, in their order."""
    run, size = options.run, settings.read("scenes", options)
    data = ["--mels", run / "mels", "--sounds", run / "sounds"]
    training = ["--threads", options.threads] + (["--smoke"] if options.smoke else [])
    arranged = [*data, "--midi", run / "midi", "--jobs", options.threads]
    encoded = ["--vae", run / "vae", "--clap", run / "clap", "--threads", options.threads]

    def scenes(name, count, *more):
        return Stage("arrange.py", *arranged, "--items", count, "--out", run / name, *more,
                     finished=run / name / "index.tsv")

    def latents(name, of, *more):
        return Stage("encode.py", "--scenes", run / of, "--out", run / name, *encoded, *more,
                     finished=run / name / "settings.json")

    return {
        "fetch": Stage("fetch_sounds.py", "--out", run / "sounds", "--rate", 48000,
                       *(["--packages", SMOKE_PACKAGES] if options.smoke else [])),
        "prepare": Stage("prepare.py", "--sounds", run / "sounds", "--out", run / "mels",
                         finished=run / "mels/index.tsv"),
        "midi": Stage("render_midi.py", "--out", run / "midi", "--items", size.midi,
                      finished=run / "midi/validation/index.tsv"),
        "scenes": scenes("scenes-1", size.scenes),
        "held-out": scenes("scenes-validation", size.held_out, "--split", "validation"),
        "vae": Stage("train_vae.py", "--mels", run / "mels", "--out", run / "vae", *training),
        "clap": Stage("train_clap.py", "--mels", run / "mels", "--out", run / "clap", *training),
        "text": Stage("train_text.py", "--mels", run / "mels", "--clap", run / "clap", "--out", run / "text",
                      *training),
        "latents": latents("latents-1", "scenes-1"),
        "latents-held-out": latents("latents-validation", "scenes-validation",
                                    "--scaling", run / "latents-1/settings.json"),
        "vocoder": Stage("train_vocoder.py", *data, "--out", run / "vocoder", *training),
        "roundtrip": Stage("train_roundtrip.py", *data, "--model", run, "--out", run / "roundtrip", *training),
        "decoder": Stage("train_decoder.py", "--mels", run / "mels", "--model", run, "--trip", run / "roundtrip",
                         "--out", run / "decoder", *training),
        "extension": Stage("train_extension.py", "--mels", run / "mels", "--out", run / "extension", *training),
        "ldm": Stage("train_ldm.py", "--latents", run / "latents-1", "--held-out", run / "latents-validation",
                     "--vae", run / "vae", "--out", run / "ldm", *training,
                     processes=settings.read("diffusion", options).processes),
        "export": Stage("export.py", "--run", run, "--out", options.out or run / "model"),
        "memory": Stage("memory.py", "--mels", run / "mels", "--midi", run / "midi",
                        "--model", options.out or run / "model"),
    }


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--run", type=pathlib.Path, default=HERE / "run")
    parser.add_argument("--out", type=pathlib.Path, help="the model folder (default: RUN/model)")
    parser.add_argument("--smoke", action="store_true")
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--from", dest="first", help="the stage to begin with")
    parser.add_argument("--until", help="the stage to end with")
    parser.set_defaults(settings=None)
    options = parser.parse_args()
    chosen = stages(options)
    names = list(chosen)
    for name in (options.first, options.until):
        if name and name not in names:
            parser.error(f"there is no stage {name!r}: {', '.join(names)}")
    for name in names[names.index(options.first or names[0]) : names.index(options.until or names[-1]) + 1]:
        chosen[name].run(name)


if __name__ == "__main__":
    main()
