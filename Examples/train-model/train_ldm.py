"""The diffusion model: diffusers' UNet2DConditionModel on latents [T / 4, 20, 8], conditioned on audio embeddings.

    python3 train_ldm.py --latents run/latents --held-out run/latents-validation --vae run/vae --out run/ldm [--minutes 720]
    torchrun --nproc-per-node 2 train_ldm.py ...    # a process for each core: faster than threads, and not slowed by others

v prediction down to no signal at all (zero terminal SNR, arXiv 2305.08891), so that the first step decides the level;
noise levels are drawn as a cosine schedule has them. The condition is the embedding of windows of the same scene, left
out 10 % of the time, and 60 % of it above a cut-off, as a dull recording does not say how the whole would sound. In two
fifths of the training it is broadened to a mean of sounds like it, as a prompt's is; captions are never seen. In more
than half of the training a part of the cells (the surroundings of a gap, the band below a cut-off, the beginning) is
given clean instead of noised and only the rest is learnt, so that a fill hears its surroundings from the first step on,
whatever the noise level; what is noised and learnt is then the difference from a line between the ends of the gap, so
that a steady sound goes on by itself.
"""
import argparse
import json
import os
import pathlib

import numpy as np
import torch
from diffusers import DDIMScheduler, UNet2DConditionModel
from diffusers.models.attention_processor import AttnProcessor
from torch import nn
from torch.nn import functional as F

from encode import STEPS
from train_vae import autoencoder
from training import Average, Loop, autocast, device, load, picture

CROP = 128  # latent frames: 5.12 s
MARK = 2.0  # added to cells that are given clean: without it they can hardly be told from noise
BINS, CHANNELS, WIDTH = 20, 8, 512


def scheduler():
    return DDIMScheduler(beta_start=0.00085, beta_end=0.012, beta_schedule="scaled_linear", clip_sample=False,
                         set_alpha_to_one=True, steps_offset=0, prediction_type="v_prediction",
                         timestep_spacing="trailing", rescale_betas_zero_snr=True)


def unet():
    channels = (48, 96, 192, 256)
    return UNet2DConditionModel(
        sample_size=CROP, in_channels=CHANNELS, out_channels=CHANNELS, layers_per_block=1, norm_num_groups=16,
        down_block_types=("DownBlock2D", "DownBlock2D", "CrossAttnDownBlock2D", "CrossAttnDownBlock2D"),
        up_block_types=("CrossAttnUpBlock2D", "CrossAttnUpBlock2D", "UpBlock2D", "UpBlock2D"),
        block_out_channels=channels, cross_attention_dim=list(channels), attention_head_dim=(3, 3, 6, 8),
        class_embed_type="simple_projection", projection_class_embeddings_input_dim=WIDTH,
        class_embeddings_concat=True)


class Scenes:
    """Latents and embeddings of one split, on disk in 8 bits."""

    def __init__(self, *folders, broad=0.0):
        self.broad = broad  # the share of conditions that are broadened
        self.latents = [np.memmap(pathlib.Path(f) / "latent.i8", np.int8, "r").reshape(-1, 256, BINS, CHANNELS)
                        for f in folders]
        self.embeddings = [np.memmap(pathlib.Path(f) / "embedding.f16", np.float16, "r").reshape(-1, 7, WIDTH)
                           for f in folders]
        self.ends = np.cumsum([len(part) for part in self.latents])
        bank = np.concatenate([np.asarray(part[:: max(1, len(part) // 200)]).reshape(-1, WIDTH) for part in self.embeddings])
        self.bank = bank[bank.any(1)].astype(np.float32)

    def broadened(self, random, condition):
        """The mean of sounds like it: of few that are very like, or of many."""
        like = float(np.exp(random.uniform(np.log(3), np.log(30)))) * self.bank @ condition
        share = np.exp(like - like.max())
        mean = share @ self.bank
        return mean / np.linalg.norm(mean)

    def batch(self, random, size):
        """Latents [size, 8, 128, 20] and a condition for each: a mean of some windows that lie in the crop."""
        latents, conditions = [], []
        for number in random.integers(0, self.ends[-1], size):
            part = int(np.searchsorted(self.ends, number, side="right"))
            index = number - (self.ends[part - 1] if part else 0)
            start = 32 * int(random.integers(0, 5))  # windows start at multiples of 32 latent frames
            latents.append(self.latents[part][index, start : start + CROP].astype(np.float32) / STEPS)
            windows = self.embeddings[part][index, start // 32 : start // 32 + 3].astype(np.float32)
            chosen = windows[random.random(len(windows)) < 0.6]
            mean = (chosen if len(chosen) and chosen.any() else windows).mean(0)
            mean /= max(np.linalg.norm(mean), 1e-6)
            conditions.append(self.broadened(random, mean) if random.random() < self.broad and mean.any() else mean)
        latents = torch.from_numpy(np.stack(latents)).permute(0, 3, 1, 2).to(device())
        return latents.contiguous(), torch.from_numpy(np.stack(conditions)).to(device())


def kept(random, size):
    """Masks [size, 1, 128, 20], 1 where a cell is given clean: nothing, all but gaps, a band, a beginning.
    With them, [size, 1], 1 where the condition is given too."""
    masks = np.zeros((size, 1, CROP, BINS), np.float32)
    told = np.zeros((size, 1), np.float32)
    for row, mask in enumerate(masks[:, 0]):
        kind = random.choice(5, p=[0.38, 0.28, 0.20, 0.08, 0.06])
        told[row] = random.random() > (0.6 if kind == 2 else 0.1)
        if kind in (1, 4):  # gaps
            mask[:] = 1
            for _ in range(random.choice([1, 1, 2])):
                length = int(np.exp(random.uniform(np.log(4), np.log(72))))
                start = random.integers(-length // 4, CROP - 3 * length // 4)
                low, high = (0, BINS) if kind == 1 else sorted(random.choice(BINS + 1, 2, replace=False))
                mask[max(start, 0) : start + length, low:high] = 0
        elif kind == 2:  # the band below a cut-off
            mask[:, : random.integers(3, 18)] = 1
        elif kind == 3:  # a beginning or an end
            length = random.integers(8, 96)
            mask[: length] = 1
            if random.random() < 0.3:
                mask[:] = mask[::-1].copy()
    return torch.from_numpy(masks).to(device()), torch.from_numpy(told).to(device())


def expected(x0, keep):
    """What the cells that are not kept are, roughly: a line in each bin from the last kept frames to the next ones, each a mean
    over up to three; 0 in a bin that keeps nothing; kept cells as they are. [B, C, T, F] of [B, C, T, F] and [B, 1, T, F]."""
    batch, channels, frames, bins = x0.shape
    padded = F.pad(torch.cat([x0 * keep, keep], 1), (0, 0, 2, 2))
    sums = sum(padded[:, :, shift : shift + frames] for shift in range(5))
    mean = sums[:, :-1] / sums[:, -1:].clamp_min(1)
    place = torch.arange(frames, device=x0.device)[:, None].expand(batch, 1, frames, bins)
    last = torch.where(keep > 0, place, -1).cummax(2).values
    after = torch.where(keep > 0, place, frames).flip(2).cummin(2).values.flip(2)
    has_last, has_after = last >= 0, after < frames
    share = (place - last) / (after - last).clamp_min(1)
    share = torch.where(has_last & has_after, share, has_after.float())

    def at(index):
        return mean.gather(2, index.clamp(0, frames - 1).expand(-1, channels, -1, -1))

    line = at(last) * (1 - share) + at(after) * share
    return torch.where(keep > 0, x0, line * (has_last | has_after))


def shown(latent, prior, keep):
    """What the network sees: where cells are kept the source, marked; elsewhere the noised difference from what is expected."""
    return prior + keep * MARK + (1 - keep) * latent


class Workers:
    """The processes that torchrun started, each with a batch of its own; gradients are their mean."""

    def __init__(self):
        self.rank, self.count = int(os.environ.get("RANK", 0)), int(os.environ.get("WORLD_SIZE", 1))
        if self.count > 1:
            torch.distributed.init_process_group("gloo")

    def share_gradients(self, parameters):
        if self.count > 1:
            gradients = [p.grad for p in parameters]
            self.add_up(gradients, gradients)
            torch._foreach_div_(gradients, self.count)

    def share_parts(self, tensors):
        """Each process has changed every count-th tensor, from its rank on; afterwards all have all of them."""
        if self.count > 1:
            self.add_up([tensor if index % self.count == self.rank else torch.zeros_like(tensor)
                         for index, tensor in enumerate(tensors)], tensors)

    @staticmethod
    def add_up(mine, tensors):
        """Puts the sum of what each process has into the tensors."""
        flat = torch.cat([part.flatten() for part in mine])
        torch.distributed.all_reduce(flat)
        for tensor, part in zip(tensors, flat.split([t.numel() for t in tensors])):
            tensor.copy_(part.view(tensor.shape))

    def agree(self, running):
        """What the first one says."""
        if self.count > 1:
            said = torch.tensor(float(running))
            torch.distributed.broadcast(said, 0)
            running = bool(said)
        return running


class Muon:
    """Momentum whose step is made orthogonal (Jordan et al. 2024), for weights of two and more dimensions, with a step as
    large as Adam's (arXiv 2502.16982); AdamW for the others. Processes share the work of making orthogonal."""

    MOMENTUM, DECAY = 0.95, 0.01

    def __init__(self, module, workers):
        self.workers = workers
        self.matrices = [p for p in module.parameters() if p.ndim > 1]
        self.momenta = [torch.zeros_like(p) for p in self.matrices]
        self.rest = torch.optim.AdamW([p for p in module.parameters() if p.ndim == 1], betas=(0.9, 0.99), weight_decay=0)

    @staticmethod
    def orthogonal(step):
        """Nearly the nearest matrix [outputs, inputs * taps] with orthogonal rows or columns: five rounds of Newton and Schulz."""
        matrix = step.flatten(1).bfloat16()
        tall = matrix.shape[0] > matrix.shape[1]
        matrix = matrix.T if tall else matrix
        matrix = matrix / (matrix.norm() + 1e-7)
        for _ in range(5):
            square = matrix @ matrix.T
            matrix = torch.addmm(matrix, torch.addmm(square, square, square, beta=-4.7750, alpha=2.0315), matrix, beta=3.4445)
        return (matrix.T if tall else matrix).float().view(step.shape)

    @torch.no_grad()
    def step(self, rate):
        self.rest.param_groups[0]["lr"] = rate
        self.rest.step()
        gradients = [p.grad for p in self.matrices]
        torch._foreach_lerp_(self.momenta, gradients, 1 - self.MOMENTUM)
        steps = torch._foreach_lerp(gradients, self.momenta, self.MOMENTUM)
        for index, (matrix, step) in enumerate(zip(self.matrices, steps)):
            if index % self.workers.count == self.workers.rank:
                size = 0.2 * max(matrix.shape[0], matrix[0].numel()) ** 0.5
                matrix.mul_(1 - rate * self.DECAY).sub_(self.orthogonal(step), alpha=rate * size)
        self.workers.share_parts(self.matrices)

    def state_dict(self):
        return {"momenta": self.momenta, "rest": self.rest.state_dict()}

    def load_state_dict(self, state):
        for momentum, saved in zip(self.momenta, state["momenta"]):
            momentum.copy_(saved)
        self.rest.load_state_dict(state["rest"])


class Noise:
    """x_t = a x_0 + s e at a timestep, and the target v = a e - s x_0."""

    def __init__(self):
        self.alpha_bar = scheduler().alphas_cumprod.to(device())

    def at(self, steps):
        a = self.alpha_bar[steps].sqrt()[:, None, None, None]
        return a, (1 - a**2).sqrt()

    def draw(self, random, size):
        """Timesteps spread as a cosine schedule's: abar = cos(pi u / 2)^2 for u even over 0 to 1, one in each part."""
        u = (random.permutation(size) + random.random(size)) / size
        wanted = torch.from_numpy(np.cos(np.pi / 2 * u) ** 2).float().to(self.alpha_bar.device)
        return torch.searchsorted(-self.alpha_bar, -wanted).clamp_max(len(self.alpha_bar) - 1)


def predict(model, x, steps, condition):
    with autocast():
        return model(x, steps, encoder_hidden_states=None, class_labels=condition, return_dict=False)[0].float()


@torch.no_grad()
def fill(model, noise, x0, keep, condition, steps=20, seed=0):
    """DDIM on the difference from what is expected, the kept cells clean throughout."""
    keep = keep.expand(len(x0), -1, -1, -1)
    prior = expected(x0, keep)
    generator = torch.Generator().manual_seed(seed)
    x = torch.randn(x0.shape, generator=generator).to(x0.device)
    times = [round(1000 * (1 - i / steps)) - 1 for i in range(steps)]
    for now, then in zip(times, times[1:] + [-1]):
        level = torch.full((len(x),), now, device=x.device)
        a, s = noise.at(level)
        v = predict(model, shown(x, prior, keep), level, condition)
        clean, error = a * x - s * v, a * v + s * x
        b = noise.alpha_bar[then].sqrt() if then >= 0 else torch.ones((), device=x.device)
        x = b * clean + (1 - b**2).sqrt() * error
    return prior + (1 - keep) * x


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--latents", nargs="+", required=True)
    for name in ("held-out", "vae", "out"):
        parser.add_argument("--" + name, required=True)
    parser.add_argument("--minutes", type=float, default=720)
    parser.add_argument("--init", help="unet/ of an exported model to start from, where there is no state")
    parser.add_argument("--cool", type=float, default=0.3)
    parser.add_argument("--horizon", type=float, default=0.998, help="of the averaged weights, a share kept per step")
    parser.add_argument("--batch", type=int, default=16)
    parser.add_argument("--rate", type=float, default=8e-4)
    parser.add_argument("--threads", type=int, default=1)
    options = parser.parse_args()
    torch.set_num_threads(options.threads)
    torch.manual_seed(0)
    scenes, held_out, noise = Scenes(*options.latents, broad=0.4), Scenes(options.held_out), Noise()
    decoder = load(options.vae, autoencoder())
    scaling = json.loads((pathlib.Path(options.latents[0]) / "settings.json").read_text())["scaling_factor"]
    model = unet()
    model.set_attn_processor(AttnProcessor())  # on a processor its backward pass takes a sixth of the fused one's time
    if options.init:
        load(options.init, model).requires_grad_(True).train()
    model = model.to(device())
    average = Average(model, options.horizon)
    parameters = list(model.parameters())
    workers = Workers()
    optimiser = Muon(model, workers)
    loop = Loop(options.out, options.minutes, cool=options.cool, quiet=workers.rank > 0, model=model, average=average,
                optimiser=optimiser)
    print(f"{sum(p.numel() for p in model.parameters()) / 1e6:.2f} M parameters", flush=True)
    random = np.random.default_rng((9000 + loop.step, workers.rank))
    torch.manual_seed(loop.step * workers.count + workers.rank)
    fixed = np.random.default_rng(5)
    test, about = held_out.batch(fixed, 48)
    test_steps = torch.linspace(20, 999, 48).long().to(device())
    test_noise = torch.randn(test.shape, generator=torch.Generator().manual_seed(1)).to(device())
    gap = torch.ones(1, 1, CROP, BINS, device=device())
    gap[:, :, 48:80] = 0
    band = torch.zeros_like(gap)
    band[..., :12] = 1  # up to 4 kHz

    @torch.no_grad()
    def mel(latent):
        return decoder.decode(latent / scaling).sample[:, 0].float()

    @torch.no_grad()
    def examine():
        line = {"step": loop.step}
        a, s = noise.at(test_steps)
        for name, keep, told in (("", torch.zeros_like(gap), 1), ("_gap", gap, 1), ("_band", band, 0)):
            keep = keep.expand(len(test), -1, -1, -1)
            prior = expected(test, keep)
            rest = test - prior
            target, x = a * test_noise - s * rest, shown(a * rest + s * test_noise, prior, keep)
            error = torch.cat([predict(average.module, *part) for part in zip(
                x.split(16), test_steps.split(16), (told * about).split(16))])
            error = ((error - target) ** 2 * (1 - keep)).sum((1, 2, 3)) / ((1 - keep[:1]).sum() * CHANNELS)
            line |= {f"held_out{name}": round(error.mean().item(), 4)}
            line |= {f"held_out{name}_by_level": [round(e.mean().item(), 3) for e in error.split(12)]}
        loop.log(line)

    @torch.no_grad()
    def look():
        real, words = test[:16], about[:16]
        made = torch.cat([fill(average.module, noise, part, gap, given)
                          for part, given in zip(real.split(8), words.split(8))])
        seen = [mel(part)[:, 4 * 48 : 4 * 80] for part in (real, made)]
        loud = torch.maximum(*seen) > seen[0].amax((1, 2), keepdim=True) - 45 / 8.686
        apart, change = seen[1] - seen[0], [m.diff(dim=1).abs().mean() for m in seen]
        loop.log({"step": loop.step, "fill_error_db": round(8.686 * apart.abs()[loud].mean().item(), 2),
                  "fill_level_db": round(8.686 * apart[loud].mean().item(), 2),
                  "fill_texture": round((change[1] / change[0]).item(), 2)})
        free = fill(average.module, noise, real[:4], torch.zeros_like(gap), words[:4])
        rows = [m.cpu() for r, f, g in zip(mel(real[:4]), mel(made[:4]), mel(free)) for m in (r, f, g)]
        picture(loop.out / f"samples-{int(loop.trained // 3600):03}.png", rows,
                ["real", "1.28 s filled in the middle", "generated from its embedding"] * 4)

    running, looked = True, 0.0
    while running:
        x0, condition = scenes.batch(random, options.batch)
        keep, told = kept(random, options.batch)
        steps = noise.draw(random, options.batch)
        a, s = noise.at(steps)
        e = torch.randn_like(x0)
        prior = expected(x0, keep)
        rest = x0 - prior
        v = predict(model, shown(a * rest + s * e, prior, keep), steps, told * condition)
        error = ((v - (a * e - s * rest)) ** 2 * (1 - keep)).sum((1, 2, 3)) / ((1 - keep).sum((1, 2, 3)) * CHANNELS + 1)
        loss = error.mean()
        model.zero_grad()
        loss.backward()
        workers.share_gradients(parameters)
        nn.utils.clip_grad_norm_(parameters, 1.0)
        optimiser.step(options.rate * loop.rate())
        average.update(model)
        running = workers.agree(loop.tick(v=loss))
        if workers.rank:
            continue
        if loop.step % 250 == 0 or not running:
            examine()
        if loop.trained - looked > 1800 or not running:
            looked = loop.trained
            look()


if __name__ == "__main__":
    main()
