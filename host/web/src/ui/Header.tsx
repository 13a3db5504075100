import { connection } from "../state/connection";
import { running, waiting } from "../state/jobs";
import { address, screen, screens } from "../state/route";
import { text } from "../text/en";
import { IconButton } from "./Button";
import { helpOpen } from "./HelpDialog";
import { Icon } from "./Icon";

function ConnectionState() {
  const state = connection.value;
  if (state === "online") return null;
  const short = {
    connecting: text.connection.connecting,
    offline: text.connection.offlineShort,
    polling: text.connection.pollingShort,
    locked: text.connection.lockedShort,
  }[state];
  return (
    <p class={`connection ${state}`} role="status" title={state === "connecting" ? "" : text.connection[state]}>
      <span class="dot" aria-hidden="true" />
      {short}
    </p>
  );
}

export function Header() {
  const busy = running.value.length + waiting.value.length;
  return (
    <header class="header">
      <a class="brand" href={address("generate")}>
        <svg class="logo" viewBox="0 0 32 32" aria-hidden="true">
          <path d="M8 25 16 6l8 19" />
          <circle cx="16" cy="20" r="3.4" />
        </svg>
        <span>{text.app.name}</span>
      </a>
      <nav class="nav" aria-label={text.nav.label}>
        {screens.map((name) => (
          <a key={name} href={address(name)} aria-current={screen.value === name ? "page" : undefined}>
            <Icon name={name} />
            <span>{text.nav[name]}</span>
            {name === "queue" && busy > 0 && <span class="badge">{busy}</span>}
          </a>
        ))}
      </nav>
      <div class="header-end">
        <ConnectionState />
        <IconButton icon="help" label={text.help.title} onClick={() => (helpOpen.value = true)} />
      </div>
    </header>
  );
}
