// What the browser remembers for this page. Private windows may refuse it, and then nothing is remembered.

const prefix = "ablerefusal.";

export function load<T>(name: string, fallback: T): T {
  try {
    const text = localStorage.getItem(prefix + name);
    return text === null ? fallback : (JSON.parse(text) as T);
  } catch {
    return fallback;
  }
}

export function remove(name: string): void {
  try {
    localStorage.removeItem(prefix + name);
  } catch {
    // Forbidden.
  }
}

export function save(name: string, value: unknown): void {
  try {
    localStorage.setItem(prefix + name, JSON.stringify(value));
  } catch {
    // Full or forbidden.
  }
}
