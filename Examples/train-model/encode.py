"""Scenes -> what the diffusion model is trained on: latents in 8 bits and embeddings of their passages.

    python3 encode.py --scenes run/scenes --vae run/vae --clap run/clap --out run/latents

Writes OUT/latent.i8 [scenes, 256, 20, 8] (times 24: unit-scaled latents from -5.3 to 5.3), OUT/embedding.f16
[scenes, 7, 512] (windows of 2.56 s at 1.28 s hop; zeros where a window is silent) and OUT/settings.json (the scaling
factor). The same scaling factor serves every split: --scaling takes it from another run.
"""
import argparse
import json
import pathlib

import numpy as np
import torch

import frontend
from compute import autocast, device, load
from models import audio_tower, autoencoder, embed_sound, text_head
from models.towers import WIDTH

STEPS = 24  # levels per unit
WINDOWS = [128 * i for i in range(7)]  # first mel frame of each


def load_tower(folder):
    """The audio tower of a stage's state, or of an exported model."""
    if not (folder / "state.pt").exists():
        return load(folder, audio_tower())
    return load(folder, torch.nn.ModuleList([audio_tower(), text_head()]))[0]


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    for name in ("scenes", "vae", "clap", "out"):
        parser.add_argument("--" + name, type=pathlib.Path, required=True)
    parser.add_argument("--scaling", type=pathlib.Path,
                        help="settings.json, or an exported autoencoder's config.json, to take the scaling factor from")
    parser.add_argument("--threads", type=int, default=1)
    options = parser.parse_args()
    torch.set_num_threads(options.threads)
    model = load(options.vae, autoencoder()).to(memory_format=torch.channels_last)
    tower = load_tower(options.clap)
    mels = np.memmap(options.scenes / "mel.f16", np.float16, "r").reshape(-1, 1024, frontend.BINS)

    @torch.no_grad()
    def latents(part):
        with autocast():
            part = torch.from_numpy(part.astype(np.float32))[:, None].to(device())
            return model.encode(part.contiguous(memory_format=torch.channels_last)).latent_dist.mean.float()

    if options.scaling:
        scaling = json.loads(options.scaling.read_text())["scaling_factor"]
    else:
        chosen = np.sort(np.random.default_rng(0).choice(len(mels), min(len(mels), 160), replace=False))
        scaling = 1 / torch.cat([latents(mels[chosen[i : i + 8]]) for i in range(0, len(chosen), 8)]).std().item()
    options.out.mkdir(parents=True, exist_ok=True)
    with open(options.out / "latent.part", "wb") as first, open(options.out / "embedding.part", "wb") as second:
        for start in range(0, len(mels), 8):
            part = np.asarray(mels[start : start + 8])
            scaled = latents(part) * scaling * STEPS
            first.write(scaled.round().clamp(-127, 127).to(torch.int8).permute(0, 2, 3, 1).cpu().numpy().tobytes())
            windows = np.stack([part[:, at : at + 256] for at in WINDOWS], 1).astype(np.float32)
            loud = (windows.max((2, 3)) > -8.0)[..., None]
            with torch.no_grad(), autocast():
                vectors = embed_sound(tower, torch.from_numpy(windows.reshape(-1, 256, frontend.BINS)).to(device()))
            vectors = vectors.cpu().numpy().reshape(len(part), len(WINDOWS), WIDTH) * loud
            second.write(vectors.astype(np.float16).tobytes())
            if start % 800 == 0:
                print(f"{start} of {len(mels)} scenes", flush=True)
    (options.out / "latent.part").rename(options.out / "latent.i8")
    (options.out / "embedding.part").rename(options.out / "embedding.f16")
    (options.out / "settings.json").write_text(json.dumps({"scaling_factor": scaling}))


if __name__ == "__main__":
    main()
