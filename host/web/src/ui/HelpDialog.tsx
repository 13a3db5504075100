import { signal } from "@preact/signals";
import { Shortcuts } from "../screens/system/Shortcuts";
import { text } from "../text/en";
import { Dialog } from "./Dialog";

export const helpOpen = signal(false);

export function HelpDialog() {
  if (!helpOpen.value) return null;
  return (
    <Dialog title={text.help.title} onClose={() => (helpOpen.value = false)}>
      <Shortcuts />
    </Dialog>
  );
}
