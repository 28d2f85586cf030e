"""Write Tests/Fixtures/diffusion: walks of diffusers' schedulers under a network that is a formula, and torch's normal numbers.

    pip install torch diffusers safetensors
    python3 make_diffusion.py
"""
import itertools
import json
import pathlib

import torch
from diffusers import DDIMScheduler, DPMSolverMultistepScheduler
from safetensors.torch import save_file

OUT = pathlib.Path(__file__).parent / "diffusion"
SHAPE = (1, 2, 5, 3)
SEED = 7
DRAWS = [1, 15, 16, 17, 1000, 1, 8 * 64 * 16]


def network(latent, timestep):
    return torch.sin(1.3 * latent + timestep / 300)


def walk(scheduler, steps, **options):
    """The timesteps and the latents after each, [steps, *SHAPE]; the first noise and the solver's are one generator's."""
    scheduler.set_timesteps(steps)
    random = torch.Generator("cpu").manual_seed(SEED)
    latent = torch.randn(SHAPE, generator=random) * scheduler.init_noise_sigma
    latents = []
    for timestep in scheduler.timesteps:
        latent = scheduler.step(network(latent, timestep), timestep, latent, generator=random, **options).prev_sample
        latents.append(latent[0])
    return scheduler.timesteps.float(), torch.stack(latents)


def main():
    OUT.mkdir(exist_ok=True)
    tensors, cases = {}, []
    walks = [*itertools.product(("epsilon", "v_prediction"), ("leading", "trailing", "linspace"), (0, 1), (False,),
                                (1, 7, 10, 30)),
             *itertools.product(("v_prediction",), ("trailing",), (0,), (True,), (1, 7, 10, 30))]
    for prediction, spacing, offset, rescales, steps in walks:
        config = {"num_train_timesteps": 1000, "beta_start": 0.0015, "beta_end": 0.0195,
                  "beta_schedule": "scaled_linear", "prediction_type": prediction, "timestep_spacing": spacing,
                  "steps_offset": offset, "set_alpha_to_one": offset == 0, "clip_sample": False,
                  "rescale_betas_zero_snr": rescales}
        of_multistep = {key: config[key] for key in config if key not in ("set_alpha_to_one", "clip_sample")}
        for solver, scheduler, options in (
                ("ddim-0", DDIMScheduler(**config), {"eta": 0.0}), ("ddim-1", DDIMScheduler(**config), {"eta": 1.0}),
                ("dpm", DPMSolverMultistepScheduler(**of_multistep), {})):
            if rescales and solver == "ddim-1":
                continue  # diffusers takes the root of what rounding makes negative
            name = f"{solver}.{prediction}.{spacing}.{offset}.{steps}" + ".zero-snr" * rescales
            tensors[name + ".timesteps"], tensors[name + ".latents"] = walk(scheduler, steps, **options)
            cases.append({"name": name, "solver": solver, "steps": steps, "scheduler": config})
    save_file({name: tensor.contiguous() for name, tensor in tensors.items()}, OUT / "walks.safetensors")
    (OUT / "walks.json").write_text(json.dumps(cases, indent=0) + "\n")

    numbers = {}
    for seed in (0, 42, 2**32 + 5):
        random = torch.Generator("cpu").manual_seed(seed)
        for place, count in enumerate(DRAWS):
            numbers[f"{seed}.{place}"] = torch.randn(count, generator=random)
    save_file(numbers, OUT / "normal.safetensors")


if __name__ == "__main__":
    main()
