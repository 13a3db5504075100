import { useEffect, useState } from "preact/hooks";
import { send } from "../../api/client";
import { ApiError } from "../../api/client";
import { parseJson } from "../../api/json";
import type { Ready } from "../../api/types";
import { recent } from "../../state/gallery";
import { token } from "../../state/access-token";
import { bytes } from "../../lib/format";
import { messageOf } from "../../state/toasts";
import { text } from "../../text/en";

const pause = 4000; // ms between two looks

// A server that is not ready says so with a 503 and the same body.
async function askReady(): Promise<Ready> {
  const headers: Record<string, string> = token.value ? { Authorization: `Bearer ${token.value}` } : {};
  const reply = await fetch("/api/v1/ready", { headers }).catch(() => {
    throw new ApiError(0, "unreachable", "");
  });
  if (reply.ok || reply.status === 503) return parseJson(await reply.text()) as Ready;
  return (await send("/api/v1/ready")) as never;
}

function Row({ name, children }: { name: string; children: preact.ComponentChildren }) {
  return (
    <div>
      <dt>{name}</dt>
      <dd>{children}</dd>
    </div>
  );
}

export function Health() {
  const [ready, setReady] = useState<Ready | null>(null);
  const [problem, setProblem] = useState<string | null>(null);
  useEffect(() => {
    let timer: ReturnType<typeof setTimeout>;
    let over = false;
    const look = async () => {
      try {
        const answer = await askReady();
        if (over) return;
        setReady(answer);
        setProblem(null);
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
  const { system, services } = ready ?? {};
  // What "auto" has come to, the last picture says.
  const last = recent.value[0]?.metadata;
  const lately = (value: string, actual: string | undefined) => (actual ? text.system.lately(value, actual) : value);
  return (
    <section class="card panel">
      <h2>
        {text.system.health}
        {ready && !problem && (
          <span class={`tag ${ready.status === "ready" ? "good" : "bad"}`}>{text.system.status[ready.status]}</span>
        )}
      </h2>
      {problem && <p class="error-text">{problem}</p>}
      {system && services && (
        <dl class="facts">
          <Row name={text.system.version}>{system.version}</Row>
          <Row name={text.system.device}>{lately(system.device, last?.device)}</Row>
          <Row name={text.system.dtype}>{lately(system.dtype, last?.dtype)}</Row>
          <Row name={text.system.memory}>
            {system.worker_memory_bytes === 0 ? text.system.memoryUnknown : bytes(system.worker_memory_bytes)}
          </Row>
          <Row name={text.system.cores}>{system.cores}</Row>
          <Row name={text.system.storage}>
            {services.storage.reason ?? bytes(services.storage.free_bytes)}
          </Row>
          <Row name={text.system.queue}>
            {text.system.queueState(services.queue.running, services.queue.waiting, services.queue.max_queue_size)}
          </Row>
          <Row name={text.system.workers}>
            {services.worker.workers.map((worker, i) => (
              <span key={i} class="worker">
                {text.system.worker(worker.pid)} · {worker.loaded_model ?? text.system.idle}
              </span>
            ))}
          </Row>
        </dl>
      )}
    </section>
  );
}
