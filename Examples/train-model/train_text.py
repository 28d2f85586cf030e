"""The text tower of CLAP, distilled: any wording -> the unit vector where its sound lies.

    python3 train_text.py --mels run/mels --clap run/clap --out run/text

transformers' ClapTextModelWithProjection, small, with a byte-level BPE vocabulary of its own. The teacher is
all-MiniLM-L6-v2 followed by Places, which says where sounds of that meaning lie: the diffusion model is trained on
sounds' embeddings, and a vector as contrast leaves it lies far from them. The student reads captions, their
compositions, and glosses, examples and short phrases from WordNet (Debian's wordnet-base), so that wordings which no
caption has land by their meaning.
"""
import csv
import pathlib
import re

import numpy as np
import torch
from tokenizers import ByteLevelBPETokenizer
from torch import nn
from torch.nn import functional as F
from transformers import RobertaTokenizerFast

import settings
from clips import CLASSES, Clips
from compute import autocast, device
from encode import load_tower
from loop import Average, Loop
from models import embed_sound, text_head, text_tower
from models.towers import TEACHER_WIDTH, VOCABULARY
from text import DESCRIPTIONS, TEMPLATES, Teacher
from train_clap import contrast, window

WORDNET = pathlib.Path("/usr/share/wordnet")
LONGEST = 64  # tokens in training
NOUNS = ("04", "05", "06", "08", "11", "13", "14", "15", "17", "18", "19", "20", "27")
VERBS = ("29", "30", "32", "34", "35", "36", "38", "39", "43")


def wordnet():
    """(glosses and examples, nouns, verbs in -ing, adjectives) of WordNet, lower-cased; common words, those that its
    tagged texts have, seven times."""
    sentences, nouns, verbs, adjectives = set(), set(), set(), set()
    for part in ("noun", "verb", "adj", "adv"):
        for line in (WORDNET / f"data.{part}").read_text().splitlines():
            if line.startswith("  "):
                continue
            fields, _, gloss = line.partition("|")
            fields = fields.split()
            word = fields[4].replace("_", " ").lower()
            for piece in re.split(r"[;:]", gloss.replace('"', "")):
                if 3 <= len(piece.split()) <= 20:
                    sentences.add(piece.strip().lower())
            # Lexicographer files: what can be touched, seen or heard, people, places, events and acts; verbs of
            # contact, creation, motion, perception, communication, weather, change, eating and the body.
            if part == "noun" and fields[1] in NOUNS and word.count(" ") < 2:
                nouns.add(word)
            if part == "verb" and fields[1] in VERBS and " " not in word:
                verbs.add(word)
            if part == "adj" and word.isalpha() and len(word) < 10:
                adjectives.add(word)

    def weighted(words, part):
        common = set()
        for line in (WORDNET / f"index.{part}").read_text().splitlines():
            fields = line.split()
            # word, part of speech, senses, pointers, their kinds, senses again, senses in tagged texts, places
            if not line.startswith("  ") and int(fields[5 + int(fields[3])]):
                common.add(fields[0].replace("_", " "))
        return sorted(words) + 6 * sorted(words & common)

    verbs = [verb[:-1] + "ing" if verb.endswith("e") and not verb.endswith("ee") else verb + "ing"
             for verb in weighted(verbs, "verb")]
    return sorted(sentences), weighted(nouns, "noun"), verbs, weighted(adjectives, "adj")


def phrases(random, nouns, verbs, adjectives, count):
    """Short made-up descriptions of sounds."""
    forms = ["a {n} {v}", "{n} {v} in the distance", "the sound of a {n}", "a {n}", "{v}", "a {n} and a {m}",
             "someone {v} a {n}", "a {n} with a {m} in the background", "a {a} {n}", "a {n} {v}, then a {m}",
             "a {a} {n} {v}", "{v} on a {a} {n}", "{v} in a {n}", "a {n} {v} at the {m}", "{a} {v}", "the {m} of a {n}"]
    pick = lambda words: words[random.integers(len(words))]
    return [pick(forms).format(n=pick(nouns), m=pick(nouns), v=pick(verbs), a=pick(adjectives)) for _ in range(count)]


def composed(random, captions, count):
    forms = ["{a}", "{a}", "{a} and {b}", "{a} with {b} in the background", "{a}, then {b}", "{a} again and again"]
    pick = lambda words: words[random.integers(len(words))]
    return [pick(TEMPLATES).format(pick(forms).format(a=pick(captions), b=pick(captions))) for _ in range(count)]


def tokenizer(folder, corpus):
    folder.mkdir(parents=True, exist_ok=True)
    if not (folder / "vocab.json").exists():
        bpe = ByteLevelBPETokenizer()
        bpe.train_from_iterator(corpus, vocab_size=VOCABULARY, min_frequency=2,
                                special_tokens=["<s>", "<pad>", "</s>", "<unk>", "<mask>"])
        bpe.save_model(str(folder))
    return RobertaTokenizerFast(str(folder / "vocab.json"), str(folder / "merges.txt"), model_max_length=128)


def taught(model, words, teacher):
    """Starts each token at what the teacher says of it alone, so that a word means something before it is met."""
    said = torch.from_numpy(teacher([words.decode([token]).strip() or "." for token in range(len(words))]))
    said -= said.mean(0)
    table = model.text_model.embeddings.word_embeddings.weight
    with torch.no_grad():
        main = said @ torch.linalg.svd(said, full_matrices=False).Vh[: table.shape[1]].T
        table[: len(main)] = 0.1 * main / main.std()


class Places:
    """Where the sounds that a sentence means lie, [N, WIDTH] of its teacher's vector [N, 384]: the mean direction of
    three guesses. Where a contrastive head says, moved by the mean distance between captions and sounds; the mean of
    the sounds with nearly that caption (kernel regression); the mean of the sounds of its class (softmax
    regression)."""

    SHARPNESS, EACH = 30, 500

    def __init__(self, tower, clips, teacher):
        random = np.random.default_rng(0)
        chosen = [clips.draw(random, name) for name in CLASSES if clips.members[name][0] for _ in range(self.EACH)]
        with torch.no_grad():
            self.sounds = torch.cat([embed_sound(tower, torch.from_numpy(np.stack(
                [window(clips, random, index) for index in chosen[i : i + 50]])).to(device()))
                for i in range(0, len(chosen), 50)])
        self.captions = torch.from_numpy(teacher([clips.rows[index]["caption"] for index in chosen])).to(device())
        kinds = torch.tensor([CLASSES.index(clips.rows[index]["class"]) for index in chosen], device=device())
        self.typical = torch.stack([self.sounds[kinds == kind].sum(0) for kind in range(len(CLASSES))]) / self.EACH
        self.head, self.kind = text_head().to(device()), nn.Linear(TEACHER_WIDTH, len(CLASSES)).to(device())

        def apart(some):
            same = (self.captions[some] @ self.captions[some].T > 0.999).float()
            return contrast(F.normalize(self.head(self.captions[some]), dim=-1), self.sounds[some], same, 20)

        self.fit(self.head, apart, 1e-3)
        self.fit(self.kind, lambda some: F.cross_entropy(10 * self.kind(self.captions[some]), kinds[some])
                 + 1e-3 * self.kind.weight.square().sum(), 1e-2)
        with torch.no_grad():
            self.shift = self.sounds.mean(0) - F.normalize(self.head(self.captions), dim=-1).mean(0)

    def fit(self, module, loss, rate, steps=1500, batch=256):
        optimiser = torch.optim.AdamW(module.parameters(), rate)
        for _ in range(steps):
            optimiser.zero_grad()
            loss(torch.randint(len(self.captions), (batch,), device=device())).backward()
            optimiser.step()

    @torch.no_grad()
    def __call__(self, vectors):
        vectors = torch.from_numpy(np.asarray(vectors, np.float32)).to(device())
        near = torch.softmax(self.SHARPNESS * vectors @ self.captions.T, dim=1)
        kinds = torch.softmax(10 * self.kind(vectors), dim=1)
        guesses = F.normalize(self.head(vectors), dim=-1) + self.shift, near @ self.sounds, kinds @ self.typical
        return F.normalize(sum(F.normalize(guess, dim=-1) for guess in guesses), dim=-1)


class Corpus:
    """What the tower reads: captions, what they and WordNet's words are composed to, glosses; and as tokens."""

    def __init__(self, mels, out, sentences):
        with open(mels / "index.tsv", newline="") as file:
            rows = list(csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE))
        captions = sorted({row["caption"] for row in rows if row["split"] == "train"}) + list(DESCRIPTIONS.values())
        self.unseen = sorted({row["caption"] for row in rows} - set(captions))
        random = np.random.default_rng(0)
        glosses, *parts = wordnet()
        tenth = sentences // 10
        self.sentences = sorted(set(list(random.permutation(glosses)[: 3 * tenth]) + phrases(random, *parts, 5 * tenth)
                                    + composed(random, captions, 2 * tenth) + captions))
        place = {sentence: index for index, sentence in enumerate(self.sentences)}
        self.captions = np.array([place[caption] for caption in captions])
        self.words = tokenizer(out / "tokenizer", self.sentences)
        self.tokens = [self.tokens_of(sentence) for sentence in self.sentences]

    def tokens_of(self, sentence):
        return self.words(sentence, truncation=True, max_length=LONGEST)["input_ids"]


def embed(module, rows):
    """Lists of tokens -> [N, 512] unit vectors."""
    longest = max(map(len, rows))
    tokens = torch.tensor([row + [1] * (longest - len(row)) for row in rows], device=device())
    with autocast():
        return F.normalize(module(tokens, attention_mask=(tokens != 1).long()).text_embeds.float(), dim=-1)


def main():
    options = settings.parser(__doc__, "mels", "clap", "out").parse_args()
    chosen = settings.read("text_tower", options)
    torch.set_num_threads(options.threads)
    torch.manual_seed(0)
    corpus, teacher = Corpus(options.mels, options.out, chosen.sentences), Teacher()
    cache = options.out / "teacher.npy"
    if not cache.exists():
        print(f"embedding {len(corpus.sentences)} sentences", flush=True)
        with autocast():
            np.save(cache, teacher(corpus.sentences, 128).astype(np.float16))
    meaning = np.load(cache, mmap_mode="r")
    target = Places(load_tower(options.clap), Clips(options.mels, "train"), teacher)
    model = text_tower()
    taught(model, corpus.words, teacher)
    model = model.to(device())
    average = Average(model, chosen.horizon)
    optimiser = torch.optim.AdamW(model.parameters(), chosen.rate, betas=(0.9, 0.98), weight_decay=0.01)
    loop = Loop(options.out, chosen, model=model, average=average, optimiser=optimiser)
    random = np.random.default_rng(100 + loop.step)

    def advance():
        optimiser.param_groups[0]["lr"] = chosen.rate * loop.rate()
        some = np.concatenate([random.integers(0, len(corpus.sentences), chosen.corpus_batch),
                               random.choice(corpus.captions, chosen.caption_batch)])
        one, other = embed(model, [corpus.tokens[i] for i in some]), target(meaning[some])
        loss = (1 - (one * other).sum(1)).mean() + ((one @ one.T - other @ other.T) ** 2).mean()
        optimiser.zero_grad()
        loss.backward()
        nn.utils.clip_grad_norm_(model.parameters(), chosen.gradient_norm)
        optimiser.step()
        average.update(model)
        return {"loss": loss}

    @torch.no_grad()
    def examine():
        average.module.eval()
        held_out = corpus.unseen + ["a puppy yaps", "kitty meowing", "somebody strolling on pebbles", "a downpour",
                                    "a lady talks", "hitting a snare", "an automobile motor", "sawing wood"]
        mine = embed(average.module, [corpus.tokens_of(sentence) for sentence in held_out])
        loop.log({"held_out_cosine": round((mine * target(teacher(held_out))).sum(1).mean().item(), 4)})

    loop.run(advance, examine)


if __name__ == "__main__":
    main()
