"""CLAP's two towers, small: a sound of 2.56 s and a text to unit vectors of one space, as transformers has them."""
from torch import nn
from torch.nn import functional as F
from transformers import ClapAudioConfig, ClapAudioModelWithProjection, ClapTextConfig, ClapTextModelWithProjection

WIDTH = 512  # of the common space
FRAMES = 256  # of the log-mel that the audio tower hears at once: 2.56 s
HEARD_BINS = 64  # the bins of the log-mel that it hears: AudioLDM's own
VOCABULARY = 12000  # tokens
TEACHER_WIDTH = 384  # of the sentence embeddings that the captions are taught by


def audio_tower():
    return ClapAudioModelWithProjection(ClapAudioConfig(
        window_size=4, num_mel_bins=HEARD_BINS, spec_size=128, patch_size=8, patch_stride=[8, 8], hidden_size=384,
        patch_embeds_hidden_size=96, depths=[2, 2, 2], num_attention_heads=[3, 6, 12], num_hidden_layers=3,
        projection_dim=WIDTH, hidden_dropout_prob=0.0, drop_path_rate=0.05))


def text_tower():
    return ClapTextModelWithProjection(ClapTextConfig(
        vocab_size=VOCABULARY, hidden_size=256, num_hidden_layers=4, num_attention_heads=4, intermediate_size=1024,
        max_position_embeddings=130, projection_dim=WIDTH, layer_norm_eps=1e-12, hidden_dropout_prob=0.0,
        attention_probs_dropout_prob=0.0))


def text_head():
    """From the teacher's sentence embedding to where its sounds lie: what the audio tower is trained against."""
    return nn.Sequential(nn.Linear(TEACHER_WIDTH, 512), nn.ReLU(), nn.Linear(512, WIDTH))


def embed_sound(tower, mels):
    """[N, 256, 64 or more] log-mels -> [N, 512] unit vectors."""
    features = mels[:, None, :, :HEARD_BINS]
    output = tower.audio_model(input_features=features)
    return F.normalize(tower.audio_projection(output.pooler_output).float(), dim=-1)
