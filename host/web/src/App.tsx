import { screen, type Screen } from "./state/route";
import { GalleryScreen } from "./screens/gallery/GalleryScreen";
import { GenerateScreen } from "./screens/generate/GenerateScreen";
import { ModelsScreen } from "./screens/models/ModelsScreen";
import { QueueScreen } from "./screens/queue/QueueScreen";
import { SystemScreen } from "./screens/system/SystemScreen";
import { text } from "./text/en";
import { Announcer } from "./ui/Announcer";
import { Confirm } from "./ui/Confirm";
import { Header } from "./ui/Header";
import { HelpDialog } from "./ui/HelpDialog";
import { Toasts } from "./ui/Toasts";
import { TokenDialog } from "./ui/TokenDialog";

const shown: Record<Screen, () => preact.JSX.Element> = {
  generate: GenerateScreen,
  queue: QueueScreen,
  gallery: GalleryScreen,
  models: ModelsScreen,
  system: SystemScreen,
};

export function App() {
  const Shown = shown[screen.value];
  return (
    <>
      <a class="skip" href="#content" onClick={(event) => {
        event.preventDefault();
        document.getElementById("content")!.focus();
      }}>
        {text.app.skip}
      </a>
      <Header />
      <main class="content" id="content" tabIndex={-1} key={screen.value}>
        <Shown />
      </main>
      <Announcer />
      <Confirm />
      <HelpDialog />
      <TokenDialog />
      <Toasts />
    </>
  );
}
