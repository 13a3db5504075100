// How many tokens the prompts have, and what is wrong with them: the server knows, since it has the tokenizer.
import { effect, signal } from "@preact/signals";
import { parsePrompt } from "../api/calls";
import type { PromptReport } from "../api/types";
import { requestFields } from "./catalogue";
import { connection } from "./connection";
import { draft } from "./draft";

export type PromptField = "prompt" | "negative_prompt";
export const reports = signal<Record<PromptField, PromptReport | null>>({ prompt: null, negative_prompt: null });

const typingPause = 500; // ms

function follow(field: PromptField): void {
  let timer: ReturnType<typeof setTimeout> | undefined;
  let abort = new AbortController();
  effect(() => {
    const prompt = draft.value[field];
    const { model } = draft.value;
    const syntax = draft.value.params.request?.prompt_syntax;
    const able = connection.value === "online" && "prompt_syntax" in requestFields.value;
    clearTimeout(timer);
    abort.abort();
    abort = new AbortController();
    const { signal: aborted } = abort;
    if (prompt.trim() === "") show(field, null);
    if (prompt.trim() === "" || !able) return;
    const body = {
      prompt,
      ...(field === "negative_prompt" && { negative: true }),
      ...(model !== null && { model }),
      ...(syntax !== undefined && { prompt_syntax: syntax }),
    };
    timer = setTimeout(() => {
      parsePrompt(body, aborted).then(
        (report) => show(field, report),
        () => {}, // a newer text, or no server: what it has to say comes with the job
      );
    }, typingPause);
  });
}

function show(field: PromptField, report: PromptReport | null): void {
  if (reports.peek()[field] !== report) reports.value = { ...reports.peek(), [field]: report };
}

export function followPrompts(): void {
  follow("prompt");
  follow("negative_prompt");
}
