#!/usr/bin/env python3
"""What each network of the bundled model computes, by diffusers and transformers where these have it.

    python3 Tests/Fixtures/make_bundled.py     # writes Tests/Fixtures/bundled/expected.safetensors

Needs Examples/train-model/requirements.txt. To be run again when other weights ship: the tests hold the shipped model
against these numbers, so that other weights, or a part that is read wrongly, are noticed. Inputs are torch's normal
numbers of a seed, which the tests draw themselves.
"""
import json
import pathlib
import sys

import torch
from diffusers import AutoencoderKL, UNet2DConditionModel
from safetensors.torch import load_file, save_file
from transformers import ClapAudioModelWithProjection, ClapTextModelWithProjection, RobertaTokenizerFast

HERE = pathlib.Path(__file__).parent
ROOT = HERE.parents[1]
MODEL = ROOT / "Sources/Core/Resources/DefaultModel"
sys.path.append(str(ROOT / "Examples/train-model"))

from models import BandExtension, Vocos, vocode  # noqa: E402

PROMPTS = ["a dog barks twice", "rain falling on a tin roof", "a cello, then a glockenspiel!"]


def normal(seed, *shape):
    return torch.randn(shape, generator=torch.Generator().manual_seed(seed))


def mel(seed, frames, bins=80):
    """Numbers as log-mels have them, [1, frames, bins]."""
    return 1.5 * normal(seed, 1, frames, bins) - 6


def ours(kind, folder):
    """One of the networks that no library has."""
    settings = json.loads((MODEL / folder / "config.json").read_text())
    renamed = {"feature_size": "bins", "hidden_size": "width"} if kind is BandExtension else {}
    unused = ("architectures", "kernel_size", "input_mean", "input_scale") if kind is BandExtension else ("architectures",)
    module = kind(**{renamed.get(key, key): value for key, value in settings.items() if key not in unused}).eval()
    weights = load_file(MODEL / folder / "model.safetensors")
    missing, unexpected = module.load_state_dict({k: v.float() for k, v in weights.items()}, strict=False)
    assert not unexpected and not set(missing) & set(dict(module.named_parameters())), (missing, unexpected)
    return module


@torch.no_grad()
def main():
    def part(kind, folder):
        return kind.from_pretrained(MODEL, subfolder=folder, local_files_only=True).float().eval()

    expected = {}
    tokenizer = RobertaTokenizerFast(str(MODEL / "tokenizer/vocab.json"), str(MODEL / "tokenizer/merges.txt"))
    tower = part(ClapTextModelWithProjection, "text_encoder")
    for index, prompt in enumerate(PROMPTS):
        tokens = tokenizer(prompt, return_tensors="pt")
        expected[f"tokens.{index}"] = tokens["input_ids"][0].float()
        expected[f"text.{index}"] = tower(**tokens).text_embeds
    expected["audio"] = part(ClapAudioModelWithProjection, "audio_encoder")(
        input_features=mel(1, 256, 64)[:, None], is_longer=torch.zeros(1, 1, dtype=torch.bool)).audio_embeds
    autoencoder = part(AutoencoderKL, "vae")
    scale = autoencoder.config.scaling_factor
    expected["encoded"] = autoencoder.encode(mel(2, 32)[:, None]).latent_dist.mean * scale
    expected["decoded"] = autoencoder.decode(normal(3, 1, 8, 8, 20) / scale).sample
    expected["denoised"] = part(UNet2DConditionModel, "unet")(
        normal(4, 1, 8, 16, 20), 700, encoder_hidden_states=None, class_labels=normal(5, 1, 512) / 512 ** 0.5).sample
    known = (torch.arange(80) < 37).float()[None]
    expected["extended"] = ours(BandExtension, "band_extension")(mel(6, 24), known)
    expected["vocoded"] = vocode(ours(Vocos, "vocoder"), mel(7, 24))
    out = HERE / "bundled"
    out.mkdir(exist_ok=True)
    save_file({name: tensor.contiguous() for name, tensor in expected.items()}, out / "expected.safetensors")
    (out / "prompts.json").write_text(json.dumps(PROMPTS, indent=2) + "\n")


if __name__ == "__main__":
    main()
