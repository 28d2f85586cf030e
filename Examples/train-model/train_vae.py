"""The autoencoder: log-mel [T, 80] <-> latents [T / 4, 20, 8].

    python3 train_vae.py --mels run/mels --out run/vae [--minutes 120]

diffusers' AutoencoderKL, factor 4 as AudioLDM's, without attention (what it computes stays local, so that a part can
be decoded alone). L1 in nepers plus a patch discriminator with feature matching: L1 alone blurs.
"""
import argparse

import numpy as np
import torch
from diffusers import AutoencoderKL
from torch import nn
from torch.nn import functional as F

import frontend
from training import Clips, Loop, Average, autocast, device, picture, varied

FRAMES = 128  # of a training crop
MIDDLE, SPREAD = -6.0, 2.5  # of log-mels, nepers: where the first and last convolution start


def autoencoder():
    model = AutoencoderKL(
        in_channels=1, out_channels=1, latent_channels=8, layers_per_block=1, block_out_channels=(24, 48, 96),
        norm_num_groups=8, sample_size=512, down_block_types=("DownEncoderBlock2D",) * 3,
        up_block_types=("UpDecoderBlock2D",) * 3, mid_block_add_attention=False)
    with torch.no_grad():
        first, last = model.encoder.conv_in, model.decoder.conv_out
        first.weight /= SPREAD
        first.bias -= MIDDLE * first.weight.sum((1, 2, 3))
        last.weight *= SPREAD
        last.bias.fill_(MIDDLE)
    return model


class Discriminator(nn.Module):
    """Judges patches of a log-mel; sees each bin's height too, as the same pattern means different things there."""

    def __init__(self, width=24):
        super().__init__()
        sizes = [(2, width), (width, 2 * width), (2 * width, 4 * width), (4 * width, 4 * width)]
        strides = [2, 2, 2, 1]
        self.layers = nn.ModuleList(nn.Conv2d(a, b, 4 if s == 2 else 3, s, 1) for (a, b), s in zip(sizes, strides))
        self.judge = nn.Conv2d(4 * width, 1, 3, 1, 1)

    def forward(self, mel):
        height = torch.linspace(-1, 1, mel.shape[-1], device=mel.device).expand_as(mel)
        x = torch.cat([(mel - MIDDLE) / SPREAD, height], 1).contiguous(memory_format=torch.channels_last)
        features = []
        for layer in self.layers:
            x = F.leaky_relu(layer(x), 0.2)
            features.append(x)
        return self.judge(x), features


def batch(clips, random, size, frames=FRAMES):
    """[size, 1, frames, 80] log-mels: one sound or two, at levels as in real files."""
    rows = [varied(lambda: clips.crop(random, frames), random) for _ in range(size)]
    return torch.from_numpy(np.stack(rows)[:, None]).to(device()).contiguous(memory_format=torch.channels_last)


def figures(real, made):
    """L1 (nepers) and texture (mean frame-to-frame change against the original's) over the non-silent bins."""
    loud = real > frontend.SILENCE + 1
    both = loud[:, :, 1:] & loud[:, :, :-1]
    change = lambda mel: (mel[:, :, 1:] - mel[:, :, :-1]).abs()[both].mean()
    return ((real - made).abs()[loud].mean().item(), (change(made) / change(real)).item())


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--mels", required=True)
    parser.add_argument("--out", required=True)
    parser.add_argument("--minutes", type=float, default=120)
    parser.add_argument("--batch", type=int, default=16)
    parser.add_argument("--threads", type=int, default=1)
    options = parser.parse_args()
    torch.set_num_threads(options.threads)
    torch.manual_seed(0)
    clips, held_out = Clips(options.mels, "train"), Clips(options.mels, "validation")
    model = autoencoder().to(device(), memory_format=torch.channels_last)
    judge = Discriminator().to(device(), memory_format=torch.channels_last)
    average = Average(model, 0.998)
    optimiser = torch.optim.AdamW(model.parameters(), 6e-4, betas=(0.9, 0.98), weight_decay=1e-3)
    referee = torch.optim.AdamW(judge.parameters(), 3e-4, betas=(0.5, 0.9), weight_decay=1e-3)
    loop = Loop(options.out, options.minutes, model=model, judge=judge, average=average,
                optimiser=optimiser, referee=referee)
    print(f"{sum(p.numel() for p in model.parameters()) / 1e6:.2f} M parameters", flush=True)
    random = np.random.default_rng(loop.step)
    test = batch(held_out, np.random.default_rng(7), 48)

    def examine():
        average.module.eval()
        with torch.no_grad(), autocast():
            latent = average.module.encode(test).latent_dist
            made = average.module.decode(latent.mean).sample.float()
        error, texture = figures(test, made)
        loop.log({"step": loop.step, "held_out_l1": round(error, 4), "texture": round(texture, 3),
                  "latent_std": round(latent.mean.std().item(), 3),
                  "posterior_std": round(latent.std.mean().item(), 3)})
        picture(loop.out / "reconstructed.png", [m for pair in zip(test[:4, 0].cpu(), made[:4, 0].cpu()) for m in pair],
                [t for _ in range(4) for t in ("held out", "reconstructed")])

    running = True
    while running:
        adversarial = loop.progress > 0.25
        for group, base in ((optimiser, 6e-4), (referee, 3e-4)):
            group.param_groups[0]["lr"] = base * loop.rate()
        real = batch(clips, random, options.batch)
        with autocast():
            posterior = model.encode(real).latent_dist
            made = model.decode(posterior.sample()).sample
        made = made.float()
        weight = torch.where(real > frontend.SILENCE + 1, 1.0, 0.3)
        error = ((real - made).abs() * weight).mean()
        motion = ((real.diff(dim=2) - made.diff(dim=2)).abs() * weight[:, :, 1:]).mean()
        spread = 0.5 * (posterior.mean.float() ** 2 + posterior.var.float() - 1 - posterior.logvar.float()).mean()
        loss = error + 0.2 * motion + 0.004 * spread
        fooled = matching = torch.zeros(())
        if adversarial:
            judge.requires_grad_(False)
            with autocast():
                verdict, features = judge(made)
                with torch.no_grad():
                    _, targets = judge(real)
            fooled = -verdict.float().mean()
            matching = sum(F.l1_loss(a.float(), b.float()) for a, b in zip(features, targets)) / len(features)
            loss = loss + 0.06 * fooled + 0.6 * matching
            judge.requires_grad_(True)
        optimiser.zero_grad()
        loss.backward()
        nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimiser.step()
        average.update(model)
        judged = torch.zeros(())
        if loop.progress > 0.2:
            with autocast():
                judged = F.relu(1 - judge(real)[0].float()).mean() + F.relu(1 + judge(made.detach())[0].float()).mean()
            referee.zero_grad()
            judged.backward()
            referee.step()
        running = loop.tick(l1=error, motion=motion, spread=spread, fooled=fooled, matching=matching, judged=judged)
        if loop.step % 400 == 0 or not running:
            examine()


if __name__ == "__main__":
    main()
