// One request to the server, and what can go wrong with it.
import { parseJson, writeJson } from "./json";
import { token, tokenWanted } from "../state/access-token";

export class ApiError extends Error {
  constructor(
    readonly status: number, // 0: no answer
    readonly code: string,
    message: string,
    readonly field?: string,
    readonly allowed?: string[],
  ) {
    super(message);
    this.name = "ApiError";
  }
}

export interface CallOptions {
  method?: "GET" | "POST" | "DELETE";
  body?: unknown;
  headers?: Record<string, string>;
  signal?: AbortSignal;
}

async function errorOf(reply: Response): Promise<ApiError> {
  try {
    const { error } = parseJson(await reply.text()) as { error: Record<string, unknown> };
    return new ApiError(
      reply.status,
      String(error.code),
      String(error.message),
      error.field as string | undefined,
      error.allowed as string[] | undefined,
    );
  } catch {
    return new ApiError(reply.status, "unexpected_reply", reply.statusText || String(reply.status));
  }
}

// Throws ApiError for anything but a 2xx, and what fetch throws when `signal` aborts it.
export async function send(path: string, options: CallOptions = {}): Promise<Response> {
  const headers: Record<string, string> = { ...options.headers };
  if (token.value) headers.Authorization = `Bearer ${token.value}`;
  const init: RequestInit = { method: options.method ?? "GET", headers };
  if (options.signal) init.signal = options.signal;
  if (options.body !== undefined) {
    headers["Content-Type"] = "application/json";
    init.body = writeJson(options.body);
  }
  let reply: Response;
  try {
    reply = await fetch(path, init);
  } catch (error) {
    if (options.signal?.aborted) throw error;
    throw new ApiError(0, "unreachable", "");
  }
  if (reply.status === 401) tokenWanted.value = true;
  if (!reply.ok) throw await errorOf(reply);
  return reply;
}

export async function call<T>(path: string, options?: CallOptions): Promise<T> {
  return parseJson(await (await send(`/api/v1${path}`, options)).text()) as T;
}
