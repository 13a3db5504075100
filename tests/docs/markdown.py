"""Reads Markdown as the checks of this folder need it: headings with their anchors, links, paragraphs, code."""
import os
import re
from dataclasses import dataclass, field
from pathlib import Path

LEFT_OUT = {"build", "install", "out", "outputs", "node_modules", "__pycache__"}
FENCE = re.compile(r"^\s*(```+|~~~+)")
HEADING = re.compile(r"^(#{1,6})\s+(.*?)\s*#*$")
LINK = re.compile(r"!?\[(?:[^\[\]]|\[[^\]]*\])*\]\(\s*<?([^)\s>]+)>?(?:\s+\"[^\"]*\")?\s*\)")
REFERENCE = re.compile(r"^\s*\[[^\]]+\]:\s+<?(\S+?)>?\s*$")
HTML_LINK = re.compile(r"<(?:a|img)\b[^>]*?\b(?:href|src)=\"([^\"]+)\"")
HTML_ANCHOR = re.compile(r"<a\b[^>]*?\b(?:name|id)=\"([^\"]+)\"")
CODE = re.compile(r"(`+)(.+?)\1")


def files(root):
    """Every Markdown file of the tree, except what was built or downloaded."""
    for folder, folders, names in os.walk(root):
        folders[:] = sorted(name for name in folders if name not in LEFT_OUT and not name.startswith(".")
                            and not name.startswith("build"))
        for name in sorted(names):
            if name.endswith(".md"):
                yield Path(folder) / name


@dataclass
class Block:
    line: int
    text: str
    section: tuple  # the headings above it
    kind: str  # "text", "item" or "row"


@dataclass
class Document:
    path: Path
    headings: list = field(default_factory=list)  # (line, level, text)
    anchors: set = field(default_factory=set)
    links: list = field(default_factory=list)  # (line, target)
    code: list = field(default_factory=list)  # (line, text between backticks, or a line of a code block)
    blocks: list = field(default_factory=list)


def anchor(heading):
    """The anchor that GitHub gives a heading: markup and punctuation go, blanks become hyphens."""
    text = re.sub(r"\[([^\]]*)\]\([^)]*\)", r"\1", heading).replace("`", "")
    text = re.sub(r"[^\w\- ]", "", text.strip().lower())
    return text.replace(" ", "-")


def read(path):
    document = Document(path)
    seen = {}
    section = []
    block = None
    fence = None
    comment = False

    def begin(line, text, kind):
        nonlocal block
        block = Block(line, text.strip(), tuple(section), kind)
        document.blocks.append(block)

    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
        mark = FENCE.match(line)
        if fence is not None:
            if mark and line.strip().startswith(fence) and line.strip().strip(fence[0]) == "":
                fence = None
            else:
                document.code.append((number, line))
            continue
        if mark:
            fence = mark.group(1)
            block = None
            continue
        if comment or line.lstrip().startswith("<!--"):
            comment = "-->" not in line
            block = None
            continue
        heading = HEADING.match(line)
        if heading:
            level, text = len(heading.group(1)), heading.group(2)
            document.headings.append((number, level, text))
            name = anchor(text)
            count = seen.get(name, 0)
            seen[name] = count + 1
            document.anchors.add(name if count == 0 else f"{name}-{count}")
            section[level - 1:] = [""] * (level - 1 - len(section)) + [text]
            block = None
        document.code += [(number, match.group(2).strip()) for match in CODE.finditer(line)]
        prose = CODE.sub("", line)
        document.anchors.update(HTML_ANCHOR.findall(prose))
        # Links are sought in the line with its code blanked, so that `[a](b)` is no link but [`a`](b) is one.
        bare = CODE.sub(lambda match: "x" * len(match.group(0)), line)
        for pattern in (LINK, REFERENCE, HTML_LINK):
            document.links += [(number, target) for target in pattern.findall(bare)]
        if heading:
            continue
        if line.strip() == "":
            block = None
        elif line.lstrip().startswith("|"):
            begin(number, line, "row")
        elif re.match(r"\s*([-*+]|\d+\.)\s", line):
            begin(number, re.sub(r"^\s*([-*+]|\d+\.)\s", "", line), "item")
        elif block is None or block.kind == "row":
            begin(number, line, "text")
        else:
            block.text += " " + line.strip()
    return document
