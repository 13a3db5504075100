// Image to image: the picture to start from, how far to go from it, and the mask.
import { useRef, useState } from "preact/hooks";
import { change, draft, fieldErrors } from "../../state/draft";
import { clearStart, hasMasks, mask, matchSize, painting, restoreFrom, start, startFrom } from "../../state/start";
import { text } from "../../text/en";
import { Button, IconButton } from "../../ui/Button";
import { Details } from "../../ui/Details";
import { NumberField } from "../../ui/NumberField";
import { MaskDialog } from "../mask/MaskDialog";
import { MaskFields } from "../mask/MaskFields";
import { OutpaintDialog } from "../mask/OutpaintDialog";

function PickButton({ label, primary, onFile }: { label: string; primary?: boolean; onFile: (file: File) => void }) {
  const input = useRef<HTMLInputElement>(null);
  return (
    <>
      <Button icon={primary ? "picture" : "search"} onClick={() => input.current!.click()}>
        {label}
      </Button>
      <input
        ref={input}
        type="file"
        class="visually-hidden"
        tabIndex={-1}
        aria-label={label}
        accept={primary ? "image/*" : "image/png"}
        onChange={(event) => {
          const file = event.currentTarget.files?.[0];
          event.currentTarget.value = "";
          if (file) onFile(file);
        }}
      />
    </>
  );
}

function Chosen() {
  const [extending, setExtending] = useState(false);
  const picture = start.value!;
  return (
    <>
      <div class="start-picture">
        <div class="start-preview">
          <img src={picture.url} alt={text.start.alt} />
          {mask.value && <img class="start-mask" src={mask.value} alt={text.mask.alt} />}
        </div>
        <div class="start-facts">
          <p class="start-name" title={picture.name}>
            {picture.name}
          </p>
          <p class="muted numbers">{text.start.size(picture.width, picture.height)}</p>
          <div class="row">
            <Button kind="ghost" onClick={matchSize}>
              {text.start.matchSize}
            </Button>
            {hasMasks() && (
              <Button kind="ghost" icon="brush" onClick={() => (painting.value = true)}>
                {mask.value ? text.mask.edit : text.mask.open}
              </Button>
            )}
            {hasMasks() && (
              <Button kind="ghost" icon="outpaint" onClick={() => setExtending(true)}>
                {text.outpaint.open}
              </Button>
            )}
          </div>
        </div>
        <IconButton icon="close" label={text.start.remove} onClick={clearStart} />
      </div>
      <NumberField
        label={text.start.strength}
        help={text.start.strengthHelp}
        value={draft.value.strength}
        min={0}
        max={1}
        step={0.05}
        slider
        error={fieldErrors.value.strength}
        onChange={(strength) => change({ strength })}
      />
      {mask.value && hasMasks() && <MaskFields />}
      {extending && <OutpaintDialog picture={picture} onClose={() => setExtending(false)} />}
      {painting.value && <MaskDialog picture={picture} onClose={() => (painting.value = false)} />}
    </>
  );
}

export function StartPanel() {
  const error = fieldErrors.value.init_image ?? fieldErrors.value.mask;
  return (
    <Details name="start" title={text.start.title} reveal={start.value !== null} note={start.value && <span class="badge">1</span>}>
      {start.value ? (
        <Chosen />
      ) : (
        <div class="dropzone">
          <p class="muted">{text.start.drop}</p>
          <div class="row">
            <PickButton primary label={text.start.pick} onFile={(file) => void startFrom(file, file.name)} />
            <PickButton label={text.start.readSettings} onFile={(file) => void restoreFrom(file, file.name)} />
          </div>
        </div>
      )}
      {error && (
        <p class="field-error" role="alert">
          {error}
        </p>
      )}
    </Details>
  );
}
