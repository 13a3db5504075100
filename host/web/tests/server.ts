// A real server in a folder of its own, with the demo model.
import { type ChildProcess, spawn } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

export const webFolder = dirname(dirname(fileURLToPath(import.meta.url)));
export const rootFolder = dirname(dirname(webFolder));
export const executable = process.env.ABLE_EXECUTABLE ?? join(rootFolder, "build/dev/bin/ablerefusal");

export interface Options {
  settings?: string[]; // of --set
  token?: string; // one of server.api_tokens
}

export class Server {
  url = "";
  readonly folder = mkdtempSync(join(tmpdir(), "ablerefusal-web-"));
  readonly #options: Options;
  #process: ChildProcess | undefined;

  private constructor(options: Options) {
    this.#options = options;
  }

  static async start(options: Options = {}): Promise<Server> {
    const server = new Server(options);
    await server.start();
    return server;
  }

  get pluginFolder(): string {
    return join(this.folder, "plugins");
  }

  // The same port again after a restart, as with a server that is configured.
  async start(): Promise<void> {
    const port = this.url === "" ? "0" : new URL(this.url).port;
    // One thread: other programs on the machine make several wait for each other.
    // And on a busy machine it takes a while to look at a plugin or a model.
    const patient = ["inference.threads=1", "plugins.describe_timeout=120"];
    const settings = [...patient, ...(this.#options.settings ?? [])];
    const args = ["serve", "--port", port, "--output-dir", join(this.folder, "out"), "--plugin-dir", this.pluginFolder];
    const child = spawn(executable, [...args, ...settings.flatMap((setting) => ["--set", setting])], {
      cwd: this.folder,
      env: { PATH: process.env.PATH, HOME: this.folder },
      stdio: ["ignore", "pipe", "pipe"],
    });
    this.#process = child;
    let log = "";
    child.stderr.on("data", (data: Buffer) => (log += data.toString()));
    this.url = await new Promise<string>((resolve, reject) => {
      let said = "";
      child.stdout.on("data", (data: Buffer) => {
        said += data.toString();
        const found = /listening on (http:\S+)/.exec(said);
        if (found) resolve(found[1]!);
      });
      child.on("error", reject);
      child.on("exit", (code) => reject(new Error(`the server ended with ${code}:\n${log}`)));
    });
    await this.until("/ready", () => true);
    const { models, default: id } = await this.json("/models");
    const model = models.find((candidate: { id: string }) => candidate.id === id) ?? models[0];
    if (!model?.ready) throw new Error(`the demo model cannot be used: ${model?.reason}`);
  }

  async #end(signal: NodeJS.Signals): Promise<void> {
    const child = this.#process;
    if (!child || child.exitCode !== null || child.signalCode !== null) return;
    const gone = new Promise((resolve) => child.once("exit", resolve));
    child.kill(signal);
    await gone;
  }

  kill = () => this.#end("SIGKILL");

  async stop(): Promise<void> {
    await this.#end("SIGTERM");
    rmSync(this.folder, { recursive: true, force: true });
  }

  #headers(): Record<string, string> {
    return this.#options.token ? { Authorization: `Bearer ${this.#options.token}` } : {};
  }

  async get(path: string): Promise<Response> {
    return fetch(`${this.url}/api/v1${path}`, { headers: this.#headers() });
  }

  async json(path: string): Promise<any> {
    return (await this.get(path)).json();
  }

  async post(path: string, body: unknown = {}): Promise<any> {
    const reply = await fetch(`${this.url}/api/v1${path}`, {
      method: "POST",
      headers: { ...this.#headers(), "Content-Type": "application/json" },
      body: JSON.stringify(body),
    });
    if (!reply.ok) throw new Error(await reply.text());
    return reply.json();
  }

  // Asks until the reply is a success that `fits`.
  async until(path: string, fits: (body: any) => boolean): Promise<any> {
    for (let i = 0; i < 1200; i += 1) {
      const reply = await this.get(path);
      const body = await reply.json();
      if (reply.ok && fits(body)) return body;
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
    throw new Error(`${path} did not become what was waited for`);
  }

  // Draws and waits for the end.
  async draw(request: Record<string, unknown>): Promise<string> {
    const { id } = await this.post("/generate", { steps: 4, ...request });
    const job = await this.until(`/generate/${id}`, ({ status }) => !["queued", "processing"].includes(status));
    if (job.status !== "completed") throw new Error(`${job.status}: ${job.error?.message}`);
    return `${id}-0`;
  }
}
