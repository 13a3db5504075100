// The form: all that a request can have, the usual part in sight.
import { models, usableModels } from "../../state/catalogue";
import { address } from "../../state/route";
import { text } from "../../text/en";
import { Advanced } from "./Advanced";
import { Loras } from "./Loras";
import { ModelFields } from "./ModelFields";
import { Presets } from "./Presets";
import { Prompts } from "./Prompts";
import { Sampling } from "./Sampling";
import { SendBar } from "./SendBar";
import { SizeFields } from "./SizeFields";
import { StartPanel } from "./StartPanel";

export function Form() {
  const nothing = models.value !== null && usableModels.value.length === 0;
  return (
    <form class="form" aria-label={text.generate.title} onSubmit={(event) => event.preventDefault()}>
      <div class="form-fields">
        {nothing && (
          <p class="notice warning">
            {text.generate.noModel}. <a href={address("models")}>{text.generate.noModelHelp}</a>
          </p>
        )}
        <Prompts />
        <Loras />
        <ModelFields />
        <SizeFields />
        <Sampling />
        <StartPanel />
        <Advanced />
        <Presets />
      </div>
      <SendBar />
    </form>
  );
}
