// The access token of a server that asks for one.
import { signal } from "@preact/signals";
import { load, save } from "../lib/storage";

export const token = signal(load("token", ""));
// Set when the server has refused a request for want of a token.
export const tokenWanted = signal(false);

export function setToken(value: string): void {
  token.value = value.trim();
  save("token", token.value);
  tokenWanted.value = false;
}
