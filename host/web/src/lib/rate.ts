// How fast steps go, from when they were reported.

export interface Rate {
  at: number; // ms
  step: number;
  perSecond: number | null; // smoothed; null: not known yet
}

export function nextRate(before: Rate | null, at: number, step: number): Rate {
  if (!before || step <= before.step || at <= before.at) return { at, step, perSecond: before?.perSecond ?? null };
  const now = ((step - before.step) * 1000) / (at - before.at);
  return { at, step, perSecond: before.perSecond === null ? now : 0.7 * before.perSecond + 0.3 * now };
}
