"""Captions of scenes: a plain one for measuring, and many paraphrases for training."""

from scenes import draw_scene

PLURALS = {"cross": "crosses"}
SIZE_WORDS = {"small": ["small", "small", "tiny", "little"], "medium": [""], "big": ["big", "big", "large", "huge"]}

# Words that scenes know nothing of: prompts hold them all the time, and they must not upset the model.
STRAY_WORDS = (
    "cat dog house tree car man woman portrait of the city landscape detailed highly masterpiece best quality 4k 8k oil "
    "painting digital art trending artstation beautiful sunset mountain sea ocean river bird fish robot castle dragon "
    "forest girl boy flower and with in style sharp focus cinematic light night day space astronaut riding horse"
).split()


def plural(shape):
    return PLURALS.get(shape, shape + "s")


def with_article(noun):
    return ("an " if noun[0] in "aeiou" else "a ") + noun


def plain_caption(scene):
    """Such as "a big red circle at the top on a blue ground"."""
    size = "" if scene.size == "medium" else scene.size
    noun = scene.shape if scene.count == 1 else plural(scene.shape)
    words = " ".join(w for w in [size, "outlined" if scene.outline else "", scene.colour, noun] if w)
    subject = with_article(words) if scene.count == 1 else "two " + words
    side = {"centre": "", "left": " on the left", "right": " on the right"}.get(
        scene.position, f" at the {scene.position}"
    )
    return f"{subject}{side} on {with_article(scene.ground)} ground"


def caption(scene, rng):
    """One of the ways to say it."""
    size = rng.choice(SIZE_WORDS[scene.size])
    noun = scene.shape if scene.count == 1 else plural(scene.shape)
    before = after = ""
    if scene.outline:
        kind = rng.choice(["outlined", "outline", "hollow"])
        if kind == "outline":
            noun, after = scene.shape, kind if scene.count == 1 else kind + "s"
        else:
            before = kind
    elif rng.random() < 0.2:
        before = rng.choice(["filled", "solid"])
    subject = " ".join(w for w in [size, before, scene.colour, noun, after] if w)
    if scene.count == 2:
        subject = "two " + subject
    elif rng.random() < 0.85:
        subject = with_article(subject)

    where = ""
    if scene.position == "centre":
        if rng.random() < 0.3:
            where = rng.choice(["in the centre", "in the center", "in the middle"])
    elif scene.position in ("left", "right"):
        where = rng.choice(["on the", "on the", "at the"]) + " " + scene.position
    else:
        where = rng.choice(["at the", "at the", "on the"]) + " " + scene.position

    colour = rng.choice(["gray", "grey"]) if scene.ground == "gray" else scene.ground
    ground = rng.choice(
        [
            f"on {with_article(colour)} background",
            f"on {with_article(colour)} ground",
            f"on {with_article(colour)} ground",
            f"on {colour}",
            f"{colour} background",
        ]
    )
    parts = [subject, where] if where else [subject]
    if rng.random() < 0.12:
        text = f"{ground}, {' '.join(parts)}"
    elif ground.startswith("on "):
        text = " ".join([*parts, ground])
    else:
        text = f"{' '.join(parts)}, {ground}"
    if rng.random() < 0.15:
        text = rng.choice(["a drawing of", "a picture of", "an image of", "a photo of"]) + " " + text
    if rng.random() < 0.06:
        text += ", " + " ".join(rng.choice(STRAY_WORDS) for _ in range(rng.randint(1, 4)))
    return text


def corpus(rng, count=6000):
    """What the vocabulary is learnt from, one caption a line."""
    return "\n".join([caption(draw_scene(rng), rng) for _ in range(count)] + STRAY_WORDS * 3)
