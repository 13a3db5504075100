"""Texts that a CLIP tokenizer may be given, with a name for each."""

TOKEN_CASES = {
    "plain": "a photo of an astronaut riding a horse on mars",
    "punctuation": "Hello,   World!! (masterpiece:1.2), best-quality; [red|blue] <fox> #1 @home 50% a_b",
    "digits": "2024 1girl 3.14159 room101",
    "contractions": "it's a dog's life, they're here, we've seen it, i'm sure he'll stay, she'd go, don't",
    "contractions_upper": "IT'S THEY'RE I'M DON'T",
    "quote_runs": "''s '' 'sunny 'tis ''re",
    "mixed_case": "A PhoTo OF a RED Fox",
    "accents_composed": "caf\u00e9 na\u00efve \u00c5ngstr\u00f6m \u00c9COLE",
    "accents_decomposed": "cafe\u0301 nai\u0308ve A\u030angstro\u0308m E\u0301COLE",
    "lone_combining_mark": "x\u0335 q\u0301 \u0301start",
    "cjk": "\u65e5\u672c\u8a9e\u306e\u98a8\u666f, \u4e2d\u6587\u63cf\u8ff0 \ud55c\uad6d\uc5b4",
    "hangul_jamo": "\u1112\u1161\u11ab\u1100\u116e\u11a8",
    "cyrillic_greek_arabic": "\u041a\u0440\u0430\u0441\u043d\u0430\u044f \u041b\u0418\u0421\u0410 \u0391\u0392\u03a3 \u03c3\u03c2 \u0645\u0631\u062d\u0628\u0627",
    "emoji": "a cat \U0001f642\U0001f680 and \U0001f468\u200d\U0001f469\u200d\U0001f467 \u2764\ufe0f",
    "case_special": "\u0130stanbul STRASSE stra\u00dfe \u01c5 \u1e9e \u212a",
    "other_numbers": "\u00bd \u00b2 \u0663 \u2167 \u2460 \u5341",
    "compatibility": "\ufb01ne \uff21\uff22\uff23 \u2126 \u00b5",
    "literal_end": "a <|endoftext|> b",
    "literal_start": "<|startoftext|>a fox",
    "literal_end_upper": "a <|ENDOFTEXT|> b",
    "literal_end_glued": "fox<|endoftext|>dog",
    "outer_spaces": "   a red fox   ",
    "inner_spaces": "a  red \t fox\n\nin\r\nsnow",
    "unicode_spaces": "a\u00a0red\u2003fox\u3000in\u2009snow\u200bnow\u0085end\u2028line",
    "only_spaces": " \t\n ",
    "empty": "",
    "control_characters": "a\u0007bell \u001fsep \u007fdel \u0001",
    "nul_character": "a\u0000b",
    "replacement_character": "bad \ufffd byte",
    "one_character": "x",
    "long_word": "supercalifragilisticexpialidocious" * 3,
    "exactly_75": " ".join(["a"] * 75),
    "76": " ".join(["a"] * 76),
    "long": ", ".join(["a photo of a red fox in the snow", "highly detailed", "sharp focus", "golden hour"] * 8),
    "same_letter": "aaaaaaaa oooo inginging",
    "url": "https://example.com/a?b=c&d=%20#frag",
}

TEXT_PROMPTS = {
    "fox": "a photo of a red fox in the snow",
    "city": "a futuristic city at night, neon lights, rain",
    "blurry": "blurry, worst quality, watermark",
    "empty": "",
    "unicode": "caf\u00e9 \u65e5\u672c \U0001f642 1girl",
    "long": TOKEN_CASES["long"],
}

FOX, CITY, NEGATIVE = TEXT_PROMPTS["fox"], TEXT_PROMPTS["city"], TEXT_PROMPTS["blurry"]

# For tokenizers that differ from SD 1.5's in their padding alone, which a text may hold: "!" for SD 2 and
# the second one of SDXL.
PADDING_TOKEN_CASES = {
    **{name: TOKEN_CASES[name] for name in ("plain", "punctuation", "literal_end", "empty", "exactly_75", "76", "long")},
    "exclamation": "wow! a fox!! ! now!?",
    "exclamation_first": "!fox",
    "exclamation_inside": "a!b <|endoftext|>! c",
    "exclamation_fullwidth": "wow\uff01",
}
