"""The stages' averaged weights -> a model folder in the layout of diffusers, 16-bit floats.

    python3 export.py --run run --out Sources/Core/Resources/DefaultModel [--earlier DefaultModel/unet]

Reads RUN/{vae,clap,text,vocoder,extension,ldm}/state.pt and RUN/latents-1/settings.json. The UNet may be averaged
with an earlier export of the same training: the shipped one is the mean of 11.1 and 12.0 hours. With the weights goes
provenance.json: of each part how many steps it was trained, on what, and what it started from.
"""
import argparse
import json
import pathlib
import shutil

import torch
from safetensors.torch import save_file

import frontend
import provenance
from compute import load
from diffuse import MARK
from encode import load_tower
from models import BandExtension, autoencoder, scheduler, text_tower, unet, vocoder
from models.vocoder import MASKED


def write(folder, name, module, configuration):
    folder.mkdir(parents=True, exist_ok=True)
    tensors = {key: value.half().contiguous().cpu() for key, value in module.state_dict().items()
               if value.is_floating_point()}
    for key, value in tensors.items():
        if not torch.isfinite(value).all():
            raise SystemExit(f"{folder.name}: {key} does not fit 16-bit floats")
    save_file(tensors, folder / name, metadata={"format": "pt"})
    (folder / name).chmod(0o644)
    (folder / "config.json").write_text(json.dumps(configuration, indent=2, sort_keys=True) + "\n")
    print(f"{folder.name}: {sum(t.numel() for t in tensors.values()) / 1e6:.2f} M parameters, "
          f"{(folder / name).stat().st_size / 1e6:.1f} MB")


def plain(configuration):
    """A configuration without the paths and versions of where it was made, nor the list by which diffusers would put
    the defaults of its next version in the place of values that stand there."""
    skip = ("_use_default_values", "_name_or_path", "transformers_version", "torch_dtype", "dtype")
    return {k: v for k, v in dict(configuration).items() if k not in skip}


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--run", type=pathlib.Path, required=True)
    parser.add_argument("--out", type=pathlib.Path, required=True)
    parser.add_argument("--earlier", type=pathlib.Path, help="unet/ of an earlier export; half of each is taken")
    options = parser.parse_args()
    run, out = options.run, options.out

    model = load(run / "vae", autoencoder())
    model.register_to_config(scaling_factor=json.loads((run / "latents-1/settings.json").read_text())["scaling_factor"])
    write(out / "vae", "diffusion_pytorch_model.safetensors", model, plain(model.config))
    model = load(run / "ldm", unet())
    if options.earlier:
        earlier = load(options.earlier, unet())
        torch._foreach_lerp_(list(model.parameters()), list(earlier.parameters()), 0.5)
    write(out / "unet", "diffusion_pytorch_model.safetensors", model, plain(model.config))
    model = load(run / "vocoder", vocoder())
    write(out / "vocoder", "model.safetensors", model, model.config)
    model = load(run / "extension", BandExtension())
    write(out / "band_extension", "model.safetensors", model, model.config)
    model = load_tower(run / "clap")
    write(out / "audio_encoder", "model.safetensors", model,
          plain(model.config.to_dict()) | {"architectures": ["ClapAudioModelWithProjection"]})
    model = load(run / "text", text_tower())
    write(out / "text_encoder", "model.safetensors", model,
          plain(model.config.to_dict()) | {"architectures": ["ClapTextModelWithProjection"]})
    (out / "tokenizer").mkdir(exist_ok=True)
    for name in ("vocab.json", "merges.txt"):
        shutil.copy(run / "text" / "tokenizer" / name, out / "tokenizer")
    (out / "tokenizer" / "tokenizer_config.json").write_text(json.dumps(
        {"tokenizer_class": "RobertaTokenizer", "model_max_length": 128}, indent=2) + "\n")
    scheduler().save_pretrained(out / "scheduler")
    (out / "feature_extractor").mkdir(exist_ok=True)
    (out / "feature_extractor" / "preprocessor_config.json").write_text(json.dumps({
        "sampling_rate": frontend.RATE, "fft_window_size": frontend.FFT, "window_size": frontend.FFT,
        "hop_length": frontend.HOP, "feature_size": frontend.BINS, "frequency_min": 0.0,
        "frequency_max": frontend.HIGHEST, "magnitude_gain": frontend.GAIN, "floor": frontend.FLOOR}, indent=2) + "\n")
    (out / "model_index.json").write_text(json.dumps({
        "_class_name": "AudioLDMPipeline", "scheduler": ["diffusers", "DDIMScheduler"],
        "text_encoder": ["transformers", "ClapTextModelWithProjection"],
        "tokenizer": ["transformers", "RobertaTokenizerFast"], "unet": ["diffusers", "UNet2DConditionModel"],
        "vae": ["diffusers", "AutoencoderKL"], "vocoder": ["retouch", "Vocos"],
        "band_extension": ["retouch", "BandExtension"],
        "audio_encoder": ["transformers", "ClapAudioModelWithProjection"],
    }, indent=2) + "\n")
    # What diffusers' layout cannot say: how the model was trained to be used.
    (out / "editing.json").write_text(json.dumps(
        {"held_cells": "clean", "held_offset": MARK, "prior": "line", "unconditional": "zeros",
         "unknown_band": MASKED, "inpaint_strength": 0.1, "upsample_strength": 0.5, "restyle_method": "noise"}, indent=2) + "\n")
    provenance.write(run, out, options.earlier)


if __name__ == "__main__":
    main()
