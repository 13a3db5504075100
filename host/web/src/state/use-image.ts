// What a finished picture can be used for.
import { restorePicture } from "../api/calls";
import { send } from "../api/client";
import type { Image, Result } from "../api/types";
import { text } from "../text/en";
import { change } from "./draft";
import { go } from "./route";
import { clearStart, painting, startFrom, takeSettings } from "./start";
import { attempt, toast } from "./toasts";

// An image's id is its file's name without the extension.
export function imageIdOf(result: Result): string {
  return result.image_path.replace(/\.[^.]*$/, "");
}

export async function takeAll(image: Image): Promise<void> {
  const restored = await attempt(() => restorePicture(image.id));
  if (!restored) return;
  takeSettings(restored);
  if (image.metadata.strength === undefined) clearStart();
  else toast(text.start.notKept);
  go("generate");
}

export function takeSeed(image: Image): void {
  change({ seed: image.seed });
  toast(text.gallery.usedSeed);
}

export async function takeAsStart(image: Image, paint = false): Promise<void> {
  const file = await attempt(async () => (await send(image.image_url)).blob());
  if (!file || !(await startFrom(file, image.image_path))) return;
  if (image.metadata.prompt !== undefined) change({ prompt: image.metadata.prompt });
  toast(text.gallery.sent);
  painting.value = paint;
  go("generate");
}

// A link does not send the token, so the file is fetched first.
export async function download(image: Image): Promise<void> {
  await attempt(async () => {
    const url = URL.createObjectURL(await (await send(image.image_url)).blob());
    const link = document.createElement("a");
    link.href = url;
    link.download = image.image_path;
    link.click();
    setTimeout(() => URL.revokeObjectURL(url), 60_000);
  });
}
