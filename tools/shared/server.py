"""The real server, in a folder of its own, with one model; and what a process of it takes. Needs nothing but Python."""

import json
import subprocess
import sys
import tempfile
import urllib.error
import urllib.request
from contextlib import contextmanager
from pathlib import Path


def status(pid):
    values = {}
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        key, _, value = line.partition(":")
        if value.strip().endswith("kB"):
            values[key] = int(value.split()[0]) / 2**20  # GiB
    return values


class Server:
    def __init__(self, program, model, dtype, settings, folder):
        models = folder / "models"
        models.mkdir()
        (models / model.name).symlink_to(model.resolve())
        self.log = folder / "log"
        self.out = folder / "out"
        command = [program, "serve", "--port", "0", "--models-dir", str(models), "--output-dir", str(self.out)]
        command += ["--set", f"storage.temp_dir={folder / 'temp'}", "--set", f"models.hub_cache={folder / 'hub'}"]
        command += ["--set", "models.demo=false", "--set", "queue.timeout=0", "--dtype", dtype]
        for setting in settings:
            command += ["--set", setting]
        self.process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=open(self.log, "w"), text=True)
        line = self.process.stdout.readline()
        if "http://" not in line:
            sys.exit(f"the server did not start: {self.log.read_text()}")
        self.url = line[line.index("http://") :].split()[0].rstrip("/") + "/api/v1"

    def call(self, path, body=None):
        request = urllib.request.Request(self.url + path)
        if body is not None:
            request.data = json.dumps(body).encode()
            request.add_header("Content-Type", "application/json")
        try:
            with urllib.request.urlopen(request) as reply:
                return json.load(reply)
        except urllib.error.HTTPError as error:
            sys.exit(f"{path}: {error.read().decode()}")

    def events(self, job):
        with urllib.request.urlopen(f"{self.url}/generate/{job}/events") as stream:
            kind = None
            for raw in stream:
                line = raw.decode().strip()
                if line.startswith("event:"):
                    kind = line[6:].strip()
                elif line.startswith("data:"):
                    yield kind, json.loads(line[5:])
                    if kind in ("completed", "failed", "cancelled"):
                        return


@contextmanager
def serving(program, model, dtype, settings=()):
    """A server in a folder that is gone with it."""
    with tempfile.TemporaryDirectory() as folder:
        server = Server(program, model, dtype, settings, Path(folder))
        try:
            yield server
        finally:
            server.process.terminate()
            server.process.wait()
