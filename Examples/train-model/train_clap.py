"""The audio tower of CLAP: 2.56 s of log-mel (first 64 bins) -> a unit vector where captions of the sound lie.

    python3 train_clap.py --mels run/mels --out run/clap

Two stretches of one clip attract each other (so the embedding holds
the timbre, not only the kind), and each attracts its caption's sentence embedding through a small head; the head is
what the text tower is distilled from afterwards (train_text.py).
"""
import numpy as np
import torch
from torch import nn
from torch.nn import functional as F

import frontend
import provenance
import settings
from clips import CLASSES, Clips, louder, mixed
from compute import autocast, device, load
from loop import Average, Loop
from models import audio_tower, embed_sound, text_head
from models.towers import FRAMES, WIDTH
from text import DESCRIPTIONS, TEMPLATES, Teacher


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
    """How badly each of the left is told from the others by its right ones, and back; target says how much they
    belong."""
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
        audio = torch.cat([embed_sound(tower, part) for part in vectors.split(128)])
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


def drawn(clips, random, chosen):
    """A batch: rows of clips, the sentence that each is told, and two stretches of each, one after another."""
    rows, sentences, views = [], [], []
    for index in [clips.draw(random) for _ in range(chosen.batch)]:
        row = clips.rows[index]
        caption = row["caption"] if random.random() < chosen.captioned else DESCRIPTIONS[row["class"]]
        sentences.append(TEMPLATES[random.integers(len(TEMPLATES))].format(caption))
        level = random.uniform(-3.0, 0.4)
        views.append([altered(louder(window(clips, random, index), level), random) for _ in range(2)])
        rows.append(row)
    return rows, sentences, torch.from_numpy(np.stack([v[k] for k in range(2) for v in views])).to(device())


def main():
    parser = settings.parser(__doc__, "mels", "out")
    parser.add_argument("--init", help="audio_encoder/ of an exported model to start from, where there is no state")
    options = parser.parse_args()
    chosen = settings.read("audio_tower", options)
    torch.set_num_threads(options.threads)
    torch.manual_seed(0)
    clips, held_out, teacher = Clips(options.mels, "train"), Clips(options.mels, "validation"), Teacher()
    tower, head = audio_tower(), text_head()
    if options.init:
        load(options.init, tower).requires_grad_(True)
        provenance.remember(options.out, options.init)
    both = nn.ModuleList([tower, head]).to(device())
    temperature = nn.ParameterList([torch.tensor([2.5, 2.5], device=device())])
    parameters = [*both.parameters(), *temperature]
    average = Average(both, chosen.horizon)
    optimiser = torch.optim.AdamW(parameters, chosen.rate, betas=(0.9, 0.98), weight_decay=0.03)
    loop = Loop(options.out, chosen, tower=tower, head=head, temperature=temperature, average=average,
                optimiser=optimiser)
    random = np.random.default_rng(1000 + loop.step)

    def advance():
        optimiser.param_groups[0]["lr"] = chosen.rate * loop.rate()
        rows, sentences, mels = drawn(clips, random, chosen)
        meaning = torch.from_numpy(teacher(sentences)).to(device())
        plain = torch.from_numpy(teacher([row["caption"] for row in rows])).to(device())
        tower.train()
        with autocast():
            audio = embed_sound(tower, mels)
        one, other = audio.chunk(2)
        words = F.normalize(head(F.normalize(meaning + 0.02 * torch.randn_like(meaning), dim=-1)), dim=-1)
        same = torch.tensor([[a["group"] == b["group"] for b in rows] for a in rows], device=device()).float()
        alike = ((plain @ plain.T - 1) / chosen.nearness).exp()  # clips with one caption, or nearly, are one target
        scale = temperature[0].clamp(max=4.6).exp()
        spoken = 0.5 * (contrast(one, words, alike, scale[0]) + contrast(other, words, alike, scale[0]))
        heard = contrast(one, other, same, scale[1])
        loss = spoken + chosen.pairs * heard
        optimiser.zero_grad()
        loss.backward()
        nn.utils.clip_grad_norm_(parameters, chosen.gradient_norm)
        optimiser.step()
        average.update(both)
        return {"text": spoken, "pairs": heard}

    def look():
        average.module.eval()
        loop.log(examine(*average.module, held_out, teacher))

    loop.run(advance, look)


if __name__ == "__main__":
    main()
