#!/usr/bin/env python3
"""Checks the includes of the tree against the table of arrows in docs/architecture.md.

    includes.py ROOT

Every folder with sources under host/, plugins/, sdk/ and text/ belongs to one row of the table, the longest that fits, and
may include from its own row and from the rows that it names. A row that nothing uses any more is an error too, so that
the table says what is true.
"""
import pathlib
import re
import sys

INCLUDE = re.compile(r'^\s*#\s*include\s+"([^"]+)"', re.MULTILINE)
ROW = re.compile(r"^\| `([^`]+)` \|(.*)\|")
SUFFIXES = {".h", ".hpp", ".c", ".cpp"}
FOLDERS = ("host", "plugins", "sdk", "text")
MOST_CONCEPTS = 25  # in one folder of the host, a header and its source being one; a longer list is not read


def arrows(document):
    """The rows of the table: folder -> folders that it may include."""
    table = {}
    inside = False
    for line in document.splitlines():
        if line.startswith("| folder | may include"):
            inside = True
            continue
        if not inside:
            continue
        if not line.startswith("|"):
            break
        row = ROW.match(line)
        if row:
            table[row.group(1)] = set(re.findall(r"`([^`]+)`", row.group(2)))
    return table


def row_of(table, path):
    fitting = [row for row in table if path == row or path.startswith(row + "/")]
    return max(fitting, key=len) if fitting else None


def sources(root):
    for folder in FOLDERS:
        for path in sorted((root / folder).rglob("*")):
            parts = path.relative_to(root).parts
            if path.suffix in SUFFIXES and "web" not in parts and path.is_file():
                yield path


def included(root, source, name):
    """The path of an included file in the tree; None for one of the system or of the build."""
    for candidate in (root / name, source.parent / name):
        if candidate.is_file() and root in candidate.resolve().parents:
            return candidate.resolve().relative_to(root)
    return None


def main():
    root = pathlib.Path(sys.argv[1]).resolve()
    table = arrows((root / "docs/architecture.md").read_text())
    if not table:
        sys.exit('docs/architecture.md has no table that begins with "| folder | may include"')
    problems = []
    used = {row: set() for row in table}
    for row, targets in table.items():
        for name in [row, *targets]:
            if not (root / name).is_dir():
                problems.append(f"docs/architecture.md: there is no folder {name}")
            elif name not in table:
                problems.append(f"docs/architecture.md: {row} may include {name}, which has no row of its own")
    for source in sources(root):
        here = source.relative_to(root)
        row = row_of(table, str(here.parent))
        if row is None:
            problems.append(f"{here}: docs/architecture.md has no row for its folder")
            continue
        for name in INCLUDE.findall(source.read_text(errors="replace")):
            target = included(root, source, name)
            if target is None or target.parts[0] not in FOLDERS:
                continue
            target_row = row_of(table, str(target.parent))
            if target_row == row:
                continue
            if target_row not in table[row]:
                problems.append(f"{here} includes {target}: {row} may not include {target_row}")
            else:
                used[row].add(target_row)
            if target.suffix in {".c", ".cpp"}:
                problems.append(f"{here} includes {target}: a source is compiled, not included")
    concepts = {}
    for source in sources(root):
        here = source.relative_to(root)
        if here.parts[0] == "host":
            concepts.setdefault(here.parent, set()).add(here.stem)
    for folder, names in concepts.items():
        if len(names) > MOST_CONCEPTS:
            problems.append(f"{folder} holds {len(names)} concepts, over {MOST_CONCEPTS}: divide it")
    for row, targets in table.items():
        for target in sorted(targets - used[row]):
            problems.append(f"docs/architecture.md: {row} does not include {target} any more; take it out of the table")
    if problems:
        sys.exit("\n".join(problems))
    print(f"{len(table)} folders, {sum(map(len, table.values()))} arrows: all includes follow them")


if __name__ == "__main__":
    main()
