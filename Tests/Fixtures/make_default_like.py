"""Make `default-like/` beside this file: a folder of the default model's layout with random weights, tiny.

    pip install torch diffusers transformers tokenizers safetensors
    python3 make_default_like.py [--full OUT]    # --full: the default model's real sizes, for measuring time and memory

It sounds like nothing, but everything that an editing job asks of a model is there: 48 kHz front end with 80 bands, an
autoencoder of factor 4 without attention, v prediction, both CLAP towers, Vocos, a band extension.
"""
import argparse
import json
import pathlib
import shutil
import sys

import torch
from diffusers import AutoencoderKL, DDIMScheduler, UNet2DConditionModel
from safetensors.torch import load_file, save_file
from tokenizers import ByteLevelBPETokenizer
from transformers import ClapAudioConfig, ClapAudioModelWithProjection, ClapTextConfig, ClapTextModelWithProjection

HERE = pathlib.Path(__file__).resolve().parent
sys.path.append(str(HERE.parents[1] / "Examples/train-model"))

from models import BandExtension, Vocos  # noqa: E402

CAPTIONS = ["a dog barks while rain falls on a tin roof", "calm piano music", "footsteps on gravel, a door creaks open"]
BANDS, RATE, HOP, FFT = 80, 48000, 480, 3072


def slaney(hertz: float) -> float:
    return hertz * 3 / 200 if hertz < 1000 else 15 + 27 * torch.log(torch.tensor(hertz / 1000, dtype=torch.float64)).item() / 1.8562979903656263


def highest() -> float:
    """The upper edge of band 80, where AudioLDM's 65 steps to 8 kHz are continued."""
    mel = slaney(8000.0) / 65 * (BANDS + 1)
    return 1000 * torch.exp(torch.tensor((mel - 15) * 1.8562979903656263 / 27, dtype=torch.float64)).item()


def randomised(module: torch.nn.Module, gain: float = 1.0) -> torch.nn.Module:
    with torch.no_grad():
        for name, parameter in module.named_parameters():
            if parameter.dim() > 1:
                fan_in = 1 if "embeddings" in name or "bias_table" in name else parameter[0].numel()
                parameter.copy_(torch.randn_like(parameter) * gain * fan_in ** -0.5)
            elif name.endswith("bias"):
                parameter.copy_(torch.randn_like(parameter) * 0.1)
            else:
                parameter.copy_(1 + torch.randn_like(parameter) * 0.1)
    return module.eval()


def halved(path: pathlib.Path):
    """The shipped weights are 16-bit floats; integer buffers stay."""
    weights = load_file(path)
    save_file({k: v.half() if v.is_floating_point() else v for k, v in weights.items()}, path, {"format": "pt"})


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--full", type=pathlib.Path)
    full = parser.parse_args().full
    out = full or HERE / "default-like"
    shutil.rmtree(out, ignore_errors=True)
    torch.manual_seed(0)
    torch.set_grad_enabled(False)
    width = 512 if full else 24

    channels = (48, 96, 192, 256) if full else (8, 8, 12, 16)
    unet = randomised(UNet2DConditionModel(
        sample_size=128, in_channels=8, out_channels=8, layers_per_block=1, norm_num_groups=16 if full else 4,
        down_block_types=("DownBlock2D", "DownBlock2D", "CrossAttnDownBlock2D", "CrossAttnDownBlock2D"),
        up_block_types=("CrossAttnUpBlock2D", "CrossAttnUpBlock2D", "UpBlock2D", "UpBlock2D"),
        block_out_channels=channels, cross_attention_dim=list(channels),
        attention_head_dim=(3, 3, 6, 8) if full else (2, 2, 3, 4), class_embed_type="simple_projection",
        projection_class_embeddings_input_dim=width, class_embeddings_concat=True))
    unet.conv_out.weight *= 0.3
    unet.save_pretrained(out / "unet")

    vae = randomised(AutoencoderKL(
        in_channels=1, out_channels=1, latent_channels=8, layers_per_block=1,
        block_out_channels=(24, 48, 96) if full else (4, 8, 8), norm_num_groups=8 if full else 2, sample_size=512,
        down_block_types=("DownEncoderBlock2D",) * 3, up_block_types=("UpDecoderBlock2D",) * 3,
        mid_block_add_attention=False, scaling_factor=0.8))
    # Log-mels lie about -6, give or take 3.
    vae.encoder.conv_in.weight /= 3
    vae.encoder.conv_in.bias += 6 * vae.encoder.conv_in.weight.sum((1, 2, 3))
    vae.decoder.conv_out.bias.fill_(-6)
    vae.save_pretrained(out / "vae")

    scheduler = DDIMScheduler(
        beta_start=0.0015, beta_end=0.0195, beta_schedule="scaled_linear", clip_sample=False, set_alpha_to_one=True,
        steps_offset=0, prediction_type="v_prediction", timestep_spacing="trailing")
    scheduler.save_pretrained(out / "scheduler")

    bpe = ByteLevelBPETokenizer()
    bpe.train_from_iterator(CAPTIONS * 20, vocab_size=320, min_frequency=1,
                            special_tokens=["<s>", "<pad>", "</s>", "<unk>", "<mask>"])
    (out / "tokenizer").mkdir(parents=True)
    bpe.save_model(str(out / "tokenizer"))
    text = randomised(ClapTextModelWithProjection(ClapTextConfig(
        vocab_size=6000 if full else 320, hidden_size=256 if full else 16, num_hidden_layers=4 if full else 1,
        num_attention_heads=4 if full else 2, intermediate_size=1024 if full else 32, projection_dim=width,
        max_position_embeddings=130 if full else 50, layer_norm_eps=1e-12)))
    text.save_pretrained(out / "text_encoder")
    heads = [3, 6, 12] if full else [1, 2]
    audio = randomised(ClapAudioModelWithProjection(ClapAudioConfig(
        window_size=4, num_mel_bins=64, spec_size=128, patch_size=8, patch_stride=[8, 8],
        hidden_size=384 if full else 16, patch_embeds_hidden_size=96 if full else 8, depths=[2, 2, 2] if full else [1, 1],
        num_attention_heads=heads, num_hidden_layers=len(heads), projection_dim=width)))
    norm = audio.audio_model.audio_encoder.batch_norm
    norm.running_mean.fill_(-6)
    norm.running_var.fill_(9)
    audio.save_pretrained(out / "audio_encoder")

    vocoder = randomised(Vocos(
        input_channels=BANDS, dim=384 if full else 12, intermediate_dim=1152 if full else 24,
        num_layers=8 if full else 2, n_fft=1920, hop_length=HOP, sampling_rate=RATE))
    # Magnitudes about 1 give samples of a few hundredths.
    vocoder.head.out.weight[:961] *= 0.5
    vocoder.head.out.weight[961:] *= 3
    vocoder.head.out.bias[:961].fill_(-0.5)
    (out / "vocoder").mkdir()
    save_file({k: v.detach().contiguous() for k, v in vocoder.state_dict().items()}, out / "vocoder/model.safetensors")
    (out / "vocoder/config.json").write_text(json.dumps(vocoder.config, indent=2) + "\n")

    extension = randomised(BandExtension(width=256 if full else 12, dilations=(1, 2, 4, 8) if full else (1, 2)))
    (out / "band_extension").mkdir()
    save_file(extension.state_dict(), out / "band_extension/model.safetensors")
    (out / "band_extension/config.json").write_text(json.dumps(extension.config, indent=2) + "\n")

    (out / "feature_extractor").mkdir()
    (out / "feature_extractor/preprocessor_config.json").write_text(json.dumps({
        "sampling_rate": RATE, "fft_window_size": FFT, "window_size": FFT, "hop_length": HOP, "feature_size": BANDS,
        "frequency_min": 0, "frequency_max": highest(), "magnitude_gain": 1 / 3, "floor": 1e-5}, indent=2) + "\n")
    (out / "editing.json").write_text(json.dumps({"held_cells": "clean", "unconditional": "zeros", "unknown_band": -15,
        "inpaint_strength": 0.1, "upsample_strength": 0.5}, indent=2) + "\n")
    (out / "model_index.json").write_text(json.dumps({
        "_class_name": "AudioLDMPipeline", "audio_encoder": ["transformers", "ClapAudioModelWithProjection"],
        "scheduler": ["diffusers", "DDIMScheduler"], "text_encoder": ["transformers", "ClapTextModelWithProjection"],
        "tokenizer": ["transformers", "RobertaTokenizerFast"], "unet": ["diffusers", "UNet2DConditionModel"],
        "vae": ["diffusers", "AutoencoderKL"], "vocoder": ["vocos", "Vocos"],
        "band_extension": ["retouch", "BandExtension"]}, indent=2) + "\n")
    for path in out.rglob("*.safetensors"):
        halved(path)
    total = sum(path.stat().st_size for path in out.rglob("*") if path.is_file())
    print(f"{out}: {total / 1e6:.2f} MB")
    mel = vae.decode(torch.randn(1, 8, 32, 20)).sample
    sound = vocoder(mel[0].transpose(1, 2))
    print(f"mel {mel.mean():.2f} +- {mel.std():.2f}, samples +- {sound.std():.3f}, peak {sound.abs().max():.3f}")


if __name__ == "__main__":
    main()
