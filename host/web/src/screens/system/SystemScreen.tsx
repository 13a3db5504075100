// How the server is, what it has loaded, and how this page looks.
import { text } from "../../text/en";
import { Appearance } from "./Appearance";
import { Health } from "./Health";
import { Logs } from "./Logs";
import { Plugins } from "./Plugins";
import { ServerConfig } from "./ServerConfig";
import { Shortcuts } from "./Shortcuts";
import { TokenPanel } from "./TokenPanel";

export function SystemScreen() {
  return (
    <div class="screen narrow">
      <header class="screen-head">
        <h1>{text.system.title}</h1>
      </header>
      <Health />
      <Appearance />
      <ServerConfig />
      <Plugins />
      <Logs />
      <TokenPanel />
      <section class="card panel">
        <h2>{text.system.shortcuts}</h2>
        <Shortcuts />
      </section>
      <section class="card panel">
        <h2>{text.system.about}</h2>
        <p>
          <strong>{text.app.name}</strong> · {text.system.aboutText} {text.system.licence}.
        </p>
        <p>
          <a href="/api/v1/openapi.json">{text.system.api}</a>
        </p>
      </section>
    </div>
  );
}
