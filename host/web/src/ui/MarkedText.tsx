// The colours behind a text field: the same text, unseen, with marks, exactly below the field's own.
import type { RefObject } from "preact";
import { useLayoutEffect, useRef } from "preact/hooks";
import { highlight } from "../lib/highlight";

export function MarkedText({ value, field }: { value: string; field: RefObject<HTMLTextAreaElement | null> }) {
  const back = useRef<HTMLDivElement>(null);
  useLayoutEffect(() => {
    const area = field.current!;
    const follow = () => back.current!.scrollTo(0, area.scrollTop);
    area.addEventListener("scroll", follow);
    return () => area.removeEventListener("scroll", follow);
  }, []);
  return (
    <div ref={back} class="marked-back" aria-hidden="true">
      {highlight(value).map(({ text, mark }, i) => (mark ? <mark key={i} data-mark={mark}>{text}</mark> : text))}
      {"\u200b"}
    </div>
  );
}
