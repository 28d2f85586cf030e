"""The diffusion model: diffusers' UNet2DConditionModel on latents [8, T / 4, 20], and the noise levels it is made
for."""
from diffusers import DDIMScheduler, UNet2DConditionModel

from .towers import WIDTH

CROP = 128  # latent frames: 5.12 s
BINS, CHANNELS = 20, 8  # of the latent


def scheduler():
    """v prediction down to no signal at all: zero terminal SNR (arXiv 2305.08891)."""
    return DDIMScheduler(beta_start=0.00085, beta_end=0.012, beta_schedule="scaled_linear", clip_sample=False,
                         set_alpha_to_one=True, steps_offset=0, prediction_type="v_prediction",
                         timestep_spacing="trailing", rescale_betas_zero_snr=True)


def unet(channels=(48, 96, 192, 256)):
    return UNet2DConditionModel(
        sample_size=CROP, in_channels=CHANNELS, out_channels=CHANNELS, layers_per_block=1, norm_num_groups=16,
        down_block_types=("DownBlock2D", "DownBlock2D", "CrossAttnDownBlock2D", "CrossAttnDownBlock2D"),
        up_block_types=("CrossAttnUpBlock2D", "CrossAttnUpBlock2D", "UpBlock2D", "UpBlock2D"),
        block_out_channels=channels, cross_attention_dim=list(channels), attention_head_dim=(3, 3, 6, 8),
        class_embed_type="simple_projection", projection_class_embeddings_input_dim=WIDTH,
        class_embeddings_concat=True)
