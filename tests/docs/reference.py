"""The tables of docs/rest-api.md that the server's OpenAPI document has everything for:
python3 reference.py [--write] ROOT EXECUTABLE. Fails if the document has others; --write puts the right ones in.

Each stands between two comments, "<!-- routes: ... -->" and "<!-- end of routes -->".
"""
import json
import re
import sys
import tempfile
from pathlib import Path

import markdown
from program import Program

BASE = "/api/v1"


def routes(openapi, document):
    """Every route with its summary, by subject. A route with a section of its own is linked to that."""
    yield "| endpoint | what it does |"
    yield "|---|---|"
    for tag in openapi["tags"]:
        for path, operations in openapi["paths"].items():
            for method, operation in operations.items():
                if tag["name"] not in operation["tags"] or not path.startswith(BASE):
                    continue
                route = f"{method.upper()} {path.removeprefix(BASE)}"
                own = markdown.anchor(route)
                section = f"#{own}" if own in document.anchors else tag["x-section"]
                yield f"| [`{route}`]({section}) | {operation['summary'].replace('|', '&#124;')} |"


def number(value):
    """As people write it: powers of two that programs end at, and no ".0"."""
    for bits, power in ((63, "2⁶³"), (32, "2³²")):
        if value == 2 ** bits - 1:
            return f"{power} - 1"
    return f"{value:g}" if isinstance(value, float) else str(value)


def limits(field):
    """What a value may be, in words; empty if anything."""
    if "enum" in field:
        return ", ".join(f"`{choice}`" for choice in field["enum"])
    if "maximum" in field:
        step = f", a multiple of {field['multipleOf']}" if "multipleOf" in field else ""
        return f"{number(field['minimum'])} to {number(field['maximum'])}{step}"
    for least, most, what in (("minLength", "maxLength", "characters"), ("minItems", "maxItems", "entries")):
        if most in field:
            least = field.get(least, 0)
            return f"{least} to {field[most]} {what}" if least else f"up to {field[most]} {what}"
    return ""


def code(text):
    """The text with names of fields and addresses between backticks."""
    text = re.sub(r"\b(GET|POST) (/\w+)", r"`\1 \2`", text)
    return re.sub(r"(?<![`\w])(\w+_\w+)(?![`\w])", r"`\1`", text)


def fields(openapi, document):
    """The fields of POST /generate."""
    schema = openapi["components"]["schemas"]["GenerateRequest"]
    yield "| field | type | default | limits |"
    yield "|---|---|---|---|"
    for name, field in sorted(schema["properties"].items(), key=lambda item: item[1]["x-position"]):
        default = field.get("x-left-out", "none")
        text = field["description"].removesuffix(f" Default: {default}.")
        if "default" in field:
            value = field["default"]
            default = number(value) if isinstance(value, (int, float)) and not isinstance(value, bool) else \
                f"`{json.dumps(value)}`" if isinstance(value, (str, list, dict)) else json.dumps(value)
        words = [limits(field) and limits(field) + ".", code(text), f"[More]({field['x-docs']})" if "x-docs" in field else ""]
        yield f"| `{name}` | {field['type']} | {default} | {' '.join(word for word in words if word)} |"


TABLES = {"routes": routes, "fields": fields}


def rewritten(text, openapi, document):
    for name, make in TABLES.items():
        pattern = rf"(<!-- {name}:[^>]*-->\n).*?(<!-- end of {name} -->)"
        if not re.search(pattern, text, re.S):
            raise SystemExit(f"docs/rest-api.md: the comments around the table of {name} are missing")
        table = "\n".join(make(openapi, document)) + "\n"
        text = re.sub(pattern, lambda match: f"{match.group(1)}\n{table}\n{match.group(2)}", text, flags=re.S)
    return text


def main():
    arguments = [argument for argument in sys.argv[1:] if argument != "--write"]
    path = Path(arguments[0]).resolve() / "docs/rest-api.md"
    with tempfile.TemporaryDirectory(prefix="ablerefusal-docs-") as folder:
        openapi = Program(str(Path(arguments[1]).resolve()), Path(folder)).openapi()
    text = path.read_text()
    wanted = rewritten(text, openapi, markdown.read(path))
    if wanted == text:
        print("docs/rest-api.md: its tables are the server's")
        return 0
    if "--write" in sys.argv:
        path.write_text(wanted)
        print("docs/rest-api.md: written anew")
        return 0
    for line in sorted(set(wanted.splitlines()) ^ set(text.splitlines())):
        print(("+ " if line in wanted.splitlines() else "- ") + line)
    print("docs/rest-api.md: script/reference makes its tables anew")
    return 1


if __name__ == "__main__":
    sys.exit(main())
