"""The stages' averaged weights -> a model folder in the layout of diffusers, 16-bit floats.

    python3 export.py --run run --out run/model [--model DefaultModel] [--earlier DefaultModel/unet]

Reads RUN/{vae,clap,text,vocoder,roundtrip,decoder,extension,ldm}/state.pt and RUN/latents-1/settings.json. Decoder and vocoder
are those of the round trip, where there is one, and then the decoder that was trained once more. What RUN has no state of
comes from another exported model, as it is. The UNet may be averaged with an earlier export of the same training. With the
weights goes provenance.json: of each part how many steps it was trained, on what, and what it started from.
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
from train_roundtrip import RoundTrip


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


def write_tokenizer(trained, out):
    out.mkdir(exist_ok=True)
    for name in ("vocab.json", "merges.txt"):
        shutil.copy(trained / name, out)
    (out / "tokenizer_config.json").write_text(json.dumps(
        {"tokenizer_class": "RobertaTokenizer", "model_max_length": 128}, indent=2) + "\n")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--run", type=pathlib.Path, required=True)
    parser.add_argument("--out", type=pathlib.Path, required=True)
    parser.add_argument("--model", type=pathlib.Path, help="an exported model, for what the run has no state of")
    parser.add_argument("--earlier", type=pathlib.Path, help="unet/ of an earlier export; half of each is taken")
    options = parser.parse_args()
    run, out = options.run, options.out

    def has(stage):
        return (run / stage / "state.pt").exists()

    def source(stage, part):
        """Where a part's weights lie: a stage's state or the other model."""
        if has(stage) or not options.model:
            return run / stage
        return options.model / part

    def copied(stage, part):
        """Takes a whole part from the other model, if the run has no state of it."""
        if source(stage, part) == run / stage:
            return False
        shutil.copytree(options.model / part, out / part, dirs_exist_ok=True)
        return True

    coder, vocos = load(source("vae", "vae"), autoencoder()), load(source("vocoder", "vocoder"), vocoder())
    if has("roundtrip"):
        load(run / "roundtrip", RoundTrip(coder, vocos))
    if has("decoder"):
        coder = load(run / "decoder", coder)
    scaling = run / "latents-1/settings.json" if has("vae") else options.model / "vae/config.json"
    coder.register_to_config(scaling_factor=json.loads(scaling.read_text())["scaling_factor"])
    write(out / "vae", "diffusion_pytorch_model.safetensors", coder, plain(coder.config))
    write(out / "vocoder", "model.safetensors", vocos, vocos.config)
    model = load(source("ldm", "unet"), unet())
    if options.earlier:
        earlier = load(options.earlier, unet())
        torch._foreach_lerp_(list(model.parameters()), list(earlier.parameters()), 0.5)
    write(out / "unet", "diffusion_pytorch_model.safetensors", model, plain(model.config))
    if not copied("extension", "band_extension"):
        model = load(run / "extension", BandExtension())
        write(out / "band_extension", "model.safetensors", model, model.config)
    if not copied("clap", "audio_encoder"):
        model = load_tower(run / "clap")
        write(out / "audio_encoder", "model.safetensors", model,
              plain(model.config.to_dict()) | {"architectures": ["ClapAudioModelWithProjection"]})
    if copied("text", "text_encoder"):
        shutil.copytree(options.model / "tokenizer", out / "tokenizer", dirs_exist_ok=True)
    else:
        model = load(run / "text", text_tower())
        write(out / "text_encoder", "model.safetensors", model,
              plain(model.config.to_dict()) | {"architectures": ["ClapTextModelWithProjection"]})
        write_tokenizer(run / "text" / "tokenizer", out / "tokenizer")
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
         "unknown_band": MASKED, "inpaint_strength": 0.1, "upsample_strength": 0.5, "restyle_method": "noise",
         "restyle_depth": 1.6, "precision": "bfloat16"}, indent=2) + "\n")
    provenance.write(run, out, options.earlier)


if __name__ == "__main__":
    main()
