"""A model's memory: where the training sounds of each caption lie in the space of its towers, so that a prompt finds
them.

    python3 memory.py --mels run/mels --midi run/midi --model ../../Sources/Core/Resources/DefaultModel

The diffusion model was trained on the vectors of sounds, and a text tower of a few million parameters says only
roughly where those of a prompt lie. The memory holds for each caption of the training sounds the mean of its sounds'
vectors and the text tower's vector of the caption, and for some thousand words what the teacher of the captions makes
of each. A prompt is looked up among the captions by all three, and its condition is the mean of what was heard there
(as in kNN-Diffusion, arXiv 2204.02849, and Re-AudioLDM, arXiv 2309.08051). No recording is in it.

Writes MODEL/memory/: config.json, captions.json, words.json and vectors.safetensors, and looks up --prompt if one is
given. `Memory` is the reference of the look-up; it needs nothing but numpy and the vectors of the text tower.
"""
import argparse
import collections
import csv
import itertools
import json
import math
import pathlib
import re

import numpy as np
import torch
from safetensors.numpy import load_file, save_file
from transformers import RobertaTokenizerFast

import frontend
import provenance
from clips import Clips
from compute import load
from encode import load_tower
from models import embed_sound, text_tower
from models.towers import FRAMES, WIDTH
from text import Teacher
from train_clap import window
from train_text import WORDNET

CONFIGURATION = {
    "neighbours": 20,        # captions whose sounds are averaged
    "sharpness": 5,          # of their shares: exp(sharpness * nearness)
    "words": 1.0,            # weights of the three cosines that make the nearness: words to words,
    "text": 0.5,             # the text tower's vector of the prompt to that of the caption,
    "sound": 0.5,            # and to the mean of the caption's sounds
    "blend": 0.25,           # the share of the text tower's own vector in the condition
    "fallback": 1.2,         # a prompt whose nearest caption is not as near is left to the text tower
    "separators": [",", ";", "and", "plus", "then", "while", "with"],
    "ignored": "a an are as at background be being by for from her his in into is it its of off on onto or other our over "
               "so some somebody someone something sound sounds that the their them there these this those to too under up "
               "very was we were while who will you your".split(),
}
# What is put in the place of a word's ending where the word itself is not known.
ENDINGS = (("ies", "y"), ("ied", "y"), ("es", ""), ("ed", ""), ("ing", ""), ("ing", "e"), ("s", ""), ("d", ""), ("er", ""))
WORDS, WORD_WIDTH = 24000, 48


def unit(vectors):
    return vectors / np.maximum(np.linalg.norm(vectors, axis=-1, keepdims=True), 1e-9)


def tokens(text):
    return re.findall(r"[a-z0-9]+", text.lower())


def bytes_of(vectors):
    """Rows as 8-bit integers, the largest of each at 127: their lengths are lost, and are 1 when they are read."""
    return np.round(vectors / np.abs(vectors).max(1, keepdims=True) * 127).astype(np.int8)


class Memory:
    """Looks up prompts; `said` gives the text tower's unit vector [512] of a text."""

    def __init__(self, folder, said):
        folder = pathlib.Path(folder)
        self.configuration, self.captions, words = (
            json.loads((folder / f"{name}.json").read_text()) for name in ("config", "captions", "words"))
        vectors = load_file(folder / "vectors.safetensors")
        self.sounds, self.texts, self.word_vectors = (
            unit(vectors[name].astype(np.float32)) for name in ("sound", "text", "word"))
        self.said, self.places = said, {word: place for place, word in enumerate(words)}
        self.spoken_in = collections.Counter(place for caption in self.captions for place in set(self.known(caption)))
        self.meanings = np.stack([self.meaning(caption) for caption in self.captions])

    def known(self, text):
        """The places of the text's words in the table of words; a word that is not there is sought without its
        ending."""
        places = []
        for word in tokens(text):
            if word in self.configuration["ignored"]:
                continue
            forms = [word] + [word[: -len(ending)] + instead for ending, instead in ENDINGS
                              if word.endswith(ending) and len(word) - len(ending) >= 3]
            forms += [form[:-1] for form in forms[1:] if form[-1] == form[-2]]
            found = next((self.places[form] for form in forms if form in self.places), None)
            if found is not None:
                places.append(found)
        return places

    def meaning(self, text):
        """The mean of the vectors of the text's words, rare ones counting more; 0 where none is known."""
        total = np.zeros(self.word_vectors.shape[1], np.float32)
        for place in self.known(text):
            total += math.log((len(self.captions) + 1) / (self.spoken_in[place] + 0.5)) * self.word_vectors[place]
        return unit(total)

    def nearest(self, text):
        """(nearness of the nearest caption, the mean direction of what was heard under the nearest ones, [(caption,
        share)])."""
        chosen, said = self.configuration, self.said(text)
        nearness = (chosen["words"] * self.meanings @ self.meaning(text) + chosen["text"] * self.texts @ said
                    + chosen["sound"] * self.sounds @ said)
        order = np.argsort(-nearness, kind="stable")[: chosen["neighbours"]]
        share = np.exp(chosen["sharpness"] * (nearness[order] - nearness[order[0]]))
        share /= share.sum()
        return float(nearness[order[0]]), unit(share @ self.sounds[order]), [
            (self.captions[index], float(part)) for index, part in zip(order, share)]

    def parts(self, prompt):
        """What the prompt names, one by one: the pieces between separators that say something."""
        pieces, piece = [], []
        for token in [*re.findall(r"[^\s,;]+|[,;]", prompt), ","]:
            if token.lower() in self.configuration["separators"]:
                pieces.append(" ".join(piece))
                piece = []
            else:
                piece.append(token)
        return [piece for piece in pieces if self.known(piece)]

    def condition(self, prompt):
        """(the prompt's condition [512], [(caption, share)]): the mean over its parts if they are found nearer than
        the whole, the text tower's own vector and no captions if nothing is near."""
        nearness, vector, found = self.nearest(prompt)
        each = [self.nearest(part) for part in self.parts(prompt)]
        if len(each) > 1 and np.mean([near for near, _, _ in each]) > nearness:
            nearness = float(np.mean([near for near, _, _ in each]))
            vector = unit(sum(vector for _, vector, _ in each))
            found = [(caption, share / len(each)) for _, _, captions in each for caption, share in captions]
        if nearness < self.configuration["fallback"]:
            return self.said(prompt), []
        blend = self.configuration.get("blend", 0)
        return (unit((1 - blend) * vector + blend * self.said(prompt)) if blend else vector), found


class Texts:
    """The text tower of a model's folder, as a function of a text; and of many."""

    def __init__(self, model):
        self.tower = load(model / "text_encoder", text_tower())
        self.words = RobertaTokenizerFast(str(model / "tokenizer/vocab.json"), str(model / "tokenizer/merges.txt"))

    def __call__(self, text):
        with torch.no_grad():
            return unit(self.tower(**self.words(text, return_tensors="pt")).text_embeds[0].numpy())


def windows_of(mels, midi):
    """(caption, log-mel windows [1 or 3, 256, 80]) of each training clip and each piece of rendered music."""
    clips, random = Clips(mels, "train"), np.random.default_rng(0)
    for index, row in enumerate(clips.rows):
        count = 1 if row["frames"] < 2 * FRAMES else 3
        yield row["caption"], np.stack([window(clips, random, index) for _ in range(count)])
    with open(midi / "train/index.tsv", newline="") as file:
        pieces = list(csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE))
    sound = np.memmap(midi / "train/audio.i16", "<i2", "r")
    for piece in pieces:
        samples = sound[int(piece["offset"]) :][: 3 * FRAMES * frontend.HOP].astype(np.float32) / 32768
        samples = np.pad(samples, (0, 3 * FRAMES * frontend.HOP - len(samples)))
        yield piece["caption"], frontend.log_mel(samples).reshape(3, FRAMES, frontend.BINS)


def heard(model, mels, midi, batch=64):
    """Caption: the mean direction [512] of the audio tower's vectors of the training sounds of that caption."""
    tower = load_tower(model / "audio_encoder")
    sums = collections.defaultdict(lambda: np.zeros(WIDTH, np.float32))
    sounds = windows_of(mels, midi)
    while some := list(itertools.islice(sounds, batch)):
        with torch.no_grad():
            vectors = embed_sound(tower, torch.from_numpy(np.concatenate([windows for _, windows in some]))).numpy()
        ends = np.cumsum([len(windows) for _, windows in some])
        for (caption, _), own in zip(some, np.split(vectors, ends[:-1])):
            sums[caption] += unit(own.mean(0))
    return {caption: unit(total) for caption, total in sorted(sums.items())}


def words_worth_knowing(captions, teacher):
    """The words of the captions; WordNet's single nouns, verbs and adjectives that its tagged texts have, which are
    the common ones; and of the others those that mean most nearly what a caption says. So a sound can be asked for in
    words that no caption has."""
    own, common, others = {word for caption in captions for word in tokens(caption)}, set(), set()
    for part in ("noun", "verb", "adj"):
        for line in (WORDNET / f"index.{part}").read_text().splitlines():
            fields = line.split()
            word = fields[0]
            if not line.startswith("  ") and word.isascii() and word.isalpha() and len(word) > 2:
                (common if int(fields[5 + int(fields[3])]) else others).add(word)
    kept = (own | common) - set(CONFIGURATION["ignored"])
    others = sorted(others - kept - set(CONFIGURATION["ignored"]))
    known = teacher(captions)
    nearness = np.concatenate([(teacher(others[at : at + 1000]) @ known.T).max(1) for at in range(0, len(others), 1000)])
    return sorted(kept) + sorted(others[index] for index in np.argsort(-nearness, kind="stable")[: WORDS - len(kept)])


def word_vectors(words, teacher):
    """Words -> [N, 48]: the main components of what the teacher makes of each."""
    vectors = teacher(words)
    vectors -= vectors.mean(0)
    main = np.linalg.svd(vectors[:: max(1, len(vectors) // 4000)], full_matrices=False)[2][:WORD_WIDTH]
    return vectors @ main.T


def build(model, mels, midi):
    folder, said, teacher = model / "memory", Texts(model), Teacher()
    sounds = heard(model, mels, midi)
    captions = list(sounds)
    words = words_worth_knowing(captions, teacher)
    folder.mkdir(exist_ok=True)
    save_file({"sound": bytes_of(np.stack(list(sounds.values()))), "word": bytes_of(word_vectors(words, teacher)),
               "text": bytes_of(np.stack([said(caption) for caption in captions]))}, folder / "vectors.safetensors")
    (folder / "vectors.safetensors").chmod(0o644)
    for name, content in (("config", CONFIGURATION), ("captions", captions), ("words", words)):
        (folder / f"{name}.json").write_text(json.dumps(content, indent=2 if name == "config" else None) + "\n")
    provenance.note_memory(model)
    print(f"{len(captions)} captions, {len(words)} words, "
          f"{sum(path.stat().st_size for path in folder.iterdir()) / 1e6:.2f} MB")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--model", type=pathlib.Path, required=True)
    parser.add_argument("--mels", type=pathlib.Path)
    parser.add_argument("--midi", type=pathlib.Path)
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--prompt", action="append", default=[],
                        help="what to look up; without --mels in a memory that is there")
    options = parser.parse_args()
    torch.set_num_threads(options.threads)
    if options.mels:
        build(options.model, options.mels, options.midi)
    memory = Memory(options.model / "memory", Texts(options.model))
    for prompt in options.prompt:
        found = memory.condition(prompt)[1]
        print(f"{prompt}: " + (", ".join(f"{share:.2f} {caption}" for caption, share in found) or "nothing near"))


if __name__ == "__main__":
    main()
