"""Write AudioLDM checkpoints in the original's single-file layout, with random weights, and what diffusers and transformers make of them.

    pip install torch diffusers transformers tokenizers safetensors
    python3 make_original.py                                   # writes original/, the fixture of the tests
    python3 make_original.py --file FILE --size tiny|s|m|l     # one file in the sizes of audioldm-s-full, -m-full or -l-full
    python3 make_original.py --compare FILE FOLDER             # holds `edit-cli models convert FILE FOLDER` against the converters
    python3 make_original.py --names --size s                  # holds the layout against AudioLDM's own code (pip install --no-deps audioldm)

The weights mean nothing; every name and shape is the original's. UNet and VAE are converted by diffusers' own functions, the towers by
the renaming that diffusers' script for AudioLDM does, extended to the audio tower; all are loaded strictly, so nothing is left out.
"""
import argparse
import hashlib
import json
import pathlib
import re

import numpy
import torch
from diffusers import AutoencoderKL, UNet2DConditionModel
from diffusers.loaders.single_file_utils import convert_ldm_unet_checkpoint, convert_ldm_vae_checkpoint
from safetensors.torch import load_file, save_file
from transformers import (ClapAudioConfig, ClapAudioModelWithProjection, ClapFeatureExtractor, ClapTextConfig,
                          ClapTextModelWithProjection, SpeechT5HifiGan, SpeechT5HifiGanConfig)

OUT = pathlib.Path(__file__).resolve().parent / "original"
SIZES = {  # UNet base, multiples, residual blocks, attention from level; VAE base, multiples, blocks, channels; text; audio; vocoder
    "tiny": dict(unet=(32, (1, 2), 1), vae=(32, (1, 1), 1, 4), text=(320, 64, 1, 128, 66), audio=(8, (1, 2), (2, 4)),
                 width=32, vocoder=32, scale=0.75),
    "s": dict(unet=(128, (1, 2, 3, 5), 2), vae=(128, (1, 2, 4), 2, 8), text=(50265, 768, 12, 3072, 514),
              audio=(96, (2, 2, 6, 2), (4, 8, 16, 32)), width=512, vocoder=1024, scale=0.9392935633659363),
    "m": dict(unet=(192, (1, 2, 3, 5), 2), vae=(128, (1, 2, 4), 2, 8), text=(50265, 768, 12, 3072, 514),
              audio=(128, (2, 2, 12, 2), (4, 8, 16, 32)), width=512, vocoder=1024, scale=0.9138255715370178),
    "l": dict(unet=(256, (1, 2, 3, 5), 2), vae=(128, (1, 2, 4), 2, 8), text=(50265, 768, 12, 3072, 514),
              audio=(96, (2, 2, 6, 2), (4, 8, 16, 32)), width=512, vocoder=1024, scale=0.9654927849769592),
}
RATES, KERNELS, RESIDUALS, DILATIONS = (5, 4, 2, 2, 2), (16, 16, 8, 4, 4), (3, 7, 11), (1, 3, 5)


# ---------------------------------------------------------------- the original's names and shapes

def layer(name, *shape, bias=True):
    return {f"{name}.weight": shape} | ({f"{name}.bias": shape[:1]} if bias else {})


def norm(name, width):
    return layer(name, width)


def unet_shapes(size) -> dict:
    base, multiples, blocks = size["unet"]
    width, latent = size["width"], size["vae"][3]
    shapes = layer("time_embed.0", 4 * base, base) | layer("time_embed.2", 4 * base, 4 * base)
    shapes |= layer("film_emb", 4 * base, width)

    def residual(name, inputs, outputs):
        found = norm(f"{name}.in_layers.0", inputs) | layer(f"{name}.in_layers.2", outputs, inputs, 3, 3)
        found |= layer(f"{name}.emb_layers.1", outputs, 8 * base) | norm(f"{name}.out_layers.0", outputs)
        found |= layer(f"{name}.out_layers.3", outputs, outputs, 3, 3)
        return found | (layer(f"{name}.skip_connection", outputs, inputs, 1, 1) if inputs != outputs else {})

    def transformer(name, channels):
        block = f"{name}.transformer_blocks.0"
        found = norm(f"{name}.norm", channels) | layer(f"{name}.proj_in", channels, channels, 1, 1)
        for attention in ("attn1", "attn2"):
            for part in ("to_q", "to_k", "to_v"):
                found |= layer(f"{block}.{attention}.{part}", channels, channels, bias=False)
            found |= layer(f"{block}.{attention}.to_out.0", channels, channels)
        found |= layer(f"{block}.ff.net.0.proj", 8 * channels, channels) | layer(f"{block}.ff.net.2", channels, 4 * channels)
        for number in (1, 2, 3):
            found |= norm(f"{block}.norm{number}", channels)
        return found | layer(f"{name}.proj_out", channels, channels, 1, 1)

    shapes |= layer("input_blocks.0.0", base, latent, 3, 3)
    skips, channels, index = [base], base, 1
    for level, multiple in enumerate(multiples):
        for _ in range(blocks):
            shapes |= residual(f"input_blocks.{index}.0", channels, multiple * base)
            channels = multiple * base
            if level > 0:
                shapes |= transformer(f"input_blocks.{index}.1", channels)
            skips.append(channels)
            index += 1
        if level < len(multiples) - 1:
            shapes |= layer(f"input_blocks.{index}.0.op", channels, channels, 3, 3)
            skips.append(channels)
            index += 1
    shapes |= residual("middle_block.0", channels, channels) | transformer("middle_block.1", channels)
    shapes |= residual("middle_block.2", channels, channels)
    index = 0
    for level, multiple in reversed(list(enumerate(multiples))):
        for block in range(blocks + 1):
            shapes |= residual(f"output_blocks.{index}.0", channels + skips.pop(), multiple * base)
            channels, place = multiple * base, 1
            if level > 0:
                shapes |= transformer(f"output_blocks.{index}.1", channels)
                place = 2
            if level > 0 and block == blocks:
                shapes |= layer(f"output_blocks.{index}.{place}.conv", channels, channels, 3, 3)
            index += 1
    return shapes | norm("out.0", base) | layer("out.2", latent, base, 3, 3)


def vae_shapes(size) -> dict:
    base, multiples, blocks, latent = size["vae"]

    def residual(name, inputs, outputs):
        found = norm(f"{name}.norm1", inputs) | layer(f"{name}.conv1", outputs, inputs, 3, 3)
        found |= norm(f"{name}.norm2", outputs) | layer(f"{name}.conv2", outputs, outputs, 3, 3)
        return found | (layer(f"{name}.nin_shortcut", outputs, inputs, 1, 1) if inputs != outputs else {})

    def middle(name, channels):
        found = residual(f"{name}.block_1", channels, channels) | norm(f"{name}.attn_1.norm", channels)
        for part in ("q", "k", "v", "proj_out"):
            found |= layer(f"{name}.attn_1.{part}", channels, channels, 1, 1)
        return found | residual(f"{name}.block_2", channels, channels)

    shapes = layer("encoder.conv_in", base, 1, 3, 3)
    channels = base
    for level, multiple in enumerate(multiples):
        for block in range(blocks):
            shapes |= residual(f"encoder.down.{level}.block.{block}", channels, multiple * base)
            channels = multiple * base
        if level < len(multiples) - 1:
            shapes |= layer(f"encoder.down.{level}.downsample.conv", channels, channels, 3, 3)
    shapes |= middle("encoder.mid", channels) | norm("encoder.norm_out", channels)
    shapes |= layer("encoder.conv_out", 2 * latent, channels, 3, 3)
    shapes |= layer("decoder.conv_in", channels, latent, 3, 3) | middle("decoder.mid", channels)
    for level, multiple in reversed(list(enumerate(multiples))):
        for block in range(blocks + 1):
            shapes |= residual(f"decoder.up.{level}.block.{block}", channels, multiple * base)
            channels = multiple * base
        if level > 0:
            shapes |= layer(f"decoder.up.{level}.upsample.conv", channels, channels, 3, 3)
    shapes |= norm("decoder.norm_out", channels) | layer("decoder.conv_out", 1, channels, 3, 3)
    return shapes | layer("quant_conv", 2 * latent, 2 * latent, 1, 1) | layer("post_quant_conv", latent, latent, 1, 1)


def text_shapes(size) -> dict:
    words, width, layers, hidden, positions = size["text"]
    shapes = {"embeddings.word_embeddings.weight": (words, width), "embeddings.position_embeddings.weight": (positions, width),
              "embeddings.token_type_embeddings.weight": (1, width)} | norm("embeddings.LayerNorm", width)
    for number in range(layers):
        name = f"encoder.layer.{number}"
        for part in ("query", "key", "value"):
            shapes |= layer(f"{name}.attention.self.{part}", width, width)
        shapes |= layer(f"{name}.attention.output.dense", width, width) | norm(f"{name}.attention.output.LayerNorm", width)
        shapes |= layer(f"{name}.intermediate.dense", hidden, width) | layer(f"{name}.output.dense", width, hidden)
        shapes |= norm(f"{name}.output.LayerNorm", width)
    return shapes | layer("pooler.dense", width, width)


def audio_shapes(size) -> dict:
    width, depths, heads = size["audio"]
    shapes = norm("bn0", 64) | {"bn0.running_mean": (64,), "bn0.running_var": (64,)}
    shapes |= layer("patch_embed.proj", width, 1, 4, 4) | norm("patch_embed.norm", width)
    for stage, depth in enumerate(depths):
        for block in range(depth):
            name = f"layers.{stage}.blocks.{block}"
            shapes |= norm(f"{name}.norm1", width) | {f"{name}.attn.relative_position_bias_table": (225, heads[stage])}
            shapes |= layer(f"{name}.attn.qkv", 3 * width, width) | layer(f"{name}.attn.proj", width, width)
            shapes |= norm(f"{name}.norm2", width)
            shapes |= layer(f"{name}.mlp.fc1", 4 * width, width) | layer(f"{name}.mlp.fc2", width, 4 * width)
        if stage < len(depths) - 1:
            shapes |= layer(f"layers.{stage}.downsample.reduction", 2 * width, 4 * width, bias=False)
            shapes |= norm(f"layers.{stage}.downsample.norm", 4 * width)
            width *= 2
    return shapes | norm("norm", width)


def vocoder_shapes(size) -> dict:
    channels = size["vocoder"]
    shapes = layer("conv_pre", channels, 64, 7)
    for stage, kernel in enumerate(KERNELS):
        shapes |= {f"ups.{stage}.weight": (channels, channels // 2, kernel), f"ups.{stage}.bias": (channels // 2,)}
        channels //= 2
        for place, length in enumerate(RESIDUALS):
            for group in ("convs1", "convs2"):
                for number in range(len(DILATIONS)):
                    shapes |= layer(f"resblocks.{3 * stage + place}.{group}.{number}", channels, channels, length)
    return shapes | layer("conv_post", 1, channels, 7)


# ---------------------------------------------------------------- random weights

def weight(name: str, shape, kind) -> torch.Tensor:
    """Numbers that keep signals near unit size and leave nothing at its neutral start."""
    if "running_var" in name:
        value = 0.5 + torch.rand(shape)
    elif len(shape) > 1:
        fan_in = 1 if "embeddings" in name or "bias_table" in name else int(numpy.prod(shape[1:]))
        if name.startswith("ups."):
            fan_in = shape[0] * 2
        value = torch.randn(shape) * fan_in**-0.5
    elif name.endswith("weight"):
        value = 1 + 0.2 * torch.randn(shape)
    else:
        value = 0.1 * torch.randn(shape)
    return value.to(kind)


def unused(*shape, kind=torch.float32) -> torch.Tensor:
    """A tensor of one number, of any shape: for what nobody reads."""
    return torch.zeros(1, dtype=kind).expand(*shape) if shape else torch.zeros((), dtype=kind)


def original(size_name: str, seed=0) -> dict:
    """The state dictionary of the file."""
    size = SIZES[size_name]
    kind = torch.float16 if size_name == "tiny" else torch.float32
    torch.manual_seed(seed)
    state = {}
    # 1. What the file has of the diffusion itself.
    for name in ("betas", "alphas_cumprod", "alphas_cumprod_prev", "sqrt_alphas_cumprod", "logvar"):
        state[name] = unused(1000)
    state["scale_factor"] = torch.tensor(size["scale"])
    # 2. The UNet twice: as it was after the last step, which nobody wants, and the mean of its last steps.
    for name, shape in unet_shapes(size).items():
        state[f"model.diffusion_model.{name}"] = unused(*shape, kind=kind)
        state["model_ema." + f"diffusion_model.{name}".replace(".", "")] = weight(name, shape, kind)
    state["model_ema.decay"] = torch.tensor(0.9999)
    state["model_ema.num_updates"] = torch.tensor(1, dtype=torch.int32)
    # 3. The autoencoder, its vocoder, and what judged it in training.
    for name, shape in vae_shapes(size).items():
        state[f"first_stage_model.{name}"] = weight(name, shape, kind)
    for name, shape in vocoder_shapes(size).items():
        state[f"first_stage_model.vocoder.{name}"] = weight(name, shape, kind)
    state["first_stage_model.loss.discriminator.main.0.weight"] = unused(64, 1, 4, 4)
    # 4. CLAP.
    clap = "cond_stage_model.model."
    width, tall = size["width"], size["audio"][0] * 2 ** (len(size["audio"][1]) - 1)
    for name, shape in text_shapes(size).items():
        state[f"{clap}text_branch.{name}"] = weight(name, shape, kind)
    state[f"{clap}text_branch.embeddings.position_ids"] = torch.arange(size["text"][4])[None]
    for name, shape in audio_shapes(size).items():
        state[f"{clap}audio_branch.{name}"] = weight(name, shape, kind)
    state[f"{clap}audio_branch.bn0.num_batches_tracked"] = torch.tensor(7)
    for stage, depth in enumerate(size["audio"][1]):
        side = 64 >> stage
        for block in range(depth):
            name = f"{clap}audio_branch.layers.{stage}.blocks.{block}"
            state[f"{name}.attn.relative_position_index"] = unused(64, 64, kind=torch.int64)
            if block % 2 == 1 and side > 8:
                state[f"{name}.attn_mask"] = unused((side // 8) ** 2, 64, 64)
    state[f"{clap}audio_branch.spectrogram_extractor.stft.conv_real.weight"] = unused(513, 1, 1024)
    state[f"{clap}audio_branch.spectrogram_extractor.stft.conv_imag.weight"] = unused(513, 1, 1024)
    state[f"{clap}audio_branch.logmel_extractor.melW"] = unused(513, 64)
    tscam = 2 ** (4 - len(size["audio"][1])) * 2
    for name, shape in (layer("tscam_conv", 527, tall, tscam, 3) | layer("head", 527, 527)).items():
        state[f"{clap}audio_branch.{name}"] = unused(*shape)
    for tower, inputs in (("text", size["text"][1]), ("audio", tall)):
        for name, shape in (layer(f"{tower}_projection.0", width, inputs) | layer(f"{tower}_projection.2", width, width)).items():
            state[clap + name] = weight(name, shape, kind)
        for place in (0, 3):
            for name, shape in layer(f"{tower}_transform.sequential.{place}", width, width).items():
                state[clap + name] = unused(*shape)
    state[f"{clap}logit_scale_a"], state[f"{clap}logit_scale_t"] = torch.tensor(2.6593), torch.tensor(2.6593)
    return state


class ModelCheckpoint:
    """Stands for Lightning's callback of that name, whose class is in the file's pickle."""


ModelCheckpoint.__module__ = "pytorch_lightning.callbacks.model_checkpoint"


def stand_in():
    """Puts the class where Lightning would have it."""
    import sys
    import types
    for count in (1, 2, 3):
        name = ".".join(ModelCheckpoint.__module__.split(".")[:count])
        sys.modules[name] = types.ModuleType(name)
    sys.modules[ModelCheckpoint.__module__].ModelCheckpoint = ModelCheckpoint


def save(state: dict, path: pathlib.Path):
    """As Lightning saves it, with classes that a reader without Lightning does not know."""
    stand_in()
    held = ModelCheckpoint()
    held.best, held.scores = "epoch=3", {"val/loss": torch.tensor(0.25), "steps": numpy.float64(3.5)}
    torch.save({"epoch": 3, "global_step": 12, "pytorch-lightning_version": "1.4.2", "state_dict": state,
                "callbacks": {ModelCheckpoint: held}, "lr_schedulers": [], "optimizer_states": [
                    {"state": {0: {"exp_avg": torch.zeros(3)}}, "param_groups": [{"lr": 1e-5, "betas": (0.9, 0.999), "params": [0]}]}],
                "big": 1 << 80}, path)


# ---------------------------------------------------------------- what the converters make of it

def below(state: dict, prefix: str) -> dict:
    return {name[len(prefix):]: tensor for name, tensor in state.items() if name.startswith(prefix)}


CLAP_NAMES = [("text_branch", "text_model"), ("audio_branch", "audio_model.audio_encoder"), ("attn.proj", "attention.output.dense"),
              (".attn.", ".attention.self."), ("mlp.fc1", "intermediate.dense"), ("mlp.fc2", "output.dense"),
              ("norm1", "layernorm_before"), ("norm2", "layernorm_after"), ("bn0", "batch_norm")]


def tower(clap: dict, kind: str) -> dict:
    found = {}
    for name, value in clap.items():
        if not name.startswith(kind) or "_transform" in name or re.search("extractor|tscam|head|attn_mask|position_i|num_batches", name):
            continue
        for old, new in CLAP_NAMES:
            name = name.replace(old, new)
        name = re.sub(r"_projection\.(\d)", lambda match: f"_projection.linear{1 if match[1] == '0' else 2}", name)
        if "qkv" in name:
            for part, rows in zip(("query", "key", "value"), value.chunk(3)):
                found[name.replace("qkv", part)] = rows
        else:
            found[name] = value
    return found


def converted(state: dict, size_name: str) -> dict:
    """Modules with their weights, by the folders of diffusers' layout."""
    size = SIZES[size_name]
    state = {name: tensor.float() if tensor.is_floating_point() else tensor for name, tensor in state.items()}
    base, multiples, blocks = size["unet"]
    levels = len(multiples)
    channels = tuple(base * multiple for multiple in multiples)
    unet = UNet2DConditionModel(
        sample_size=256, in_channels=size["vae"][3], out_channels=size["vae"][3], layers_per_block=blocks, block_out_channels=channels,
        cross_attention_dim=channels, down_block_types=("DownBlock2D",) + ("CrossAttnDownBlock2D",) * (levels - 1),
        up_block_types=("CrossAttnUpBlock2D",) * (levels - 1) + ("UpBlock2D",),
        attention_head_dim=tuple(width // (64 if base >= 256 else 32) for width in channels),  # the number of heads, whatever its name
        class_embed_type="simple_projection", projection_class_embeddings_input_dim=size["width"], class_embeddings_concat=True)
    film = {f"class_embedding.{part}": state[f"model_ema.diffusion_modelfilm_emb{part}"] for part in ("weight", "bias")}
    unet.load_state_dict(convert_ldm_unet_checkpoint(state, {"layers_per_block": blocks}, extract_ema=True) | film)
    first, multiples, blocks, latent = size["vae"]
    vae = AutoencoderKL(
        in_channels=1, out_channels=1, latent_channels=latent, layers_per_block=blocks, scaling_factor=size["scale"],
        block_out_channels=tuple(first * multiple for multiple in multiples),
        down_block_types=("DownEncoderBlock2D",) * len(multiples), up_block_types=("UpDecoderBlock2D",) * len(multiples))
    parts = {name: tensor for name, tensor in state.items()
             if re.match(r"first_stage_model\.(encoder|decoder|quant_conv|post_quant_conv)\.", name)}
    vae.load_state_dict(convert_ldm_vae_checkpoint(parts, dict(vae.config)))
    clap = below(state, "cond_stage_model.model.")
    words, width, layers, hidden, positions = size["text"]
    text = ClapTextModelWithProjection(ClapTextConfig(
        vocab_size=words, hidden_size=width, num_hidden_layers=layers, num_attention_heads=width // 64, intermediate_size=hidden,
        max_position_embeddings=positions, projection_dim=size["width"], layer_norm_eps=1e-12))
    missing, unexpected = text.load_state_dict(tower(clap, "text"), strict=False)
    assert not unexpected and not [name for name in missing if "token_type_ids" not in name and "position_ids" not in name], missing
    first, depths, heads = size["audio"]
    audio = ClapAudioModelWithProjection(ClapAudioConfig(
        patch_embeds_hidden_size=first, depths=list(depths), num_attention_heads=list(heads), hidden_size=first * 2 ** (len(depths) - 1),
        projection_dim=size["width"], enable_fusion=False, num_hidden_layers=len(depths)))
    missing, unexpected = audio.load_state_dict(tower(clap, "audio"), strict=False)
    assert not unexpected and not [name for name in missing if not re.search("position_index|num_batches", name)], missing
    vocoder = SpeechT5HifiGan(SpeechT5HifiGanConfig(
        model_in_dim=64, sampling_rate=16000, normalize_before=False, upsample_initial_channel=size["vocoder"],
        upsample_rates=list(RATES), upsample_kernel_sizes=list(KERNELS), resblock_kernel_sizes=list(RESIDUALS),
        resblock_dilation_sizes=[list(DILATIONS)] * 3, leaky_relu_slope=0.1))
    names = {name.replace("ups.", "upsampler."): tensor for name, tensor in below(state, "first_stage_model.vocoder.").items()}
    vocoder.load_state_dict(names | {"mean": torch.zeros(64), "scale": torch.ones(64)})
    modules = {"unet": unet, "vae": vae, "text_encoder": text, "audio_encoder": audio, "vocoder": vocoder}
    return {name: module.eval() for name, module in modules.items()}


def weights(module: torch.nn.Module) -> dict:
    """What a file of the module has to hold: no counters, and nothing that only stands for a default."""
    return {name: tensor for name, tensor in module.state_dict().items()
            if tensor.is_floating_point() and name not in ("mean", "scale")}


def expected(modules: dict, size_name: str) -> dict:
    """What the converted modules compute, for tests that open the original file."""
    size = SIZES[size_name]
    latent = size["vae"][3]
    torch.manual_seed(1)
    found = {"unet.latent": torch.randn(1, latent, 8, 32), "unet.condition": torch.randn(1, size["width"]),
             "vae.mel": torch.randn(1, 1, 16, 64), "text.ids": torch.tensor([0, 17, 203, 9, 31, 2]).float(),
             "vocoder.mel": torch.randn(1, 12, 64)}
    time = torch.arange(24000) / 48000
    found["audio.samples"] = 0.3 * torch.sin(2 * torch.pi * (300 + 900 * time) * time) + 0.05 * torch.randn(24000)
    with torch.no_grad():
        found["unet.noise"] = modules["unet"](found["unet.latent"], torch.tensor(500), encoder_hidden_states=None,
                                              class_labels=found["unet.condition"]).sample
        mean = modules["vae"].encode(found["vae.mel"]).latent_dist.mode() * modules["vae"].config.scaling_factor
        found["vae.latent"] = mean
        found["vae.decoded"] = modules["vae"].decode(mean / modules["vae"].config.scaling_factor).sample
        found["text.embedding"] = modules["text_encoder"](found["text.ids"].long()[None]).text_embeds
        extractor = ClapFeatureExtractor(frequency_min=50, frequency_max=14000, truncation="rand_trunc")
        heard = extractor(found["audio.samples"].numpy(), sampling_rate=48000, return_tensors="pt").input_features.float()
        # One frame in eight is enough to hold a log-mel against.
        found["audio.mel"] = heard[0, 0, ::8]
        found["audio.embedding"] = modules["audio_encoder"](input_features=heard).audio_embeds
        found["vocoder.samples"] = modules["vocoder"](found["vocoder.mel"])
    return {name: tensor.detach().contiguous().clone() for name, tensor in found.items()}


def digest(tensor: torch.Tensor) -> str:
    return hashlib.sha256(tensor.float().contiguous().numpy().tobytes()).hexdigest()


def size_of(state: dict) -> str:
    base = state["model.diffusion_model.time_embed.0.weight"].shape[1]
    return next(name for name, size in SIZES.items() if size["unet"][0] == base)


def compare(file: pathlib.Path, folder: pathlib.Path):
    """Holds every tensor of a folder that edit-cli wrote against the converters."""
    stand_in()
    state = torch.load(file, map_location="cpu", weights_only=False, mmap=True)["state_dict"]
    count = 0
    for part, module in converted(state, size_of(state)).items():
        name = "diffusion_pytorch_model" if part in ("unet", "vae") else "model"
        found, wanted = load_file(folder / part / f"{name}.safetensors"), weights(module)
        if found.keys() != wanted.keys():
            raise SystemExit(f"{part}: {sorted(found.keys() ^ wanted.keys())[:5]}")
        for key, tensor in wanted.items():
            if found[key].shape != tensor.shape or not torch.equal(found[key].float(), tensor):
                raise SystemExit(f"{part}: {key} differs")
            count += tensor.numel()
        reloaded = type(module).from_pretrained(folder / part, local_files_only=True)
        different = [key for key, tensor in wanted.items() if not torch.equal(reloaded.state_dict()[key].float(), tensor)]
        if different:
            raise SystemExit(f"{part}: loaded again, {different[:5]} differ")
        print(f"{part}: {len(wanted)} tensors are equal, and loaded by {type(module).__name__}.from_pretrained")
    print(f"{count} numbers in all")


def hold_names(size_name: str):
    """Holds names and shapes against the modules of AudioLDM's own package."""
    import importlib.util
    import sys
    import types
    from transformers import RobertaConfig, RobertaModel
    # Only the modules, not what their packages import besides.
    place = pathlib.Path(importlib.util.find_spec("audioldm").submodule_search_locations[0])
    for name in ("", ".clap", ".clap.open_clip", ".hifigan", ".latent_diffusion", ".variational_autoencoder"):
        package = types.ModuleType("audioldm" + name)
        package.__path__ = [str(place / name.replace(".", "/").lstrip("/"))]
        sys.modules["audioldm" + name] = package
    for name in ("progressbar", "torchvision", "torchvision.ops", "torchvision.ops.misc", "torchaudio", "torchlibrosa",
                 "torchlibrosa.augmentation", "torchlibrosa.stft", "einops"):
        sys.modules[name] = types.ModuleType(name)
    sys.modules["einops"].rearrange = sys.modules["einops"].repeat = None

    class Nothing(torch.nn.Module):
        def __init__(self, *_, **__):
            super().__init__()

    sys.modules["torchlibrosa.augmentation"].SpecAugmentation = Nothing
    sys.modules["torchlibrosa.stft"].LogmelFilterBank = sys.modules["torchlibrosa.stft"].Spectrogram = Nothing
    sys.modules["torchvision.ops.misc"].FrozenBatchNorm2d = torch.nn.Identity
    from audioldm.clap.open_clip.htsat import create_htsat_model
    from audioldm.hifigan.models import Generator
    from audioldm.latent_diffusion.openaimodel import UNetModel
    from audioldm.variational_autoencoder.modules import Decoder, Encoder
    size = SIZES[size_name]
    base, multiples, blocks = size["unet"]

    def check(part, module, shapes, prefix=""):
        found = {prefix + name: tuple(tensor.shape) for name, tensor in module.named_parameters()
                 if not re.search("extractor|tscam|^head", name)}
        wanted = {name: shape for name, shape in shapes.items() if name.startswith(prefix) and "running" not in name}
        if found != wanted:
            raise SystemExit(f"{part}: {sorted(found.items() ^ wanted.items())[:6]}")
        print(f"{part}: {len(found)} names and shapes are AudioLDM's own")

    check("unet", UNetModel(image_size=64, in_channels=8, out_channels=8, model_channels=base, attention_resolutions=[8, 4, 2],
                            num_res_blocks=blocks, channel_mult=list(multiples), num_head_channels=32, use_spatial_transformer=True,
                            extra_film_condition_dim=512, extra_film_use_concat=True), unet_shapes(size))
    first, multiples, blocks, latent = size["vae"]
    options = dict(ch=first, out_ch=1, ch_mult=list(multiples), num_res_blocks=blocks, attn_resolutions=[], in_channels=1,
                   resolution=256, z_channels=latent, double_z=True, downsample_time=False)
    check("encoder", Encoder(**options), vae_shapes(size), "encoder.")
    check("decoder", Decoder(**options), vae_shapes(size), "decoder.")
    check("text", RobertaModel(RobertaConfig(vocab_size=50265, max_position_embeddings=514, type_vocab_size=1)), text_shapes(size))
    config = types.SimpleNamespace(model_name="tiny" if size["audio"][0] == 96 else "base", class_num=527, mel_bins=64, window_size=1024,
                                   hop_size=480, sample_rate=48000, fmin=50, fmax=14000)
    check("audio", create_htsat_model(config), audio_shapes(size))
    vocoder = Generator(types.SimpleNamespace(
        num_mels=64, resblock="1", upsample_rates=RATES, upsample_kernel_sizes=KERNELS, upsample_initial_channel=1024,
        resblock_kernel_sizes=RESIDUALS, resblock_dilation_sizes=[DILATIONS] * 3))
    vocoder.remove_weight_norm()
    check("vocoder", vocoder, vocoder_shapes(size))


if __name__ == "__main__":
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("--file", type=pathlib.Path)
    arguments.add_argument("--size", choices=list(SIZES), default="tiny")
    arguments.add_argument("--seed", type=int, default=0)
    arguments.add_argument("--compare", type=pathlib.Path, nargs=2, metavar=("FILE", "FOLDER"))
    arguments.add_argument("--names", action="store_true")
    options = arguments.parse_args()
    if options.compare:
        compare(*options.compare)
    elif options.names:
        hold_names(options.size)
    elif options.file:
        save(original(options.size, options.seed), options.file)
    else:
        OUT.mkdir(exist_ok=True)
        state = original("tiny")
        save(state, OUT / "tiny.ckpt")
        modules = converted(state, "tiny")
        save_file(expected(modules, "tiny"), OUT / "expected.safetensors")
        (OUT / "tensors.json").write_text(json.dumps({
            part: {name: {"shape": list(tensor.shape), "sha256": digest(tensor)} for name, tensor in weights(module).items()}
            for part, module in modules.items()}, indent=0, sort_keys=True) + "\n")
