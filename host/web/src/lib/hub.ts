// What people paste when they mean a model on a hub.
import type { DownloadRequest } from "../api/types";

// "org/name", or an address such as https://hub/org/name/blob/main/file.safetensors. Nothing if it is neither.
export function readHubName(text: string): Pick<DownloadRequest, "repo" | "revision" | "files"> | undefined {
  const trimmed = text.trim();
  const name = /^[\w.-]+(\/[\w.-]+)?$/;
  if (name.test(trimmed)) return { repo: trimmed };
  let url: URL;
  try {
    url = new URL(trimmed);
  } catch {
    return undefined;
  }
  if (url.protocol !== "https:") return undefined;
  const [owner, repo, kind, revision, ...file] = url.pathname.split("/").filter(Boolean).map(decodeURIComponent);
  if (owner === undefined || repo === undefined || !name.test(`${owner}/${repo}`)) return undefined;
  const found = { repo: `${owner}/${repo}` };
  if (revision === undefined || !["blob", "resolve", "tree"].includes(kind!)) return found;
  return { ...found, revision, ...(file.length > 0 && kind !== "tree" && { files: [file.join("/")] }) };
}
