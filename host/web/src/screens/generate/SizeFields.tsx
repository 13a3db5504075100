// Width and height, with the shapes that suit the model.
import { shapeName, type Size, sizePresets } from "../../lib/sizes";
import { height, limit, model, width } from "../../state/catalogue";
import { change, fieldErrors } from "../../state/draft";
import { text } from "../../text/en";
import { IconButton } from "../../ui/Button";
import { NumberField } from "../../ui/NumberField";

// The shape in small, 24 pixels at its longer side.
function boxOf({ width: w, height: h }: Size) {
  const scale = 24 / Math.max(w, h);
  return { width: `${Math.round(w * scale)}px`, height: `${Math.round(h * scale)}px` };
}

export function SizeFields() {
  const side = model.value?.default_width ?? 512;
  const own = { width: model.value?.default_width, height: model.value?.default_height };
  const set = (size: { width: number; height: number }) => {
    const isOwn = size.width === own.width && size.height === own.height;
    change(isOwn ? { width: null, height: null } : size);
  };
  const limits = { min: limit("width", "minimum"), max: limit("width", "maximum"), step: 8 };
  return (
    <fieldset class="size">
      <legend class="field-title">{text.generate.size}</legend>
      <div class="shapes">
        {sizePresets(model.value?.family ?? null, side).map((size) => (
          <button
            type="button"
            class="shape"
            key={`${size.width}x${size.height}`}
            aria-pressed={size.width === width.value && size.height === height.value}
            title={text.generate.preset(size.width, size.height)}
            aria-label={`${shapeName(size)}, ${text.generate.preset(size.width, size.height)}`}
            onClick={() => set(size)}
          >
            <span class="shape-box" style={boxOf(size)} />
            <span>{shapeName(size)}</span>
          </button>
        ))}
      </div>
      <div class="size-numbers">
        <NumberField
          {...limits}
          whole
          label={text.generate.width}
          value={width.value}
          error={fieldErrors.value.width}
          onChange={(value) => set({ width: value, height: height.value })}
        />
        <IconButton
          icon="swap"
          label={text.generate.swap}
          onClick={() => set({ width: height.value, height: width.value })}
        />
        <NumberField
          {...limits}
          whole
          label={text.generate.height}
          value={height.value}
          error={fieldErrors.value.height}
          onChange={(value) => set({ width: width.value, height: value })}
        />
      </div>
    </fieldset>
  );
}
