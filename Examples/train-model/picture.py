"""The picture of the model card: held-out sounds, and what edit-cli made of them and from prompts.

    python3 picture.py --mels run/mels --sounds run/sounds --program edit-cli --model ../../Sources/Core/Resources/DefaultModel \\
        --out ../../docs/model-sounds.png
"""
import argparse
import pathlib
import tempfile

import scipy.signal
import soundfile
import torch

import frontend
from clips import Clips
from compute import load
from evaluate import run
from models import autoencoder
from plots import picture

SECONDS, FIRST, LAST = 5, 1.9, 3.1  # of each sound; of the gap
FILLED = ["orchestral", "mine pump", "celtic", "waterfall"]
PROMPTS = ["heavy rain on a roof", "footsteps on gravel", "a drum beat"]


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    for name in ("mels", "sounds", "program", "model", "out"):
        parser.add_argument("--" + name, required=True)
    options = parser.parse_args()
    clips = Clips(options.mels, "validation", options.sounds)
    rows, titles = [], []

    def show(title, samples):
        rows.append(frontend.log_mel(samples))
        titles.append(title)
        return samples

    def held_out(word):
        """The first held-out clip that is long enough and of which this is said."""
        index, caption = next((i, row["caption"]) for i, row in enumerate(clips.rows)
                              if word in row["caption"] and row["samples"] >= SECONDS * frontend.RATE)
        return show(f"held out: {caption}", clips.samples(index, 0, SECONDS * frontend.RATE))

    with tempfile.TemporaryDirectory() as folder:
        source, out = pathlib.Path(folder) / "in.wav", pathlib.Path(folder) / "out.wav"

        def made(title, job, *arguments):
            run(options.program, [job, *arguments, "--output", str(out), "--force", "--quiet", "--model", options.model])
            show(title, soundfile.read(out, dtype="float32")[0])

        def filled(word, sound):
            sound[int(FIRST * frontend.RATE) : int(LAST * frontend.RATE)] = 0
            soundfile.write(source, sound, frontend.RATE, "PCM_16")
            made(f"the {word} sound with {FIRST} to {LAST} s filled", "inpaint", str(source), "--region", f"{FIRST}-{LAST}")

        sound = held_out(FILLED[0])
        model = load(pathlib.Path(options.model) / "vae", autoencoder())
        mel = torch.from_numpy(rows[-1][: len(rows[-1]) // 4 * 4])[None, None]
        with torch.no_grad():
            rows.append(model.decode(model.encode(mel).latent_dist.mean).sample[0, 0].numpy())
        titles.append("the same through the autoencoder")
        soundfile.write(source, scipy.signal.resample_poly(sound, 8000, frontend.RATE), 8000, "PCM_16")
        made("the same at a rate of 8 kHz, upsampled", "upsample", str(source), "--rate", str(frontend.RATE))
        soundfile.write(source, sound, frontend.RATE, "PCM_16")
        made("the same restyled: heavy rain, strength 0.6", "restyle", str(source), "--prompt", "heavy rain", "--strength", "0.6")
        filled(FILLED[0], sound)
        for word in FILLED[1:]:
            filled(word, held_out(word))
        for prompt in PROMPTS:
            made(f"generated: {prompt}", "generate", prompt, "--duration", str(SECONDS), "--seed", "1")
    picture(options.out, rows, titles)


if __name__ == "__main__":
    main()
