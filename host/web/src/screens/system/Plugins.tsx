import { useEffect, useState } from "preact/hooks";
import { listPlugins } from "../../api/calls";
import type { Plugin } from "../../api/types";
import { reloadPlugins } from "../../state/catalogue";
import { attempt } from "../../state/toasts";
import { text } from "../../text/en";

function objectsOf(plugin: Plugin): string {
  const byKind = new Map<string, number>();
  for (const { kind } of plugin.objects) byKind.set(kind, (byKind.get(kind) ?? 0) + 1);
  return [...byKind].map(([kind, count]) => `${count} ${kind}${count === 1 ? "" : "s"}`).join(", ");
}

export function Plugins() {
  const [plugins, setPlugins] = useState<Plugin[]>([]);
  useEffect(() => {
    void attempt(async () => {
      setPlugins(await listPlugins());
      await reloadPlugins();
    });
  }, []);
  return (
    <section class="card panel">
      <h2>{text.system.plugins}</h2>
      <p class="muted">{text.system.pluginsHelp}</p>
      <ul class="plugins">
        {plugins.map((plugin) => (
          <li key={plugin.file}>
            <p class="item-name">
              {plugin.name ?? plugin.file}
              <span class="muted numbers">{plugin.version}</span>
              <span class={`tag ${plugin.state === "active" ? "good" : "bad"}`}>{text.system.states[plugin.state]}</span>
            </p>
            <p class="muted">
              {[plugin.id, objectsOf(plugin), plugin.vendor && text.system.by(plugin.vendor), plugin.licence]
                .filter(Boolean)
                .join(" · ")}
            </p>
            {plugin.reason && <p class="error-text">{plugin.reason}</p>}
            <p class="file muted">{plugin.file}</p>
          </li>
        ))}
      </ul>
    </section>
  );
}
