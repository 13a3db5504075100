"""Checks the documentation: python3 checks.py CHECK ROOT [EXECUTABLE]. Prints what is wrong, and fails if anything is.

links    every relative link of every Markdown file leads to a file, and its #anchor to a heading of that file; every
         docs/NAME.md that a source file mentions exists
repeats  no section, and no paragraph of some length, is there twice, in one file or in two
paths    every path of the tree between backticks exists
"""
import re
import sys
from pathlib import Path
from urllib.parse import unquote

import markdown

SOURCES = {".c", ".cpp", ".h", ".hpp", ".py", ".sh", ".ts", ".tsx", ".cmake", ".txt", ".yaml", ".yml"}
FOLDERS = ("host", "plugins", "sdk", "tests", "script", "docs", "tools", "bench", "cmake", "text", "demo", ".github")


def links(root):
    documents = {path.resolve(): markdown.read(path) for path in markdown.files(root)}
    for path, document in documents.items():
        for line, target in document.links:
            if re.match(r"[a-z][a-z0-9+.-]*:", target):
                continue  # another site
            name, _, fragment = target.partition("#")
            place = f"{path.relative_to(root)}:{line}"
            file = (path.parent / unquote(name)).resolve() if name else path
            if not file.exists():
                yield f"{place}: {target}: there is no {name}"
            elif fragment and file in documents and unquote(fragment) not in documents[file].anchors:
                yield f"{place}: {target}: {file.relative_to(root)} has no heading with this anchor"
    for folder in FOLDERS:
        for file in sorted((root / folder).rglob("*")):
            if not file.is_file() or file.suffix not in SOURCES or markdown.LEFT_OUT & set(file.parts):
                continue
            if "tests/docs/" in file.as_posix() or "/dist/" in file.as_posix():
                continue
            for number, line in enumerate(file.read_text(encoding="utf-8", errors="replace").splitlines(), 1):
                for name, fragment in re.findall(r"\b(docs/[\w./-]*\w\.md)(?:#([\w-]+))?", line):
                    target = (root / name).resolve()
                    place = f"{file.relative_to(root)}:{number}"
                    if not target.exists():
                        yield f"{place}: there is no {name}"
                    elif fragment and fragment not in documents[target].anchors:
                        yield f"{place}: {name} has no heading with the anchor #{fragment}"


def words(text):
    return re.findall(r"[\w']+", text.lower())


def alike(a, b):
    """The share of runs of four words that two texts have in common."""
    return len(a & b) / min(len(a), len(b))


def repeats(root):
    found = []  # (place, runs of four words)
    by_run = {}
    for path in markdown.files(root):
        document = markdown.read(path)
        name = path.relative_to(root)
        titles = {}
        above = []
        for line, level, text in document.headings:
            above[level - 1:] = [""] * (level - 1 - len(above)) + [text.lower()]
            first = titles.setdefault(tuple(above), line)
            if first != line:
                yield f"{name}:{line}: the section \"{text}\" is at line {first} already"
        leads = {}
        for block in document.blocks:
            lead = re.match(r"\*\*(.+?)\*\*", block.text)
            if lead and block.kind == "text":
                first = leads.setdefault((block.section, lead.group(1).lower()), block.line)
                if first != block.line:
                    yield f"{name}:{block.line}: \"{lead.group(1)}\" is at line {first} already"
            text = words(block.text)
            if len(text) < 20 or block.kind == "row":
                continue  # rows of a table are alike by nature
            runs = {tuple(text[i:i + 4]) for i in range(len(text) - 3)}
            place = f"{name}:{block.line}"
            others = {}
            for run in runs:
                for other in by_run.get(run, ()):
                    others[other] = others.get(other, 0) + 1
                by_run.setdefault(run, []).append(len(found))
            for other in sorted(others):
                if alike(runs, found[other][1]) > 0.7:
                    yield f"{place}: says what {found[other][0]} says; say it once and link to it"
            found.append((place, runs))


def alternatives(text):
    """host/{a,b}/c becomes host/a/c and host/b/c."""
    match = re.search(r"\{([^{}]*)\}", text)
    if not match:
        return [text]
    return [path for part in match.group(1).split(",")
            for path in alternatives(text[:match.start()] + part.strip() + text[match.end():])]


def paths(root):
    checked = 0
    for path in markdown.files(root):
        name = path.relative_to(root)
        for line, text in markdown.read(path).code:
            for word in re.findall(r"(?:[^\s|,;:#()'\"{}]|\{[^}]*\})+", text):
                word = word.rstrip(".…")
                if word.split("/")[0] not in FOLDERS or "/" not in word:
                    continue
                for each in alternatives(word):
                    pattern = re.sub(r"<[^>]*>|…", "*", each).rstrip("/")
                    checked += 1
                    if not any(root.glob(pattern)):
                        yield f"{name}:{line}: there is no {each}"
    if checked < 10:
        yield f"only {checked} paths were found between backticks; are they marked in another way now?"


def main():
    check, root = sys.argv[1], Path(sys.argv[2]).resolve()
    wrong = list({"links": links, "repeats": repeats, "paths": paths}[check](root))
    for complaint in wrong:
        print(complaint)
    print(f"{check}: {len(wrong) or 'nothing'} to mend")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
