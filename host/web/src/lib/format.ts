// Numbers and times as people read them.

// 7 s, 1:05, 2:03:09
export function duration(seconds: number): string {
  const whole = Math.max(0, Math.round(seconds));
  if (whole < 60) return `${whole} s`;
  const two = (n: number) => String(n).padStart(2, "0");
  const hours = Math.floor(whole / 3600);
  const minutes = Math.floor(whole / 60) % 60;
  return hours > 0 ? `${hours}:${two(minutes)}:${two(whole % 60)}` : `${minutes}:${two(whole % 60)}`;
}

// 2.4 it/s, and 3.1 s/it for slow ones
export function rate(stepsPerSecond: number): string {
  if (stepsPerSecond >= 1) return `${stepsPerSecond.toFixed(stepsPerSecond < 10 ? 2 : 1)} it/s`;
  return `${(1 / stepsPerSecond).toFixed(1)} s/it`;
}

export function bytes(count: number): string {
  const units = ["B", "kB", "MB", "GB", "TB"];
  let value = count;
  let unit = 0;
  while (value >= 1000 && unit < units.length - 1) {
    value /= 1000;
    unit += 1;
  }
  return `${value >= 100 || unit === 0 ? Math.round(value) : value.toFixed(1)} ${units[unit]}`;
}

// In the browser's language and time zone.
export function dateTime(iso: string): string {
  return new Date(iso).toLocaleString(undefined, { dateStyle: "medium", timeStyle: "short" });
}
