// Which parts of a prompt weigh more or less, and which are instructions: for the eye only, while one types. What a prompt
// means is for the server to say (docs/prompts.md).

export type Mark = "" | "up" | "up-more" | "down" | "down-more" | "code";
export interface Piece {
  text: string;
  mark: Mark;
}

const deepest = 64; // brackets in brackets; what is deeper looks like its surroundings
const code = /<[a-z]+:[^<>]*>|__[^\s_][^\s]*?__|\{[^{}]*\}|(?<!\w)(?:BREAK|AND)(?!\w)/g;

// What a bracket does to what is in it; nothing if it is a schedule, as [from:to:when] is.
function factorOf(prompt: string, open: number, close: number): number | undefined {
  const inside = prompt.slice(open + 1, close);
  if (prompt[open] === "[") return /[:|]/.test(inside.replace(/<[^<>]*>/g, "")) ? undefined : 1 / 1.1;
  const number = /:\s*([+-]?(?:\d+\.?\d*|\.\d+))\s*$/.exec(inside);
  return number ? Number(number[1]) : 1.1;
}

function markOf(weight: number): Mark {
  if (weight > 1.25) return "up-more";
  if (weight > 1.001) return "up";
  if (weight < 0.8) return "down-more";
  return weight < 0.999 ? "down" : "";
}

export function highlight(prompt: string): Piece[] {
  const weights = new Float64Array(prompt.length).fill(1);
  const codes = new Uint8Array(prompt.length);
  const open: number[] = [];
  for (let i = 0; i < prompt.length; i += 1) {
    const character = prompt[i]!;
    if (character === "\\") i += 1;
    else if (character === "(" || character === "[") open.push(i);
    else if (character === ")" || character === "]") {
      const from = open.at(-1);
      if (from === undefined || prompt[from] !== (character === ")" ? "(" : "[")) continue;
      open.pop();
      if (open.length >= deepest) continue;
      const factor = factorOf(prompt, from, i);
      for (let at = from; at <= i; at += 1) {
        if (factor === undefined) codes[at] = 1;
        else weights[at]! *= factor;
      }
    }
  }
  for (const found of prompt.matchAll(code)) codes.fill(1, found.index, found.index + found[0].length);

  const pieces: Piece[] = [];
  for (let i = 0; i < prompt.length; i += 1) {
    const weight = markOf(weights[i]!);
    const mark = weight === "" && codes[i] === 1 ? "code" : weight;
    const last = pieces.at(-1);
    if (last?.mark === mark) last.text += prompt[i];
    else pieces.push({ text: prompt[i]!, mark });
  }
  return pieces;
}
