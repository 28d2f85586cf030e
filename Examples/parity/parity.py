"""Hold this program against diffusers at full size, number by number.

    pip install torch diffusers transformers tokenizers safetensors soundfile
    swift build -c release            # in the package's folder, then here:
    python3 parity.py --programs ../../.build/release --work /tmp/parity [--size s] [--steps 10] [--seconds 2.56]

Makes an AudioLDM checkpoint with random weights in the sizes of cvssp/audioldm-s-full-v2 (or tiny), runs diffusers' AudioLDMPipeline,
the `parity` program of this folder and `edit-cli generate` with one seed and one prompt, and prints how far they are apart: after
the prompts, the first noise, every denoising step, in the mel and in the waveform. A checkpoint that is already in the folder
MODEL (`--model`) is taken instead of a random one; the bundled model too, whose networks are then those of diffusers and transformers
but for the vocoder, Vocos, which is the training recipe's.
"""
import argparse
import json
import pathlib
import subprocess
import sys
import time
from types import SimpleNamespace

import soundfile
import torch
from diffusers import (AudioLDMPipeline, AutoencoderKL, DDIMScheduler, DPMSolverMultistepScheduler,
                       UNet2DConditionModel)
from safetensors.torch import load_file
from tokenizers import ByteLevelBPETokenizer
from transformers import (ClapAudioModelWithProjection, ClapTextConfig, ClapTextModelWithProjection, RobertaTokenizerFast, SpeechT5HifiGan,
                          SpeechT5HifiGanConfig)

SIZES = {  # UNet channels, UNet layers, groups, VAE channels, latent channels, embedding, vocoder channels
    "tiny": ((32, 64), 1, 8, (16, 32, 32), 4, 64, 32),
    "s": ((128, 256, 384, 640), 2, 32, (128, 256, 512), 8, 512, 1024),
}
CAPTIONS = ["a dog barks in the distance while rain falls on a tin roof", "calm piano music, then birds singing",
            "footsteps on gravel; thunder rumbles 1234567890 !?.,'\"-()"]


def make_checkpoint(size: str, folder: pathlib.Path):
    channels, layers, groups, vae_channels, latent_channels, width, vocoder_channels = SIZES[size]
    torch.manual_seed(0)
    levels = len(channels)
    unet = UNet2DConditionModel(
        sample_size=128, in_channels=latent_channels, out_channels=latent_channels, layers_per_block=layers,
        norm_num_groups=groups, block_out_channels=channels, cross_attention_dim=channels, attention_head_dim=8,
        down_block_types=("DownBlock2D",) + ("CrossAttnDownBlock2D",) * (levels - 1),
        up_block_types=("CrossAttnUpBlock2D",) * (levels - 1) + ("UpBlock2D",),
        class_embed_type="simple_projection", projection_class_embeddings_input_dim=width, class_embeddings_concat=True)
    vae = AutoencoderKL(
        in_channels=1, out_channels=1, latent_channels=latent_channels, layers_per_block=layers, norm_num_groups=groups,
        block_out_channels=vae_channels, down_block_types=("DownEncoderBlock2D",) * len(vae_channels),
        up_block_types=("UpDecoderBlock2D",) * len(vae_channels), sample_size=512, scaling_factor=0.9227914214134216)
    text = ClapTextModelWithProjection(ClapTextConfig(layer_norm_eps=1e-12) if size == "s" else ClapTextConfig(
        hidden_size=32, num_hidden_layers=2, num_attention_heads=4, intermediate_size=64, projection_dim=width,
        layer_norm_eps=1e-12))
    vocoder = SpeechT5HifiGan(SpeechT5HifiGanConfig(
        model_in_dim=64, sampling_rate=16000, normalize_before=False, upsample_initial_channel=vocoder_channels,
        upsample_rates=[5, 4, 2, 2, 2], upsample_kernel_sizes=[16, 16, 8, 4, 4], resblock_kernel_sizes=[3, 7, 11],
        resblock_dilation_sizes=[[1, 3, 5]] * 3, leaky_relu_slope=0.1))
    for module in vocoder.modules():  # transformers' own start is so small that it fades to silence
        if isinstance(module, (torch.nn.Conv1d, torch.nn.ConvTranspose1d)):
            module.reset_parameters()
    scheduler = DDIMScheduler(beta_start=0.0015, beta_end=0.0195, beta_schedule="scaled_linear", clip_sample=False,
                              set_alpha_to_one=False, steps_offset=1)
    bpe = ByteLevelBPETokenizer()
    bpe.train_from_iterator(CAPTIONS * 20, vocab_size=400, min_frequency=1,
                            special_tokens=["<s>", "<pad>", "</s>", "<unk>", "<mask>"])
    (folder / "tokenizer").mkdir(parents=True, exist_ok=True)
    bpe.save_model(str(folder / "tokenizer"))
    tokenizer = RobertaTokenizerFast(str(folder / "tokenizer/vocab.json"), str(folder / "tokenizer/merges.txt"),
                                     model_max_length=512)
    AudioLDMPipeline(vae=vae, text_encoder=text, tokenizer=tokenizer, unet=unet, scheduler=scheduler,
                     vocoder=vocoder).save_pretrained(folder)


class VocosVocoder(torch.nn.Module):
    """The recipe's Vocos with what AudioLDMPipeline asks of a vocoder."""

    device, dtype = torch.device("cpu"), torch.float32

    def __init__(self, folder: pathlib.Path):
        super().__init__()
        sys.path.insert(0, str(pathlib.Path(__file__).parents[1] / "train-model"))
        from models import Vocos, vocode
        config = json.loads((folder / "config.json").read_text())
        self.config = SimpleNamespace(**config, model_in_dim=config["input_channels"],
                                      upsample_rates=[config["hop_length"]])
        self.vocos = Vocos(**{key: value for key, value in config.items() if key != "architectures"}).eval()
        self.vocos.load_state_dict({key: value.float() for key, value in load_file(folder / "model.safetensors").items()},
                                   strict=False)

        self.vocode = vocode

    def forward(self, mel):
        return self.vocode(self.vocos, mel)


def load_pipeline(model: pathlib.Path) -> AudioLDMPipeline:
    if json.loads((model / "model_index.json").read_text())["vocoder"][1] != "Vocos":
        return AudioLDMPipeline.from_pretrained(model, local_files_only=True)

    def part(kind, name):
        return kind.from_pretrained(model, subfolder=name, local_files_only=True).float().eval()

    return AudioLDMPipeline(
        vae=part(AutoencoderKL, "vae"), text_encoder=part(ClapTextModelWithProjection, "text_encoder"),
        tokenizer=RobertaTokenizerFast(str(model / "tokenizer/vocab.json"), str(model / "tokenizer/merges.txt"),
                                       model_max_length=128),
        unet=part(UNet2DConditionModel, "unet"), scheduler=DDIMScheduler.from_pretrained(model, subfolder="scheduler"),
        vocoder=VocosVocoder(model / "vocoder"))


def reference(model: pathlib.Path, options) -> dict:
    """What diffusers computes, by name."""
    pipeline = load_pipeline(model)
    pipeline.set_progress_bar_config(disable=True)
    if options.sampler == "dpm++":
        pipeline.scheduler = DPMSolverMultistepScheduler.from_config(pipeline.scheduler.config)
    kept = {}

    def keeping(name, call):
        def kept_call(*positional, **named):
            kept[name] = call(*positional, **named)
            return kept[name].clone()
        return kept_call

    pipeline._encode_prompt = keeping("condition", pipeline._encode_prompt)
    pipeline.prepare_latents = keeping("latent.initial", pipeline.prepare_latents)
    pipeline.decode_latents = keeping("mel", pipeline.decode_latents)
    with torch.no_grad():
        audio = pipeline(
            options.prompt, negative_prompt=options.negative_prompt, audio_length_in_s=options.seconds,
            num_inference_steps=options.steps, guidance_scale=options.guidance,
            generator=torch.Generator("cpu").manual_seed(options.seed),
            callback=lambda step, _, latent: kept.update({f"latent.{step}": latent.clone()}), callback_steps=1).audios
    if (model / "audio_encoder").exists():
        tower = ClapAudioModelWithProjection.from_pretrained(model, subfolder="audio_encoder", local_files_only=True)
        bins, frames = tower.config.num_mel_bins, tower.config.spec_size**2 // tower.config.num_mel_bins
        with torch.no_grad():
            kept["heard"] = tower.float().eval()(input_features=kept["mel"][:, :, :frames, :bins]).audio_embeds
    kept["waveform"] = torch.as_tensor(audio)
    return kept


def timed(name: str, work):
    start = time.perf_counter()
    result = work()
    print(f"{name}: {time.perf_counter() - start:.1f} s")
    return result


def compare(name: str, found: torch.Tensor, expected: torch.Tensor):
    if found.shape != expected.shape:
        raise SystemExit(f"{name}: shape {tuple(found.shape)}, expected {tuple(expected.shape)}")
    error, peak = (found - expected).abs().max().item(), expected.abs().max().item()
    print(f"{name:22} peak {peak:10.4g}   largest error {error:9.3g}   of the peak {error / peak:9.3g}")


if __name__ == "__main__":
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("--programs", type=pathlib.Path, required=True, help="the folder of the built programs")
    arguments.add_argument("--work", type=pathlib.Path, required=True, help="where files are written")
    arguments.add_argument("--model", type=pathlib.Path, help="a checkpoint; default: a random one in the work folder")
    arguments.add_argument("--size", choices=list(SIZES), default="s")
    arguments.add_argument("--prompt", default="a dog barks in the rain")
    arguments.add_argument("--negative-prompt", default="calm piano music")
    arguments.add_argument("--seconds", type=float, default=2.56)
    arguments.add_argument("--steps", type=int, default=10)
    arguments.add_argument("--sampler", choices=["ddim", "dpm++"], default="ddim")
    arguments.add_argument("--guidance", type=float, default=2.5)
    arguments.add_argument("--seed", type=int, default=0)
    arguments.add_argument("--threads", type=int, default=torch.get_num_threads())
    options = arguments.parse_args()
    torch.set_num_threads(options.threads)

    options.work.mkdir(parents=True, exist_ok=True)
    model = options.model or options.work / options.size
    if not (model / "model_index.json").exists():
        timed("checkpoint", lambda: make_checkpoint(options.size, model))
    expected = timed("diffusers", lambda: reference(model, options))
    dump, sound = options.work / "dump.safetensors", options.work / "sound.wav"
    common = ["--model", model, "--negative-prompt", options.negative_prompt, "--steps", options.steps, "--seed",
              options.seed, "--sampler", options.sampler, "--guidance", options.guidance, "--threads", options.threads,
              "--duration", options.seconds]
    for name, extra in [("parity", ["--dump", dump]),
                        ("edit-cli", ["--output", sound, "--encoding", "float32", "--force", "--quiet"])]:
        command = [options.programs / name, *(["generate"] if name == "edit-cli" else []), options.prompt]
        timed(name, lambda: subprocess.run([str(word) for word in command + common + extra], check=True))

    found = load_file(dump)
    steps = [f"latent.{step}" for step in range(options.steps)]
    for name in ["condition", "latent.initial", *steps, "mel", *(["heard"] if "heard" in expected else []), "waveform"]:
        compare(name, found[name], expected[name])
    samples = torch.from_numpy(soundfile.read(sound, dtype="float32")[0])[None]
    compare("edit-cli's waveform", samples, expected["waveform"])
