"""Make the fixtures of the network tests: tiny real-class models with random weights, their inputs and outputs.

    pip install torch diffusers transformers tokenizers safetensors librosa
    python3 make_networks.py            # rewrites networks/ beside this file

Every model is written as a folder of config.json and weights, exactly as diffusers and transformers save it, with
`expected.safetensors` beside them. Older layouts (attention names, weight normalisation) are derived from the same weights.
"""
import json
import math
import pathlib
import shutil
import sys

import librosa
import torch
from diffusers import AudioLDMPipeline, AutoencoderKL, DDIMScheduler, UNet2DConditionModel
from diffusers.models.unets import unet_2d_blocks as blocks
from safetensors.torch import load_file, save_file
from tokenizers import ByteLevelBPETokenizer
from transformers import (ClapAudioConfig, ClapAudioModelWithProjection, ClapTextConfig, ClapTextModelWithProjection,
                          RobertaTokenizerFast, SpeechT5HifiGan, SpeechT5HifiGanConfig)

HERE = pathlib.Path(__file__).resolve().parent
sys.path.append(str(HERE.parents[1] / "Examples/train-model"))

from models import BandExtension, Vocos, matched  # noqa: E402

OUT = HERE / "networks"
UNET_WEIGHTS = "diffusion_pytorch_model.safetensors"
CAPTIONS = """a dog barking in the distance while rain falls on a tin roof
calm piano music, energetic electronic music with a steady beat
a man speaking as birds sing; footsteps on gravel, a door creaks open
thunder rumbles, waves crash on the shore, the wind howls 1234567890 !?.,'"-()""".splitlines()


def randomised(module: torch.nn.Module, gain: float = 1.0) -> torch.nn.Module:
    """Weights that keep signals near unit size and leave no bias, scale or table at its neutral start."""
    with torch.no_grad():
        for name, parameter in module.named_parameters():
            if parameter.dim() > 1:
                fan_in = parameter[0].numel()
                if "embeddings" in name or "bias_table" in name:
                    fan_in = 1
                parameter.copy_(torch.randn_like(parameter) * gain * fan_in ** -0.5)
            elif name.endswith("bias"):
                parameter.copy_(torch.randn_like(parameter) * 0.1)
            else:
                parameter.copy_(1 + torch.randn_like(parameter) * 0.2)
    return module.eval()


def write(tensors: dict, path: pathlib.Path):
    path.parent.mkdir(parents=True, exist_ok=True)
    save_file({name: tensor.detach().contiguous().clone() for name, tensor in tensors.items()}, path)


def normal(*shape: int) -> torch.Tensor:
    return torch.randn(*shape)


# ---------------------------------------------------------------- text and audio towers

def text_encoder(name: str, **options):
    config = dict(vocab_size=60, hidden_size=16, num_hidden_layers=2, num_attention_heads=4, intermediate_size=24,
                  projection_dim=12, max_position_embeddings=24, layer_norm_eps=1e-12)
    model = randomised(ClapTextModelWithProjection(ClapTextConfig(**{**config, **options})))
    folder = OUT / name
    model.save_pretrained(folder)
    expected = {}
    for index, count in enumerate([2, 7, 20]):
        ids = torch.randint(3, 60, (1, count))
        # Padding is part of what the reference sees; the real tokens alone must give the same embedding.
        padded = torch.cat([ids, torch.full((1, 21 - count), model.config.pad_token_id)], dim=1)
        mask = (torch.arange(21) < count).long()[None]
        expected[f"ids.{index}"] = ids[0].float()
        expected[f"embedding.{index}"] = model(padded, attention_mask=mask).text_embeds
    write(expected, folder / "expected.safetensors")


def audio_encoder(name: str, lengths: list, **options):
    config = dict(window_size=4, num_mel_bins=16, spec_size=64, patch_size=4, patch_stride=[4, 4], hidden_size=16,
                  projection_dim=12, depths=[2, 1], num_attention_heads=[2, 4], patch_embeds_hidden_size=8)
    model = randomised(ClapAudioModelWithProjection(ClapAudioConfig(**{**config, **options})))
    normaliser = model.audio_model.audio_encoder.batch_norm
    normaliser.running_mean.copy_(normal(16) - 4)
    normaliser.running_var.copy_(torch.rand(16) + 1)
    folder = OUT / name
    model.save_pretrained(folder)
    expected = {}
    for index, length in enumerate(lengths):
        mel = normal(2, 1, length, 16) * 1.5 - 4
        expected[f"mel.{index}"] = mel
        expected[f"embedding.{index}"] = model(input_features=mel).audio_embeds
    write(expected, folder / "expected.safetensors")


# ---------------------------------------------------------------- UNet

def unet_blocks():
    """Each kind of block by itself, its weights under the name of the case."""
    common = dict(temb_channels=20, resnet_groups=4, resnet_eps=1e-5)
    attention = dict(cross_attention_dim=16, num_attention_heads=4)
    cases = {
        "down": blocks.DownBlock2D(8, 16, num_layers=2, **common),
        "down-last": blocks.DownBlock2D(8, 16, num_layers=1, add_downsample=False, **common),
        "down-padded": blocks.DownBlock2D(8, 16, num_layers=1, downsample_padding=0, **common),
        "cross-down": blocks.CrossAttnDownBlock2D(8, 16, num_layers=2, **attention, **common),
        "cross-down-linear": blocks.CrossAttnDownBlock2D(
            16, 16, num_layers=1, transformer_layers_per_block=2, use_linear_projection=True, **attention, **common),
        "middle": blocks.UNetMidBlock2D(16, num_layers=0, add_attention=False, **common),
        "cross-middle": blocks.UNetMidBlock2DCrossAttn(16, **attention, **common),
        "up": blocks.UpBlock2D(8, prev_output_channel=16, out_channels=16, num_layers=2, **common),
        "up-last": blocks.UpBlock2D(8, prev_output_channel=16, out_channels=8, num_layers=1, add_upsample=False,
                                    **common),
        "cross-up": blocks.CrossAttnUpBlock2D(8, 16, 12, num_layers=2, **attention, **common),
    }
    weights, expected = {}, {}
    for name, block in cases.items():
        weights |= {f"{name}.{key}": value for key, value in randomised(block).state_dict().items()}
        inputs, skips = block.resnets[0].in_channels, []
        if "up" in name:  # skips come in the order of the way down: the last one is taken first
            widths = [8, 16][:len(block.resnets)]
            skips = [normal(2, width, 5, 4) for width in widths]
            inputs -= widths[-1]
        sample, embedding = normal(2, inputs, 5, 4), normal(2, 20)
        expected[f"{name}.sample"], expected[f"{name}.embedding"] = sample, embedding
        if skips:
            for index, skip in enumerate(skips):
                expected[f"{name}.skip.{index}"] = skip
            expected[f"{name}.output"] = block(sample, tuple(skips), temb=embedding)
            if block.upsamplers:
                expected[f"{name}.output.sized"] = block(sample, tuple(skips), temb=embedding, upsample_size=(9, 7))
        elif "down" in name:
            expected[f"{name}.output"], states = block(sample, temb=embedding)
            for index, state in enumerate(states):
                expected[f"{name}.state.{index}"] = state
        else:
            expected[f"{name}.output"] = block(sample, temb=embedding)
    write(weights, OUT / "unet-blocks" / UNET_WEIGHTS)
    write(expected, OUT / "unet-blocks" / "expected.safetensors")


def unet(name: str, sizes: list, labels: int = 0, **options):
    config = dict(sample_size=16, in_channels=3, out_channels=3, layers_per_block=1, norm_num_groups=4)
    model = randomised(UNet2DConditionModel(**{**config, **options}))
    folder = OUT / name
    model.save_pretrained(folder)
    expected = {}
    for index, (height, width) in enumerate(sizes):
        sample, timestep = normal(2, 3, height, width), [981, 7][index % 2]
        condition = normal(2, labels) if labels else None
        expected[f"sample.{index}"] = sample
        expected[f"timestep.{index}"] = torch.tensor([float(timestep)])
        if labels:
            expected[f"condition.{index}"] = condition
        expected[f"output.{index}"] = model(sample, timestep, None, class_labels=condition).sample
    write(expected, folder / "expected.safetensors")


# ---------------------------------------------------------------- autoencoder

def autoencoder(name: str, sizes: list, **options):
    config = dict(in_channels=1, out_channels=1, latent_channels=3, layers_per_block=1, norm_num_groups=4,
                  block_out_channels=(8, 8, 16), down_block_types=("DownEncoderBlock2D",) * 3,
                  up_block_types=("UpDecoderBlock2D",) * 3, scaling_factor=0.7)
    model = randomised(AutoencoderKL(**{**config, **options}))
    folder = OUT / name
    model.save_pretrained(folder)
    expected = {}
    for index, (height, width) in enumerate(sizes):
        mel = normal(2, 1, height, width)
        posterior = model.encode(mel).latent_dist
        noise = normal(*posterior.mean.shape)
        expected[f"mel.{index}"], expected[f"noise.{index}"] = mel, noise
        expected[f"mean.{index}"] = posterior.mean * model.config.scaling_factor
        expected[f"drawn.{index}"] = (posterior.mean + posterior.std * noise) * model.config.scaling_factor
        expected[f"decoded.{index}"] = model.decode(noise / model.config.scaling_factor).sample
    write(expected, folder / "expected.safetensors")
    return folder


def with_old_attention_names(folder: pathlib.Path, copy: pathlib.Path, convolutions: bool):
    """The same autoencoder as files of 2022 and 2023 hold it."""
    shutil.copytree(folder, copy, ignore=shutil.ignore_patterns("expected.*"))
    old = {"to_q": "query", "to_k": "key", "to_v": "value", "to_out.0": "proj_attn"}
    weights = {}
    for key, tensor in load_file(copy / UNET_WEIGHTS).items():
        for new, former in old.items():
            if f"attentions.0.{new}." in key:
                key = key.replace(new, former)
                if convolutions and tensor.dim() == 2:
                    tensor = tensor[:, :, None, None]
        weights[key] = tensor
    write(weights, copy / UNET_WEIGHTS)


# ---------------------------------------------------------------- vocoders

def hifi_gan_model(channels: int, **options) -> SpeechT5HifiGan:
    model = SpeechT5HifiGan(SpeechT5HifiGanConfig(upsample_initial_channel=channels, **options))
    return randomised(model, gain=1.3)


def hifi_gan():
    folder = OUT / "hifi-gan"
    model = hifi_gan_model(16, model_in_dim=6, sampling_rate=16000, upsample_rates=[5, 2], normalize_before=True,
                           upsample_kernel_sizes=[16, 4], resblock_kernel_sizes=[3, 7],
                           resblock_dilation_sizes=[[1, 3, 5], [1, 2]], leaky_relu_slope=0.15)
    model.mean.copy_(normal(6))
    model.scale.copy_(torch.rand(6) + 0.5)
    model.save_pretrained(folder)
    mel = normal(2, 13, 6)
    write({"mel": mel, "waveform": model(mel)}, folder / "expected.safetensors")
    # Weight normalisation w = g v / |v| (arXiv 1602.07868), in the two ways in which PyTorch stores g and v.
    for name, magnitude, direction in [("hifi-gan-weight-norm", "weight_g", "weight_v"),
                                       ("hifi-gan-parametrized", "parametrizations.weight.original0",
                                        "parametrizations.weight.original1")]:
        copy = OUT / name
        shutil.copytree(folder, copy, ignore=shutil.ignore_patterns("expected.*"))
        weights = {}
        for key, tensor in load_file(folder / "model.safetensors").items():
            if not key.endswith(".weight"):
                weights[key] = tensor
                continue
            stem = key.removesuffix("weight")
            weights[stem + magnitude] = tensor.norm(dim=(1, 2), keepdim=True)
            weights[stem + direction] = tensor * (0.5 + torch.rand(tensor.shape[0], 1, 1))
        write(weights, copy / "model.safetensors")


def vocos():
    folder = OUT / "vocos"
    model = randomised(Vocos(input_channels=6, dim=8, intermediate_dim=20, num_layers=2, n_fft=48, hop_length=10,
                             sampling_rate=16000))
    with torch.no_grad():  # a third of the magnitudes beyond the bound of 100
        model.head.out.bias[:25] += 4
    write(model.state_dict(), folder / "model.safetensors")
    (folder / "config.json").write_text(json.dumps(model.config, indent=2) + "\n")
    expected = {}
    for index, count in enumerate([1, 2, 17]):
        mel = normal(2, 6, count)
        expected[f"mel.{index}"] = mel.transpose(1, 2)
        expected[f"waveform.{index}"] = model(mel)
    write(expected, folder / "expected.safetensors")


def vocos_with_extras():
    folder = OUT / "vocos-extras"
    model = randomised(Vocos(input_channels=6, dim=8, intermediate_dim=20, num_layers=1, n_fft=48, hop_length=12,
                             sampling_rate=16000, input_mean=-0.5, input_scale=2.0, noise_channels=3,
                             steady_phase=True))
    write(model.state_dict(), folder / "model.safetensors")
    (folder / "config.json").write_text(json.dumps(model.config, indent=2) + "\n")
    expected = {}
    for first in (0, 1001):
        mel = normal(2, 6, 5)
        expected[f"mel.{first}"] = mel.transpose(1, 2)
        expected[f"waveform.{first}"] = model(mel, first)
    write(expected, folder / "expected.safetensors")


def mel_matching():
    """A buzz brought to a log-mel that differs from its own, of which the upper bands are not known in the second item."""
    rate, fft, hop, bands, frames = 16000, 192, 40, 9, 30
    edges = librosa.mel_frequencies(bands + 2, fmin=0, fmax=5000)
    bank = torch.from_numpy(librosa.filters.mel(sr=rate, n_fft=fft, n_mels=bands, fmin=0, fmax=5000))
    mel = 1.5 * normal(2, frames, bands) - 4
    mel[0, 10:14] = math.log(1e-5) - 1  # as good as silent
    mel[1, :, 6:] = -15
    samples = 0.3 * (torch.arange(frames * hop) % 37 / 18 - 1).repeat(2, 1) + 0.05 * normal(2, frames * hop)
    result = matched(samples, mel, bank=bank, spans=torch.from_numpy(edges[2:] - edges[:-2]).float(), gain=0.5, floor=1e-5,
                     hop=hop, rounds=4)
    write({"mel": mel, "samples": samples, "matched": result}, OUT / "mel-matching" / "expected.safetensors")


# ---------------------------------------------------------------- the whole pipeline

def pipeline():
    folder = OUT / "pipeline"
    bpe = ByteLevelBPETokenizer()
    bpe.train_from_iterator(CAPTIONS * 20, vocab_size=320, min_frequency=1,
                            special_tokens=["<s>", "<pad>", "</s>", "<unk>", "<mask>"])
    (folder / "tokenizer").mkdir(parents=True)
    bpe.save_model(str(folder / "tokenizer"))
    tokenizer = RobertaTokenizerFast(str(folder / "tokenizer/vocab.json"), str(folder / "tokenizer/merges.txt"),
                                     model_max_length=48)
    channels = (8, 8, 16)
    unet_model = randomised(UNet2DConditionModel(
        sample_size=16, in_channels=4, out_channels=4, layers_per_block=1, norm_num_groups=4,
        down_block_types=("DownBlock2D", "CrossAttnDownBlock2D", "CrossAttnDownBlock2D"),
        up_block_types=("CrossAttnUpBlock2D", "CrossAttnUpBlock2D", "UpBlock2D"),
        block_out_channels=channels, cross_attention_dim=channels, attention_head_dim=2,
        class_embed_type="simple_projection", projection_class_embeddings_input_dim=48, class_embeddings_concat=True))
    vae = randomised(AutoencoderKL(
        in_channels=1, out_channels=1, latent_channels=4, layers_per_block=1, block_out_channels=(8, 8, 8),
        norm_num_groups=4, sample_size=64, down_block_types=("DownEncoderBlock2D",) * 3,
        up_block_types=("UpDecoderBlock2D",) * 3, scaling_factor=0.9))
    text = randomised(ClapTextModelWithProjection(ClapTextConfig(
        vocab_size=320, hidden_size=16, num_hidden_layers=1, num_attention_heads=2, intermediate_size=32,
        projection_dim=48, max_position_embeddings=50, layer_norm_eps=1e-12)))
    vocoder = hifi_gan_model(
        32, model_in_dim=64, sampling_rate=16000, normalize_before=False, upsample_rates=[5, 4, 2, 2, 2],
        upsample_kernel_sizes=[16, 16, 8, 4, 4], resblock_kernel_sizes=[3, 7],
        resblock_dilation_sizes=[[1, 3]] * 2)
    scheduler = DDIMScheduler(beta_start=0.0015, beta_end=0.0195, beta_schedule="scaled_linear", clip_sample=False,
                              set_alpha_to_one=False, steps_offset=1)
    whole = AudioLDMPipeline(vae=vae, text_encoder=text, tokenizer=tokenizer, unet=unet_model, scheduler=scheduler,
                             vocoder=vocoder)
    whole.save_pretrained(folder)
    whole.set_progress_bar_config(disable=True)

    kept = {}
    encode, draw, decode = whole._encode_prompt, whole.prepare_latents, whole.decode_latents

    def keeping(name, call):
        def kept_call(*positional, **named):
            kept[name] = call(*positional, **named)
            return kept[name].clone()
        return kept_call

    whole._encode_prompt = keeping("prompt.embeddings", encode)
    whole.prepare_latents = keeping("initial.latent", draw)
    whole.decode_latents = keeping("mel", decode)
    audio = whole("a dog barking in the rain", negative_prompt="calm piano", audio_length_in_s=0.58,
                  num_inference_steps=10, guidance_scale=2.5, generator=torch.Generator("cpu").manual_seed(7),
                  callback=lambda step, _, latent: kept.update({f"latent.{step}": latent}), callback_steps=1).audios
    kept["waveform"] = torch.as_tensor(audio)
    write(kept, folder / "expected.safetensors")


def band_extension():
    model = randomised(BandExtension(bins=16, width=12, dilations=(1, 3)))
    folder = OUT / "band-extension"
    write(model.state_dict(), folder / "model.safetensors")
    (folder / "config.json").write_text(json.dumps(model.config, indent=2) + "\n")
    mel = normal(2, 40, 16) * 2 - 6
    expected = {"mel": mel}
    for first in (1, 9, 16):
        expected[f"extended.{first}"] = model(mel, (torch.arange(16) < first).float().expand(2, 16))
    write(expected, folder / "expected.safetensors")


if __name__ == "__main__":
    torch.set_grad_enabled(False)
    torch.set_num_threads(1)
    shutil.rmtree(OUT, ignore_errors=True)
    for seed, make in enumerate([
        lambda: text_encoder("text-encoder"),
        lambda: text_encoder("text-encoder-relu", hidden_act="relu", projection_hidden_act="gelu", pad_token_id=2,
                             type_vocab_size=2, layer_norm_eps=1e-5),
        lambda: audio_encoder("audio-encoder", [256, 100]),
        lambda: audio_encoder("audio-encoder-padded", [64], window_size=5, spec_size=32, patch_size=6,
                              patch_stride=[4, 2], qkv_bias=False, enable_patch_layer_norm=False, depths=[2],
                              num_attention_heads=[2], hidden_size=8, hidden_act="relu", mlp_ratio=2.0),
        unet_blocks,
        lambda: unet("unet", [(8, 4), (11, 6)], labels=10, block_out_channels=(8, 8, 16),
                     layers_per_block=[1, 2, 1], attention_head_dim=[2, 2, 4], cross_attention_dim=[8, 8, 16],
                     down_block_types=("DownBlock2D", "CrossAttnDownBlock2D", "CrossAttnDownBlock2D"),
                     up_block_types=("CrossAttnUpBlock2D", "CrossAttnUpBlock2D", "UpBlock2D"),
                     class_embed_type="simple_projection", projection_class_embeddings_input_dim=10,
                     class_embeddings_concat=True),
        lambda: unet("unet-linear", [(6, 4), (7, 5)], labels=10, block_out_channels=(8, 16),
                     attention_head_dim=2, cross_attention_dim=[8, 16], transformer_layers_per_block=[1, 2],
                     down_block_types=("CrossAttnDownBlock2D", "DownBlock2D"),
                     up_block_types=("UpBlock2D", "CrossAttnUpBlock2D"), use_linear_projection=True,
                     class_embed_type="simple_projection", projection_class_embeddings_input_dim=10,
                     flip_sin_to_cos=False, freq_shift=1, norm_eps=1e-4),
        lambda: unet("unet-plain", [(6, 4)], block_out_channels=(8, 8), cross_attention_dim=8,
                     mid_block_type="UNetMidBlock2D", down_block_types=("DownBlock2D", "DownBlock2D"),
                     up_block_types=("UpBlock2D", "UpBlock2D"), downsample_padding=0),
        lambda: with_old_attention_names(autoencoder("autoencoder", [(16, 8), (13, 10)]),
                                         OUT / "autoencoder-old-names", convolutions=True),
        lambda: autoencoder("autoencoder-plain", [(8, 6)], use_quant_conv=False, use_post_quant_conv=False,
                            mid_block_add_attention=False, block_out_channels=(4, 8), norm_num_groups=2,
                            layers_per_block=2, down_block_types=("DownEncoderBlock2D",) * 2,
                            up_block_types=("UpDecoderBlock2D",) * 2),
        hifi_gan,
        vocos,
        pipeline,
        vocos_with_extras,
        mel_matching,
        band_extension,
    ]):
        torch.manual_seed(seed)
        make()
    total = sum(path.stat().st_size for path in OUT.rglob("*") if path.is_file())
    print(f"{OUT}: {total / 1e6:.2f} MB")
