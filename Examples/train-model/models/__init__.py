"""The networks of the default model: what the recipe trains and exports, the fixtures of the tests use and the card
judges.

Each module has one network as a function or a class whose defaults are the shipped sizes; none of them trains anything.
"""
from .autoencoder import autoencoder
from .band_extension import BandExtension
from .diffusion import scheduler, unet
from .mel_matching import matched
from .towers import audio_tower, embed_sound, text_head, text_tower
from .vocoder import vocode, vocoder
from .vocos import Vocos

__all__ = ["BandExtension", "Vocos", "audio_tower", "autoencoder", "embed_sound", "matched", "scheduler", "text_head",
           "text_tower", "unet", "vocode", "vocoder"]
