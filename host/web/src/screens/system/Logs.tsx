// The last lines of the server's log.
import { useEffect, useRef, useState } from "preact/hooks";
import { recentLog } from "../../api/calls";
import { messageOf } from "../../state/toasts";
import { text } from "../../text/en";
import { Details } from "../../ui/Details";

const pause = 3000; // ms between two looks

function Lines() {
  const [lines, setLines] = useState<string[]>([]);
  const [problem, setProblem] = useState<string | null>(null);
  const box = useRef<HTMLPreElement>(null);
  useEffect(() => {
    let over = false;
    let timer: ReturnType<typeof setTimeout>;
    const look = async () => {
      try {
        const next = await recentLog();
        if (over) return;
        const { scrollTop, clientHeight, scrollHeight } = box.current!;
        const atEnd = scrollTop + clientHeight >= scrollHeight - 4;
        setLines(next);
        setProblem(null);
        // Whoever has scrolled back to read stays there.
        if (atEnd) requestAnimationFrame(() => box.current?.scrollTo(0, box.current.scrollHeight));
      } catch (error) {
        if (!over) setProblem(messageOf(error));
      }
      if (!over) timer = setTimeout(() => void look(), pause);
    };
    void look();
    return () => {
      over = true;
      clearTimeout(timer);
    };
  }, []);
  return (
    <>
      {problem && <p class="error-text">{problem}</p>}
      <pre ref={box} class="log" tabIndex={0} role="log" aria-live="off" aria-label={text.logs.title}>
        {lines.join("\n") || text.logs.empty}
      </pre>
    </>
  );
}

export function Logs() {
  const [open, setOpen] = useState(false);
  return (
    <section class="card panel">
      <Details name="logs" title={text.logs.title} onToggle={setOpen}>
        {open && <Lines />}
      </Details>
    </section>
  );
}
