"""The autoencoder: log-mel [T, 80] <-> latents [T / 4, 20, 8].

diffusers' AutoencoderKL, factor 4 as AudioLDM's, without attention: what it computes stays local, so that a part can be
decoded alone.
"""
import torch
from diffusers import AutoencoderKL

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
