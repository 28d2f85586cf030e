"""Time the parts of an AudioLDM folder as diffusers (PyTorch) and OpenVINO run them on this CPU, and print JSON.

    python3 peers.py MODEL [--seconds 10.24] [--threads 2] [--runs 5] [--without-openvino]
    python3 peers.py MODEL --generate STEPS       # one whole generation by AudioLDMPipeline instead

The parts are those of `edit-cli benchmark`; a vocoder that transformers does not have is left out. Each peer is timed at 32-bit floats and as it is
fast by itself: PyTorch under autocast to bfloat16, OpenVINO with the precision that it takes where none is asked for.
"""
import argparse
import json
import pathlib
import statistics
import time

import torch
from diffusers import AudioLDMPipeline, AutoencoderKL, UNet2DConditionModel
from transformers import ClapTextModelWithProjection, SpeechT5HifiGan


class Step(torch.nn.Module):
    """One step of guidance: both halves in one batch."""

    def __init__(self, unet):
        super().__init__()
        self.unet = unet

    def forward(self, sample, timestep, labels):
        return self.unet(sample, timestep, encoder_hidden_states=None, class_labels=labels, return_dict=False)[0]


class Decode(torch.nn.Module):
    def __init__(self, vae):
        super().__init__()
        self.vae = vae

    def forward(self, latent):
        return self.vae.decode(latent, return_dict=False)[0]


def compiled(module, example, settings):
    import openvino

    model = openvino.convert_model(module, example_input=example)
    model.reshape({port: list(tensor.shape) for port, tensor in zip(model.inputs, example)})
    ready = openvino.Core().compile_model(model, "CPU", settings)
    inputs = [tensor.numpy() for tensor in example]
    return lambda: ready(inputs)


def median(work, runs):
    work()
    times = []
    for _ in range(runs):
        start = time.perf_counter()
        work()
        times.append(time.perf_counter() - start)
    return statistics.median(times)


@torch.no_grad()
def parts(options):
    def loaded(kind, name):
        return kind.from_pretrained(options.model, subfolder=name, local_files_only=True).float().eval()

    index = json.loads((options.model / "model_index.json").read_text())
    unet, vae = loaded(UNet2DConditionModel, "unet"), loaded(AutoencoderKL, "vae")
    vocoder = loaded(SpeechT5HifiGan, "vocoder") if index["vocoder"][1] == "SpeechT5HifiGan" else None
    text = loaded(ClapTextModelWithProjection, "text_encoder")
    bins = json.loads((options.model / "vocoder/config.json").read_text()).get("model_in_dim", 80)
    factor = 2 ** (len(vae.config.block_out_channels) - 1)
    frames = round(options.seconds * 100 / factor) * factor
    latent = torch.randn(1, unet.config.in_channels, frames // factor, bins // factor)
    mel = torch.randn(1, 1, frames, bins)
    example = (latent.repeat(2, 1, 1, 1), torch.tensor(500),
               torch.randn(2, unet.config.projection_class_embeddings_input_dim))
    tokens = torch.randint(10, 200, (1, 20))
    step = Step(unet)
    work = {"text": lambda: text(tokens), "vae encode": lambda: vae.encode(mel).latent_dist.mode(),
            "guidance step": lambda: step(*example), "vae decode": lambda: vae.decode(latent).sample}
    if vocoder:
        work["vocoder"] = lambda: vocoder(mel[0])
    found = {}
    for name, is_short in (("PyTorch", False), ("PyTorch bf16", True)):
        with torch.autocast("cpu", torch.bfloat16, enabled=is_short):
            found[name] = {part: median(run, options.runs) for part, run in work.items()}
    if not options.without_openvino:
        work = {"guidance step": (step, example), "vae decode": (Decode(vae), (latent,))}
        if vocoder:
            work["vocoder"] = (vocoder, (mel[0],))
        threads = {"INFERENCE_NUM_THREADS": options.threads}
        for name, settings in (("OpenVINO", {"INFERENCE_PRECISION_HINT": "f32"}), ("OpenVINO default", {})):
            found[name] = {part: median(compiled(*module, threads | settings), options.runs)
                           for part, module in work.items()}
    return found


def generation(options):
    pipeline = AudioLDMPipeline.from_pretrained(options.model, local_files_only=True)
    pipeline.set_progress_bar_config(disable=True)
    start = time.perf_counter()
    pipeline("a dog barks in the rain", audio_length_in_s=options.seconds, num_inference_steps=options.generate,
             guidance_scale=2.5, generator=torch.Generator("cpu").manual_seed(0))
    return {"seconds": time.perf_counter() - start}


if __name__ == "__main__":
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("model", type=pathlib.Path)
    arguments.add_argument("--seconds", type=float, default=10.24)
    arguments.add_argument("--threads", type=int, default=2)
    arguments.add_argument("--runs", type=int, default=5)
    arguments.add_argument("--without-openvino", action="store_true")
    arguments.add_argument("--generate", type=int, metavar="STEPS")
    options = arguments.parse_args()
    torch.set_num_threads(options.threads)
    print(json.dumps(generation(options) if options.generate else parts(options)))
