"""The audio tower of CLAP: 2.56 s of log-mel (first 64 bins) -> a unit vector where captions of the sound lie.

    python3 train_clap.py --mels run/mels --out run/clap [--minutes 45]

transformers' ClapAudioModelWithProjection, small. Two stretches of one clip attract each other (so the embedding holds
the timbre, not only the kind), and each attracts its caption's sentence embedding through a small head; the head is
what the text tower is distilled from afterwards (train_text.py).
"""
import argparse

import numpy as np
import torch
from torch import nn
from torch.nn import functional as F
from transformers import ClapAudioConfig, ClapAudioModelWithProjection

import frontend
from text import DESCRIPTIONS, TEMPLATES, Teacher
from training import CLASSES, Average, Clips, Loop, autocast, device, load, louder, mixed

FRAMES = 256  # one window
BINS = 64
WIDTH = 512


def audio_tower():
    return ClapAudioModelWithProjection(ClapAudioConfig(
        window_size=4, num_mel_bins=BINS, spec_size=128, patch_size=8, patch_stride=[8, 8], hidden_size=384,
        patch_embeds_hidden_size=96, depths=[2, 2, 2], num_attention_heads=[3, 6, 12], num_hidden_layers=3,
        projection_dim=WIDTH, hidden_dropout_prob=0.0, drop_path_rate=0.05))


def text_head():
    return nn.Sequential(nn.Linear(384, 512), nn.ReLU(), nn.Linear(512, WIDTH))


def embed(tower, mels):
    """[N, 256, 64 or more] log-mels -> [N, 512] unit vectors."""
    features = mels[:, None, :, :BINS]
    output = tower.audio_model(input_features=features)
    return F.normalize(tower.audio_projection(output.pooler_output).float(), dim=-1)


def window(clips, random, index):
    """A window of a clip: long ones cut, short ones repeated with pauses or set into silence."""
    length = clips.rows[index]["frames"]
    if length >= FRAMES or random.random() < 0.5:
        return clips.crop(random, FRAMES, index)
    mel, rows = clips.mel(index), []
    while sum(map(len, rows)) < 2 * FRAMES:
        pause = random.integers(0, 60)
        rows += [mel, np.full((pause, frontend.BINS), frontend.SILENCE, np.float32)]
    joined = np.concatenate(rows)
    start = random.integers(0, FRAMES)
    return joined[start : start + FRAMES]


def altered(mel, random):
    """As another microphone, room and distance would have it."""
    bend = np.interp(np.arange(frontend.BINS), np.linspace(0, 79, 5), random.normal(0, 0.35, 5)).astype(np.float32)
    mel = louder(mel, random.uniform(-0.7, 0.4) + bend)
    shift = random.integers(-2, 3)
    if shift and random.random() < 0.5:
        mel = np.roll(mel, shift, axis=1)
    if random.random() < 0.3:
        noise = random.uniform(-11, -7) + 0.5 * random.standard_normal(mel.shape).astype(np.float32)
        mel = mixed(mel, noise.astype(np.float32))
    if random.random() < 0.3:
        start, width = random.integers(0, FRAMES - 40), random.integers(5, 40)
        mel[start : start + width] = frontend.SILENCE
    return mel


def contrast(left, right, target, factor):
    """How badly each of the left is told from the others by its right ones, and back; target says how much they belong."""
    logits = left @ right.T * factor
    target, back = target / target.sum(1, keepdim=True), target.T / target.T.sum(1, keepdim=True)
    return 0.5 * (F.cross_entropy(logits, target) + F.cross_entropy(logits.T, back))


def examine(tower, head, clips, teacher):
    """R@10 of captions over the clips, accuracy over the class descriptions."""
    random = np.random.default_rng(3)
    with torch.no_grad():
        vectors = []
        for index in range(len(clips.rows)):
            vectors.append(np.stack([window(clips, random, index) for _ in range(2)]))
        vectors = torch.from_numpy(np.concatenate(vectors)).to(device())
        audio = torch.cat([embed(tower, part) for part in vectors.split(128)])
        audio = F.normalize(audio.view(-1, 2, WIDTH).mean(1), dim=-1)
        captions = [row["caption"] for row in clips.rows]
        texts = sorted(set(captions))
        known = F.normalize(head(torch.from_numpy(teacher(texts)).to(device())), dim=-1)
        nearest = (known @ audio.T).topk(10, dim=1).indices.tolist()
        hits = [any(captions[i] == text for i in found) for text, found in zip(texts, nearest)]
        words = F.normalize(head(torch.from_numpy(teacher([DESCRIPTIONS[c] for c in CLASSES])).to(device())), dim=-1)
        guess = (audio @ words.T).argmax(1).tolist()
        right = [CLASSES[g] == row["class"] for g, row in zip(guess, clips.rows)]
        by_class = {c: np.mean([r for r, row in zip(right, clips.rows) if row["class"] == c]) for c in CLASSES}
    return {"r_at_10": round(float(np.mean(hits)), 3), "class_accuracy": round(float(np.mean(right)), 3),
            "class_accuracy_balanced": round(float(np.mean(list(by_class.values()))), 3)}


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--mels", required=True)
    parser.add_argument("--out", required=True)
    parser.add_argument("--minutes", type=float, default=45)
    parser.add_argument("--init", help="audio_encoder/ of an exported model to start from, where there is no state")
    parser.add_argument("--batch", type=int, default=48)
    parser.add_argument("--threads", type=int, default=1)
    options = parser.parse_args()
    torch.set_num_threads(options.threads)
    torch.manual_seed(0)
    clips, held_out = Clips(options.mels, "train"), Clips(options.mels, "validation")
    teacher = Teacher()
    tower, head = audio_tower().to(device()), text_head().to(device())
    with torch.no_grad():  # the bins' mean and spread, so that the first batches are already scaled
        sample = torch.from_numpy(np.stack([clips.crop(np.random.default_rng(i), 64)[:, :BINS] for i in range(200)]))
        norm = tower.audio_model.audio_encoder.batch_norm
        norm.running_mean.copy_(sample.mean((0, 1)))
        norm.running_var.copy_(sample.var((0, 1)))
    if options.init:
        load(options.init, tower).requires_grad_(True).train()
    temperature = nn.Parameter(torch.tensor([2.5, 2.5], device=device()))
    parameters = [*tower.parameters(), *head.parameters(), temperature]
    optimiser = torch.optim.AdamW(parameters, 7e-4, betas=(0.9, 0.98), weight_decay=0.03)
    holder = nn.ParameterList([temperature])
    average = Average(nn.ModuleList([tower, head]), 0.995)
    loop = Loop(options.out, options.minutes, cool=0.6, tower=tower, head=head, temperature=holder,
                average=average, optimiser=optimiser)
    temperature = holder[0]
    print(f"{sum(p.numel() for p in tower.parameters()) / 1e6:.2f} M parameters", flush=True)
    random = np.random.default_rng(1000 + loop.step)
    running = True
    while running:
        optimiser.param_groups[0]["lr"] = 7e-4 * loop.rate()
        indices = [clips.draw(random) for _ in range(options.batch)]
        sentences, views = [], []
        for index in indices:
            row = clips.rows[index]
            caption = row["caption"] if random.random() < 0.85 else DESCRIPTIONS[row["class"]]
            sentences.append(TEMPLATES[random.integers(len(TEMPLATES))].format(caption))
            level = random.uniform(-3.0, 0.4)
            views.append([altered(louder(window(clips, random, index), level), random) for _ in range(2)])
        meaning = torch.from_numpy(teacher(sentences)).to(device())
        plain = torch.from_numpy(teacher([clips.rows[i]["caption"] for i in indices])).to(device())
        mels = torch.from_numpy(np.stack([v[k] for k in range(2) for v in views])).to(device())
        tower.train()
        with autocast():
            audio = embed(tower, mels)
        one, other = audio.chunk(2)
        words = F.normalize(head(F.normalize(meaning + 0.02 * torch.randn_like(meaning), dim=-1)), dim=-1)
        groups = [clips.rows[i]["group"] for i in indices]
        same = torch.tensor([[a == b for b in groups] for a in groups], device=device()).float()
        alike = ((plain @ plain.T - 1) / 0.1).exp()  # clips with one caption, or nearly, are one target
        scale = temperature.clamp(max=4.6).exp()
        spoken = 0.5 * (contrast(one, words, alike, scale[0]) + contrast(other, words, alike, scale[0]))
        heard = contrast(one, other, same, scale[1])
        loss = spoken + 0.5 * heard
        optimiser.zero_grad()
        loss.backward()
        nn.utils.clip_grad_norm_(parameters, 1.0)
        optimiser.step()
        average.update(nn.ModuleList([tower, head]))
        running = loop.tick(text=spoken, pairs=heard)
        if loop.step % 150 == 0 or not running:
            average.module.eval()
            loop.log({"step": loop.step} | examine(*average.module, held_out, teacher))


if __name__ == "__main__":
    main()
