"""Train a small RoBERTa tokenizer and write what transformers makes of 500 strings, to Tests/Fixtures/tokenizer.

    pip install transformers tokenizers
    python3 make_tokenizer.py
"""
import json
import pathlib
import random
import sys
import unicodedata

from tokenizers import ByteLevelBPETokenizer
from transformers import RobertaTokenizerFast

FOLDER = pathlib.Path(__file__).parent / "tokenizer"
CORPUS = """a dog barking in the distance while rain falls on a tin roof
calm piano music, energetic electronic music with a steady beat
a man speaking as birds sing; footsteps on gravel, a door creaks open
thunder rumbles, waves crash on the shore, the wind howls 1234567890 !?.,'"-()
it's what they've said: we'll go, I'd stay, you're right, don't, I'm
    indented   text   with    runs of spaces
ein Hund bellt in der Ferne, während der Regen auf das Dach fällt; Straßenlärm
un chien aboie au loin, la pluie tombe sur le toit, l'été à la plage
собака лает вдалеке, пока дождь падает на крышу
狗在远处吠叫，雨落在铁皮屋顶上 犬が遠くで吠えている
كلب ينبح في المسافة بينما يسقط المطر
בוקר טוב 😀🎵🎹🎻👩‍👩‍👧 नमस्ते दुनिया""".splitlines()
HAND = [
    "", " ", "  ", "   ", "\n", "\t\t", "\r\n", " \n ", "a", " a", "a ", "  a", "a  ", "a  b", "a   b", "a\n\nb", "a \n b", "a\t b", "a \tb",
    "don't", "DON'T", "it's", "'s", "''s", " 's", "x's'sx", "we'll've", "'lla", "'re're", "'", "' s", "rock 'n' roll", "'\u0073", "’s don’t",
    "<s>", "</s>", "<pad>", "<unk>", "<mask>", "<s></s>", " <mask> ", "a<mask>b", "a <mask> b", "  <mask>  <mask>  ", "<ma<mask>", "<mask", "mask>",
    "< s>", "<S>", "<<s>>", "</s", "</s></s>", "x<unk>y", "\n<pad>\n", "dog</s>cat", "<s> a dog </s>", "a  <s>", "<s>  a",
    "123", "a1b2", "1a", " 12 34", "½ ² Ⅷ ٣٤ १२३ 一二三", "x²", "3.14159", "1,000,000", "#1", "50%", "C#m7", "44.1kHz/16bit", "-12dB",
    "é", "e\u0301", "ﬁ", "ẞß", "ǆ", "Å\u212b", "\u0300", "a\u0300\u0301\u0302", " \u0301", "नि", "한국어", "ㅎㅏㄴ", "ไทย", "ខ្មែរ",
    "😀", " 😀", "😀😀😀", "👩‍👩‍👧‍👦", "👍🏽", "🇩🇪", "♪♫", "🎵 music 🎵", "☀️", "1️⃣",
    "שלום עולם", "مرحبا بالعالم", "\u202eabc\u202c", "abc\u200fdef", "\u200b", "a\u200bb", "\ufeffa", "\u00ad",
    "\u00a0", "a\u00a0b", " \u00a0a", "\u2003a", "\u3000a\u3000", "\u2028", "a\u2029b", "\u1680 x", "\u0085x", "\u180ex", "\u001fx", "\u001c \u001d",
    "\x00", "\x01\x02", "a\x00b", "\x7f", "\x1b[31mred\x1b[0m", "\ufffd", "\uffff", "\U0010ffff", "\U000e0041", "\ue000",
    "http://example.org/a?b=c&d=e", "user@example.org", "C:\\sounds\\dog.wav", "{\"key\": [1, 2]}", "a_b-c", "...", "…", "--", "—", "«»", "“a”", "¿qué?",
    "a" * 600, " " * 700, "ab" * 400, "\n" * 30 + "x", "!" * 600, "dog " * 300, "狗" * 300, "1" * 600, "😀" * 200, " a" * 600, "<mask>" * 520, "don't " * 200,
    ("a dog barking in the distance " * 200), "Ġ", "Ċ", "Ġdog", "Ā",
]


def random_strings(count: int):
    """Words of the corpus, marks, spaces and any assigned character, strung together."""
    source = random.Random(20)
    words = " ".join(CORPUS).split()
    marks = list(" \n\t'’.,!?<>/-") + ["  ", " '", "'s", "'ll", "<s>", "</s>", "<mask>", "<pad>", "\u00a0", "\u3000", "\u0301"]

    def character():
        while True:
            one = chr(source.choice([source.randrange(0x80), source.randrange(0x3000), source.randrange(0x30000)]))
            # Characters assigned lately are letters for some Unicode tables and nothing for others.
            if unicodedata.category(one) not in ("Cs", "Cn"):
                return one

    for _ in range(count):
        parts = [source.choice([lambda: source.choice(words), lambda: source.choice(marks), character, lambda: " " + source.choice(words)])()
                 for _ in range(source.randrange(1, 25))]
        yield "".join(parts)


if __name__ == "__main__":
    FOLDER.mkdir(exist_ok=True)
    bpe = ByteLevelBPETokenizer()
    bpe.train_from_iterator(CORPUS * 20, vocab_size=700, min_frequency=2,
                            special_tokens=["<s>", "<pad>", "</s>", "<unk>", "<mask>"])
    bpe.save_model(str(FOLDER))
    tokenizer = RobertaTokenizerFast(str(FOLDER / "vocab.json"), str(FOLDER / "merges.txt"), model_max_length=512)
    strings = HAND + list(random_strings(500 - len(HAND)))
    assert len(strings) == 500
    cases = [{"text": text, "tokens": tokenizer(text, truncation=True).input_ids,
              "short": tokenizer(text, truncation=True, max_length=7).input_ids} for text in strings]
    with open(FOLDER / "cases.json", "w") as file:
        file.write("[" + ",\n".join(json.dumps(case, separators=(",", ":")) for case in cases) + "]\n")
    print(len(strings), "strings;", max(len(case["tokens"]) for case in cases), "tokens at most;", sys.getsizeof(cases))
