"""Compares the documentation with the built program: python3 program.py CHECK ROOT EXECUTABLE. Prints every difference,
and fails if there is one.

command-line  docs/command-line.md names every command and every flag of the help texts, and none that does not exist
rest-api      docs/rest-api.md names every route, parameter, field and choice of the OpenAPI document, and no route that
              does not exist; its table of the request has the types, defaults and limits that the server has
"""
import json
import os
import re
import subprocess
import sys
import tempfile
import urllib.request
from pathlib import Path

import markdown

EVERYWHERE = {"--help"}  # said once of all commands


class Program:
    def __init__(self, executable, folder):
        self.executable = executable
        self.folder = folder
        # No setting of the user's takes part; options of sanitizers do.
        self.environment = {name: value for name, value in os.environ.items()
                            if not name.startswith(("ABLEREFUSAL_", "XDG_", "HF_"))} | {"HOME": str(folder)}

    def help(self, *command):
        return subprocess.run([self.executable, *command, "--help"], cwd=self.folder, env=self.environment,
                              stdout=subprocess.PIPE, check=True, text=True).stdout

    def openapi(self):
        """What a server says of its API. It is stopped again."""
        arguments = ["serve", "--port", "0", "--output-dir", str(self.folder / "outputs")]
        log = self.folder / "log"
        with log.open("w") as errors:
            server = subprocess.Popen([self.executable, *arguments], cwd=self.folder, env=self.environment,
                                      stdout=subprocess.PIPE, stderr=errors, text=True)
        try:
            line = server.stdout.readline()
            if not line.startswith("listening on "):
                raise RuntimeError(f"the server did not start:\n{log.read_text()}")
            with urllib.request.urlopen(line.split()[-1] + "/api/v1/openapi.json") as reply:
                return json.load(reply)
        finally:
            server.terminate()
            server.communicate()


def commands(program, *above):
    """Every command with its help text."""
    text = program.help(*above)
    if above:
        yield above, text
    part = re.search(r"(?:^|\n)Subcommands:\n(.*?)(\n\n|\Z)", text, re.S)
    for name in re.findall(r"^  (\S+)", part.group(1), re.M) if part else ():
        yield from commands(program, *above, name)


def flags(text):
    """The long flags that a help text offers: those at the beginning of a line."""
    found = set()
    for line in text.splitlines():
        match = re.match(r"  (-[^\s,]+(?:,-[^\s,]+)*)", line)
        if match:
            found |= {flag for flag in match.group(1).split(",") if flag.startswith("--")}
    return found


def command_line(document, program):
    code = " \n".join(text for _, text in document.code)
    documented = set(re.findall(r"(?<![\w-])--[a-z][\w-]*", code))
    offered = set()
    helps = {" ".join(command): text for command, text in commands(program)}
    if len(helps) < 5:
        yield f"only {len(helps)} commands are found in the help texts; has their form changed?"
    for command, text in helps.items():
        if not re.search(rf"(^|[\s`]){re.escape(command)}($|[\s`])", code, re.M):
            yield f"the command \"{command}\" is missing"
        for flag in sorted(flags(text) - documented - EVERYWHERE):
            yield f"the flag {flag} of \"{command}\" is missing"
        offered |= flags(text)
    for flag in sorted(documented - offered - EVERYWHERE - flags(program.help())):
        yield f"no command has a flag {flag}"


def schemas(document):
    """Every schema of an OpenAPI document that stands anywhere in it."""
    if isinstance(document, dict):
        if "type" in document or "properties" in document or "enum" in document:
            yield document
        for value in document.values():
            yield from schemas(value)
    elif isinstance(document, list):
        for value in document:
            yield from schemas(value)


def request_table(document):
    """Of the table of the request's fields: name -> (type, default, limits). A row may be about several fields."""
    rows = {}
    for block in document.blocks:
        if block.kind == "row" and block.section[-1:] == ("The request",):
            cells = [cell.strip() for cell in block.text.strip("|").split("|")]
            names = re.findall(r"`(\w+)`", cells[0])
            defaults = [part.strip() for part in cells[2].split(",")] if len(names) > 1 else [cells[2]]
            for index, name in enumerate(names):
                default = defaults[index] if len(defaults) == len(names) else cells[2]
                rows[name] = (cells[1], default.strip("`"), cells[3])
    return rows


def request_fields(document, schema):
    """The table of the request against the schema of its body."""
    rows = request_table(document)
    fields = schema["properties"]
    if not rows:
        yield "the table of the request's fields is not found; has the section \"The request\" another name?"
    for name in sorted(rows.keys() - fields.keys()):
        yield f"POST /generate has no field {name}"
    for name, field in fields.items():
        if name not in rows:
            yield f"the field {name} is missing in the table of the request"
            continue
        kind, default, limits = rows[name]
        if "type" in field and field["type"] != kind:
            yield f"the field {name} is documented as {kind}; it is {field['type']}"
        if isinstance(field.get("default"), (int, float, str)):
            real = json.dumps(field["default"])
            if real.endswith(".0"):
                real = real[:-2]
            if real != default:
                yield f"the field {name} has the default {real}, not {default}"
        for limit in ("minimum", "maximum"):
            number = field.get(limit)
            if number is None or abs(number) >= 2 ** 31:
                continue  # powers of two are written as such
            if f"{number:g}" not in re.findall(r"-?\d+(?:\.\d+)?", limits):
                yield f"the field {name} has the {limit} {number:g}, which its limits do not say: {limits}"


def rest_api(document, program):
    openapi = program.openapi()
    code = [text for _, text in document.code]
    text = " ".join(code)
    named = set(re.findall(r"[\w.-]+", text)) | set(re.findall(r"\w+", text))
    base = "/api/v1"
    routes = {f"{method.upper()} {path.removeprefix(base)}": operation
              for path, operations in openapi["paths"].items() if path.startswith(base)
              for method, operation in operations.items() if method in ("get", "post", "put", "patch", "delete")}
    if len(routes) < 10:
        yield f"the OpenAPI document has {len(routes)} routes below {base}; has its form changed?"
    documented = {f"{method} {path}" for text in code
                  for method, path in re.findall(r"\b(GET|POST|PUT|PATCH|DELETE) (/[\w/{}.-]*)", text)}
    for route in sorted(routes.keys() - documented):
        yield f"the route \"{route}\" is missing"
    for route in sorted(documented - routes.keys() - {"GET /"}):
        if not (route.startswith("GET ") and route[4:] in openapi["paths"]):
            yield f"there is no route \"{route}\""
    for route, operation in sorted(routes.items()):
        for parameter in operation.get("parameters", ()):
            name = parameter.get("name", "")
            if name and name not in named:
                yield f"the parameter {name} of \"{route}\" is missing"
    fields, choices = set(), set()
    for schema in schemas(openapi):
        fields.update(schema.get("properties", ()))
        choices.update(str(value) for value in schema.get("enum", ()) if value is not None)
    for name in sorted(fields - named):
        if "." in name:
            continue  # a key of the configuration: docs/configuration.md has those, which a unit test compares
        yield f"the field {name} is missing"
    for name in sorted(choices - named - fields):
        yield f"the choice {name} of a field is missing"
    body = openapi["paths"][f"{base}/generate"]["post"]["requestBody"]["content"]["application/json"]["schema"]
    if "$ref" in body:
        body = openapi["components"]["schemas"][body["$ref"].rsplit("/", 1)[1]]
    yield from request_fields(document, body)


CHECKS = {"command-line": command_line, "rest-api": rest_api}


def main():
    check, root, executable = sys.argv[1], Path(sys.argv[2]).resolve(), str(Path(sys.argv[3]).resolve())
    path = root / "docs" / f"{check}.md"
    with tempfile.TemporaryDirectory(prefix="ablerefusal-docs-") as folder:
        program = Program(executable, Path(folder))
        wrong = list(CHECKS[check](markdown.read(path), program))
    for complaint in wrong:
        print(f"docs/{check}.md: {complaint}")
    print(f"{check}: {len(wrong) or 'nothing'} to mend")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
