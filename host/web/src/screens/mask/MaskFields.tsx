// What goes with a mask: its edge, what is under it, and how much of the picture is drawn.
import type { Inpaint } from "../../lib/draft";
import { limit, requestFields } from "../../state/catalogue";
import { change, draft, fieldErrors } from "../../state/draft";
import { text } from "../../text/en";
import { NumberField } from "../../ui/NumberField";
import { Select } from "../../ui/Select";

function options(field: "mask_content" | "inpaint_region", names: Record<string, string>) {
  return (requestFields.value[field]?.enum ?? Object.keys(names)).map((value) => ({ value, label: names[value] ?? value }));
}

export function MaskFields() {
  const { inpaint } = draft.value;
  const set = (part: Partial<Inpaint>) => change({ inpaint: { ...inpaint, ...part } });
  return (
    <>
      <NumberField
        label={text.mask.blur}
        help={text.mask.blurHelp}
        value={inpaint.mask_blur}
        min={0}
        max={limit("mask_blur", "maximum")}
        step={1}
        whole
        slider
        error={fieldErrors.value.mask_blur}
        onChange={(mask_blur) => set({ mask_blur })}
      />
      <div class="columns">
        <Select
          label={text.mask.content}
          value={inpaint.mask_content}
          options={options("mask_content", text.mask.contents)}
          error={fieldErrors.value.mask_content}
          onChange={(mask_content) => set({ mask_content })}
        />
        <Select
          label={text.mask.region}
          value={inpaint.inpaint_region}
          options={options("inpaint_region", text.mask.regions)}
          error={fieldErrors.value.inpaint_region}
          onChange={(inpaint_region) => set({ inpaint_region })}
        />
      </div>
      {inpaint.inpaint_region !== "whole" && (
        <NumberField
          label={text.mask.padding}
          help={text.mask.paddingHelp}
          value={inpaint.inpaint_padding}
          min={0}
          max={limit("inpaint_padding", "maximum")}
          step={1}
          whole
          slider
          error={fieldErrors.value.inpaint_padding}
          onChange={(inpaint_padding) => set({ inpaint_padding })}
        />
      )}
    </>
  );
}
