// A part of a form that opens and closes, and is found again as it was left.
import type { ComponentChildren } from "preact";
import { useEffect, useState } from "preact/hooks";
import { load, save } from "../lib/storage";
import { Icon } from "./Icon";

interface Props {
  name: string; // under which it is remembered
  title: string;
  note?: ComponentChildren;
  reveal?: boolean; // opens when this becomes true
  onToggle?: (open: boolean) => void; // also at first, if it is found open
  children: ComponentChildren;
}

export function Details({ name, title, note, reveal = false, onToggle, children }: Props) {
  const [open, setOpen] = useState(() => load(`open.${name}`, false));
  useEffect(() => {
    if (reveal) setOpen(true);
  }, [reveal]);
  return (
    <details
      class="details"
      open={open}
      onToggle={(event) => {
        setOpen(event.currentTarget.open);
        onToggle?.(event.currentTarget.open);
        save(`open.${name}`, event.currentTarget.open);
      }}
    >
      <summary>
        <Icon name="right" />
        <span>{title}</span>
        {note}
      </summary>
      <div class="details-body">{children}</div>
    </details>
  );
}
