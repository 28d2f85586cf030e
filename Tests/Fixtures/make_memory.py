#!/usr/bin/env python3
"""What the reference of the look-up (Examples/train-model/memory.py) finds in a small memory.

    python3 Tests/Fixtures/make_memory.py --memory run/candidate/memory     # writes Tests/Fixtures/memory/

The memory there is a part of a whole one, which --memory names: captions about a few things, and the words that these
and the prompts need. Its towers are the bundled model's. To be run again when other weights ship.
"""
import argparse
import json
import pathlib
import re
import sys

import numpy as np
from safetensors.numpy import load_file, save_file

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parents[1]
MODEL = ROOT / "Sources/Core/Resources/DefaultModel"
sys.path.append(str(ROOT / "Examples/train-model"))

from memory import ENDINGS, Memory, Texts, tokens  # noqa: E402

TOPICS = ("rain", "bird", "dog", "cat", "piano", "drum", "sea", "wave", "running", "footsteps", "siren")
PROMPTS = ["rain with birds", "a kitten mewing", "Running on grass", "Waves, and seagulls", "xyzzy", "", "the sound of it",
           "drums; a piano, THEN barking dogs", "stopped trains", "barking\tdogs,cats", "a dog while a dog"]


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--memory", type=pathlib.Path, required=True)
    whole = parser.parse_args().memory
    configuration, captions, words = (json.loads((whole / f"{name}.json").read_text())
                                      for name in ("config", "captions", "words"))
    kept = [i for i, caption in enumerate(captions) if any(re.search(rf"\b{topic}", caption) for topic in TOPICS)][::4]
    wanted = {word for text in [captions[i] for i in kept] + PROMPTS for word in tokens(text)}
    wanted |= {word[: -len(ending)] + instead for word in wanted for ending, instead in ENDINGS if word.endswith(ending)}
    wanted |= {word[:-1] for word in wanted}
    known = [i for i, word in enumerate(words) if word in wanted]
    vectors = load_file(whole / "vectors.safetensors")
    out = HERE / "memory"
    out.mkdir(exist_ok=True)
    save_file({"sound": vectors["sound"][kept], "text": vectors["text"][kept], "word": vectors["word"][known]},
              out / "vectors.safetensors")
    (out / "vectors.safetensors").chmod(0o644)
    for name, content in (("config", configuration), ("captions", [captions[i] for i in kept]),
                          ("words", [words[i] for i in known])):
        (out / f"{name}.json").write_text(json.dumps(content, indent=2 if name == "config" else None) + "\n")

    said, expected = Texts(MODEL), []
    for blend in (0.0, 0.25):
        memory = Memory(out, said)
        memory.configuration["blend"] = blend
        for prompt in PROMPTS:
            condition, found = memory.condition(prompt)
            expected.append({"prompt": prompt, "blend": blend, "parts": memory.parts(prompt),
                             "nearness_of_whole": memory.nearest(prompt)[0], "found": found,
                             "condition": np.round(condition.astype(float), 6).tolist()})
    (out / "expected.json").write_text("[\n" + ",\n".join(json.dumps(row) for row in expected) + "\n]\n")
    print(f"{len(kept)} captions, {len(known)} words")
    for row in expected:
        print(row["prompt"], row["parts"], round(row["nearness_of_whole"], 3), len(row["found"]))


if __name__ == "__main__":
    main()
