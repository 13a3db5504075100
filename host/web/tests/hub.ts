// A hub on this machine: its API and its /resolve/ address, over TLS with a certificate of its own.
import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { createServer, type Server as HttpsServer } from "node:https";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";

const commit = "0123456789abcdef0123456789abcdef01234567";

export class Hub {
  readonly #folder = mkdtempSync(join(tmpdir(), "ablerefusal-hub-"));
  readonly #server: HttpsServer;
  readonly certificate = join(this.#folder, "certificate.pem");
  #release = () => {};
  readonly ranges: (string | undefined)[] = [];

  // `repos` by name: the files of each. The first reply with one stops half-way until release().
  constructor(repos: Record<string, Record<string, Buffer>>) {
    const key = join(this.#folder, "key.pem");
    const names = ["-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost"];
    const kind = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2"];
    execFileSync("openssl", ["req", "-x509", ...kind, ...names, "-keyout", key, "-out", this.certificate], { stdio: "ignore" });
    const held = new Promise<void>((resolve) => (this.#release = resolve));
    const sha256Of = (file: Buffer) => createHash("sha256").update(file).digest("hex");
    const listed = ([rfilename, file]: [string, Buffer]) => ({
      rfilename,
      size: file.length,
      lfs: { sha256: sha256Of(file), size: file.length },
    });
    this.#server = createServer({ key: readFileSync(key), cert: readFileSync(this.certificate) }, async (request, reply) => {
      const path = request.url!;
      const asked = /^\/api\/models\/(.+)\/revision\/main\?/.exec(path);
      if (asked && repos[asked[1]!]) {
        const siblings = Object.entries(repos[asked[1]!]!).map(listed);
        return reply.setHeader("Content-Type", "application/json").end(JSON.stringify({ sha: commit, siblings }));
      }
      const [repo, name] = path.slice(1).split(`/resolve/${commit}/`);
      const file = repos[repo!]?.[name!];
      if (!file) return reply.writeHead(404).end();
      const { range } = request.headers;
      this.ranges.push(range);
      reply.setHeader("ETag", `"${sha256Of(file)}"`);
      const from = Number(/^bytes=(\d+)-$/.exec(range ?? "")?.[1] ?? 0);
      const head = range ? { "Content-Range": `bytes ${from}-${file.length - 1}/${file.length}` } : {};
      reply.writeHead(range ? 206 : 200, { ...head, "Content-Length": file.length - from });
      if (range) return reply.end(file.subarray(from));
      reply.write(file.subarray(0, file.length >> 1));
      await held;
      reply.end(file.subarray(file.length >> 1));
    });
  }

  async start(): Promise<string> {
    await new Promise<void>((resolve) => this.#server.listen(0, "127.0.0.1", resolve));
    return `https://localhost:${(this.#server.address() as AddressInfo).port}`;
  }

  release = () => this.#release();

  async stop(): Promise<void> {
    this.release();
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
    rmSync(this.#folder, { recursive: true });
  }
}
