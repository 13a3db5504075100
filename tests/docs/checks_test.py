"""Each check of this folder finds what it is for, and nothing in documents that are right."""
import tempfile
import unittest
from pathlib import Path

import checks
import markdown
import program

LONG = ("The server keeps every job in a file on disk, so that a crash or a power cut loses none of them, and takes up those "
        "that were waiting when it starts again.")


class Tree(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory(prefix="ablerefusal-docs-")
        self.addCleanup(folder.cleanup)
        self.root = Path(folder.name).resolve()

    def write(self, name, text):
        path = self.root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
        return path


class Links(Tree):
    def test_a_right_one_is_left_alone(self):
        self.write("docs/a.md", "# One\n## `POST /x/{id}`, twice\n## Two words\n## Two words\n")
        self.write("README.md", "[a](docs/a.md) [b](docs/a.md#post-xid-twice) [c](docs/a.md#two-words-1) [d](#here)\n"
                                "[e](https://example.org/none) ![f](docs) `[g](none.md)`\n# Here\n```\n[h](none.md)\n```\n")
        self.write("host/a.cpp", "// docs/a.md#one\n")
        self.assertEqual(list(checks.links(self.root)), [])

    def test_a_dead_file_is_found(self):
        self.write("README.md", "See [this](docs/none.md).\n")
        self.assertEqual(list(checks.links(self.root)), ["README.md:1: docs/none.md: there is no docs/none.md"])

    def test_a_dead_anchor_is_found_here_and_in_another_file(self):
        self.write("README.md", "# Here\n[a](#there) [b](a.md#there)\n")
        self.write("a.md", "# Here\n")
        self.assertEqual(len(list(checks.links(self.root))), 2)

    def test_a_dead_link_around_code_in_html_or_by_reference_is_found(self):
        self.write("README.md", "[`a`](none.md)\n<img src=\"none.png\">\n\n[b]: none.md\n")
        self.assertEqual(len(list(checks.links(self.root))), 3)

    def test_a_source_file_that_mentions_a_dead_document_is_found(self):
        self.write("docs/a.md", "# One\n")
        self.write("host/a.cpp", "// docs/none.md\n// docs/a.md#two\n")
        self.assertEqual(len(list(checks.links(self.root))), 2)


class Repeats(Tree):
    def test_different_texts_are_left_alone(self):
        self.write("README.md", f"# A\n## Added\n{LONG}\n# B\n## Added\nA job is a request for pictures.\n")
        self.assertEqual(list(checks.repeats(self.root)), [])

    def test_a_section_that_is_there_twice_is_found(self):
        self.write("README.md", "# A\n## Errors\nOne.\n## Errors\nTwo.\n")
        self.assertEqual(list(checks.repeats(self.root)), ["README.md:4: the section \"Errors\" is at line 2 already"])

    def test_a_paragraph_that_begins_like_another_is_found(self):
        self.write("README.md", "# A\n**Add a route.** Here.\n\n**Add a route.** There.\n")
        self.assertEqual(len(list(checks.repeats(self.root))), 1)

    def test_a_paragraph_that_is_there_twice_is_found_even_if_its_end_differs(self):
        self.write("README.md", f"# A\n{LONG}\n")
        self.write("docs/b.md", f"# B\n- {LONG[:-20]} some day.\n")
        self.assertEqual(len(list(checks.repeats(self.root))), 1)


class Paths(Tree):
    MANY = "`README.md` " + " ".join(["`docs/a.md`"] * 10) + "\n"

    def setUp(self):
        super().setUp()
        self.write("docs/a.md", "# A\n")
        self.write("host/jobs/queue.cpp", "")

    def test_existing_paths_patterns_and_alternatives_are_left_alone(self):
        self.write("README.md", self.MANY + "`host/jobs/` `host/<folder>/queue.cpp` `host/*/queue.{cpp}` `script --all`\n")
        self.assertEqual(list(checks.paths(self.root)), [])

    def test_a_path_that_does_not_exist_is_found(self):
        self.write("README.md", self.MANY)
        self.write("docs/architecture.md", "`host/jobs/none.cpp` and `host/jobs/{queue,waiting}.cpp:12`\n")
        self.assertEqual(list(checks.paths(self.root)), ["docs/architecture.md:1: there is no host/jobs/none.cpp",
                                                         "docs/architecture.md:1: there is no host/jobs/waiting.cpp"])

    def test_it_notices_when_it_finds_no_paths_at_all(self):
        self.write("README.md", "Paths without marks: host/jobs/queue.cpp.\n")
        self.assertEqual(len(list(checks.paths(self.root))), 1)


class FakeProgram:
    HELPS = {
        (): "Subcommands:\n  serve  Runs\n  plugins  Lists\n  a  A\n  b  B\n  c  C\n\n",
        ("serve",): "Options:\n  -h,--help  Help\n  -p,--port N  A port, as --other has it\n",
        ("plugins",): "Options:\n  --json  JSON\n\nSubcommands:\n  validate  Tries\n",
        ("plugins", "validate"): "Options:\n  --verbose,-v  All\n",
    }

    def help(self, *command):
        return self.HELPS.get(command, "Options:\n")

    def openapi(self):
        paths = {f"/api/v1/route-{i}": {"get": {}} for i in range(10)}
        body = {"$ref": "#/components/schemas/Request"}
        paths["/api/v1/generate"] = {"post": {"parameters": [{"name": "key"}],
                                              "requestBody": {"content": {"application/json": {"schema": body}}}}}
        fields = {"steps": {"type": "integer", "default": 20, "minimum": 1, "maximum": 150.0},
                  "mode": {"type": "string", "enum": ["fast", "slow"]}}
        return {"paths": paths, "components": {"schemas": {"Request": {"type": "object", "properties": fields}}}}


class AgainstTheProgram(Tree):
    COMMANDS = "`serve` `plugins` `plugins validate` `a` `b` `c`: `--port` `--json` `--verbose`\n"
    ROUTES = " ".join(f"`GET /route-{i}`" for i in range(10)) + " `POST /generate` `key`\n"
    TABLE = ("## The request\n| field | type | default | limits |\n|---|---|---|---|\n"
             "| `steps` | integer | 20 | 1 to 150 |\n| `mode` | string | none | `fast` or `slow` |\n")

    def differences(self, check, text):
        return list(program.CHECKS[check](markdown.read(self.write("a.md", text)), FakeProgram()))

    def test_a_document_that_is_right_is_left_alone(self):
        self.assertEqual(self.differences("command-line", self.COMMANDS), [])
        self.assertEqual(self.differences("rest-api", self.ROUTES + self.TABLE), [])

    def test_a_missing_command_or_flag_is_found(self):
        for name in ("`serve`", "`plugins validate`", "`--port`", "`--verbose`"):
            with self.subTest(name):
                self.assertEqual(len(self.differences("command-line", self.COMMANDS.replace(name, ""))), 1)

    def test_a_flag_that_does_not_exist_is_found(self):
        self.assertEqual(self.differences("command-line", self.COMMANDS + "`--prot`"), ["no command has a flag --prot"])

    def test_a_missing_route_parameter_field_or_choice_is_found(self):
        right = self.ROUTES + self.TABLE
        for name in ("`GET /route-3`", "`key`", "| `mode` | string | none | `fast` or `slow` |\n", " or `slow`"):
            with self.subTest(name):
                self.assertNotEqual(self.differences("rest-api", right.replace(name, "")), [])

    def test_a_route_or_field_that_does_not_exist_is_found(self):
        self.assertEqual(len(self.differences("rest-api", "`POST /none` " + self.ROUTES + self.TABLE)), 1)
        self.assertEqual(len(self.differences("rest-api", self.ROUTES + self.TABLE + "| `none` | string | none | |\n")), 1)

    def test_a_stale_type_default_or_limit_is_found(self):
        for old, new in (("integer", "number"), ("| 20 |", "| 30 |"), ("150", "200")):
            with self.subTest(old):
                self.assertEqual(len(self.differences("rest-api", self.ROUTES + self.TABLE.replace(old, new))), 1)


if __name__ == "__main__":
    unittest.main()
