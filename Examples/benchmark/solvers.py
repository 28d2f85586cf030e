"""How near solvers of the diffusion equation come to its solution in few steps, on a model of Retouch's.

    pip install torch diffusers transformers tokenizers safetensors numpy
    python3 solvers.py --model ../../Sources/Core/Resources/DefaultModel [--sounds 8] [--conditions FILE.npy]

Walks the same noises with the same prompts and guidance by each solver in 6 to 25 steps, and by DDIM in 1000, and prints the
root-mean-square distance of the latents (unit-scaled) from those, means over the sounds with their standard errors. All see the network once a step:

- ddim: of first order (arXiv 2010.02502)
- dpm: DPM-Solver++(2M) (arXiv 2211.01095), which edit-cli has
- angle: with x = cos(phi) x0 + sin(phi) e the network's v is dx/dphi: Adams and Bashforth's second order in phi
- deis: DEIS, tAB of second order in rho = noise / signal (arXiv 2204.13902)
- unipc: UniPC of second order, B2, with its corrector (arXiv 2302.04867)

--conditions takes vectors [N, width] in place of the text tower's of the prompts below; --save-conditions FILE.npy writes those, and ends.
"""
import argparse
import json
import math
import pathlib

import numpy as np
import torch
from diffusers import DDIMScheduler, UNet2DConditionModel

PROMPTS = ["rain falling on a tin roof", "a dog barking", "a slow melody on a piano", "a woman speaking on the telephone",
           "a motor engine running", "a fast drum beat", "an explosion", "birds singing in a forest",
           "a door closes", "waves on a beach", "a bell rings", "footsteps on gravel", "a crowd in a market", "a guitar chord",
           "wind in the trees", "a sword hits a shield"]
DEVICE = torch.device("cuda" if torch.cuda.is_available() else "cpu")


def text_vectors(model):
    from transformers import ClapTextModelWithProjection, RobertaTokenizerFast
    tower = ClapTextModelWithProjection.from_pretrained(model / "text_encoder", local_files_only=True).float().eval()
    tokens = RobertaTokenizerFast(str(model / "tokenizer/vocab.json"), str(model / "tokenizer/merges.txt"))
    with torch.no_grad():
        found = tower(**tokens(PROMPTS, return_tensors="pt", padding=True)).text_embeds
    return torch.nn.functional.normalize(found, dim=-1)


class Walk:
    """Levels (signal, noise) from nearly pure noise to none; `network` gives v, guided."""

    def __init__(self, network, alpha_bar, steps):
        self.network = network
        self.times = [round(len(alpha_bar) * (1 - i / steps)) - 1 for i in range(steps)]
        levels = [float(alpha_bar[time]) for time in self.times] + [1.0]
        self.levels = [(math.sqrt(a), math.sqrt(max(0.0, 1 - a))) for a in levels]

    def __call__(self, solver, noise):
        x, history = noise, []
        for step, time in enumerate(self.times):
            v = self.network(x, time)
            clean = self.clean(x, v, step)  # of the network's own input, before it is corrected
            if solver == "unipc" and history:
                x = self.corrected(x, clean, step, history)
            history.append((x, v, clean))
            x = getattr(self, "unipc" if solver == "unipc" else solver)(x, v, step, history)
        return x

    def clean(self, x, v, step):
        a, s = self.levels[step]
        return a * x - s * v

    def log_ratio(self, step):
        a, s = self.levels[step]
        return math.log(max(a, 1e-9) / max(s, 1e-9))

    def ddim(self, x, v, step, history):
        (a, s), (b, t) = self.levels[step : step + 2]
        return b * (a * x - s * v) + t * (a * v + s * x)

    def angle(self, x, v, step, history):
        angles = [math.atan2(noise, signal) for signal, noise in self.levels]
        h = angles[step] - angles[step + 1]
        if step:
            last = angles[step - 1] - angles[step]
            v = v + (v - history[-2][1]) * (h / (2 * last))
        return math.cos(h) * x - math.sin(h) * v

    def dpm(self, x, v, step, history):
        (a, s), (b, t) = self.levels[step : step + 2]
        data = history[-1][2]
        if t == 0:
            return b * data
        h = self.log_ratio(step + 1) - self.log_ratio(step)
        if step:
            r = (self.log_ratio(step) - self.log_ratio(step - 1)) / h
            data = data + (data - history[-2][2]) * (0.5 / r)
        return x * (t / s) - data * (b * math.expm1(-h))

    def deis(self, x, v, step, history):
        # x / signal has the slope e in rho; e is a line through the last two, integrated.
        (a, s), (b, t) = self.levels[step : step + 2]
        if a < 1e-6 or (step and self.levels[step - 1][0] < 1e-6):
            return self.ddim(x, v, step, history)
        rho, end, e = s / a, t / b, a * v + s * x
        if step:
            c, u = self.levels[step - 1]
            last = u / c
            x0, v0, _ = history[-2]
            slope = (e - (c * v0 + u * x0)) / (rho - last)
            return b * (x / a + (end - rho) * e + (end - rho) ** 2 / 2 * slope)
        return b * (x / a + (end - rho) * e)

    # UniPC: x0 as a line in lambda; its phi functions with B(h) = e^-h - 1.
    def unipc(self, x, v, step, history):
        return self.dpm(x, v, step, history)  # the predictor of second order with B2 is DPM-Solver++(2M)

    def corrected(self, x, m1, step, history):
        """What the step that led here would have given had it known the network's answer here."""
        before, _, m0 = history[-1]
        (a, s), (b, t) = self.levels[step - 1 : step + 1]
        if a < 1e-6:
            return x
        h = self.log_ratio(step) - self.log_ratio(step - 1)
        hh = -h
        base = t / s * before - b * math.expm1(hh) * m0
        h_phi = math.expm1(hh)
        b_h = math.expm1(hh)
        # R rho = b over the nodes (r of the step before, 1), as in formula 12 of the paper.
        rks, differences = [1.0], [m1 - m0]
        if len(history) > 1 and self.levels[step - 2][0] >= 1e-6:
            r = (self.log_ratio(step - 2) - self.log_ratio(step - 1)) / h
            rks.insert(0, r)
            differences.insert(0, (history[-2][2] - m0) / r)
        matrix, right, factorial, phi_k = [], [], 1.0, h_phi / hh - 1
        for order in range(1, len(rks) + 1):
            matrix.append([r ** (order - 1) for r in rks])
            right.append(phi_k * factorial / b_h)
            factorial *= order + 1
            phi_k = phi_k / hh - 1 / factorial
        rhos = np.linalg.solve(np.array(matrix), np.array(right)) if len(rks) > 1 else [0.5]
        return base - b * b_h * sum(float(rho) * difference for rho, difference in zip(rhos, differences))


@torch.no_grad()
def main():
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("--model", type=pathlib.Path, required=True)
    arguments.add_argument("--sounds", type=int, default=8)
    arguments.add_argument("--frames", type=int, default=128, help="latent frames of each")
    arguments.add_argument("--guidance", type=float, default=2.5)
    arguments.add_argument("--conditions", type=pathlib.Path)
    arguments.add_argument("--save-conditions", type=pathlib.Path)
    options = arguments.parse_args()
    if options.save_conditions:
        np.save(options.save_conditions, text_vectors(options.model).numpy())
        return
    given = (torch.from_numpy(np.load(options.conditions)) if options.conditions else text_vectors(options.model)).float()
    unet = UNet2DConditionModel.from_pretrained(options.model, subfolder="unet", local_files_only=True).float().eval().to(DEVICE)
    schedule = json.loads((options.model / "scheduler/scheduler_config.json").read_text())
    alpha_bar = DDIMScheduler.from_config(schedule).alphas_cumprod
    bins = json.loads((options.model / "unet/config.json").read_text())["in_channels"]
    vae = json.loads((options.model / "vae/config.json").read_text())
    heights = 80 // 2 ** (len(vae["block_out_channels"]) - 1)
    counts, solvers = (6, 8, 10, 12, 15, 20, 25), ("ddim", "dpm", "angle", "deis", "unipc")
    found = {(solver, steps): [] for solver in solvers for steps in counts}
    torch.backends.cuda.matmul.allow_tf32 = torch.backends.cudnn.allow_tf32 = False
    group = 32 if DEVICE.type == "cuda" else 8  # sounds at a time
    for start in range(0, options.sounds, group):
        numbers = range(start, min(start + group, options.sounds))
        noise = torch.cat([torch.randn(1, bins, options.frames, heights, generator=torch.Generator().manual_seed(i))
                           for i in numbers]).to(DEVICE)
        told = given[[i % len(given) for i in numbers]].to(DEVICE)

        def network(x, time):
            both = unet(torch.cat([x, x]), torch.tensor(time, device=DEVICE), encoder_hidden_states=None,
                        class_labels=torch.cat([torch.zeros_like(told), told]), return_dict=False)[0]
            away, towards = both.chunk(2)
            return away + options.guidance * (towards - away)

        exact = Walk(network, alpha_bar, 1000)("ddim", noise)
        for (solver, steps), distances in found.items():
            made = Walk(network, alpha_bar, steps)(solver, noise)
            distances += ((made - exact) ** 2).mean((1, 2, 3)).sqrt().tolist()
    print(f"{options.sounds} sounds of {options.frames} latent frames, guidance {options.guidance}: distance from DDIM in 1000 steps")
    print("| steps | " + " | ".join(solvers) + " |\n" + "|---" * (len(solvers) + 1) + "|")
    for steps in counts:
        cells = [np.array(found[solver, steps]) for solver in solvers]
        print(f"| {steps} | " + " | ".join(
            f"{c.mean():.3f} +/- {c.std() / math.sqrt(len(c)):.3f}" for c in cells) + " |")


if __name__ == "__main__":
    main()
