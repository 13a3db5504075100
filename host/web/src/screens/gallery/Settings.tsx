// What a picture was made with, as a list.
import type { Image, Metadata } from "../../api/types";
import { dateTime } from "../../lib/format";
import { text } from "../../text/en";

export type Facts = [name: string, value: string][];

function parameters(values: Record<string, unknown> | undefined): string {
  return Object.entries(values ?? {})
    .map(([name, value]) => `${name} ${typeof value === "string" ? value : JSON.stringify(value)}`)
    .join(", ");
}

function loraText({ id, unet_weight, text_weight, params }: NonNullable<Metadata["loras"]>[number]): string {
  const own = parameters(params);
  const text = text_weight !== undefined && text_weight !== unet_weight ? `, text encoders ${text_weight}` : "";
  return `${id ?? "?"} ${unet_weight ?? 1}${text}${own && ` (${own})`}`;
}

// In the order of the list; what does not apply is left out.
export function factsOf(image: Image): Facts {
  const { metadata } = image;
  const all: [string, string | number | undefined | null][] = [
    ["prompt", metadata.prompt],
    ["negative_prompt", metadata.negative_prompt],
    ["model", metadata.model?.id],
    ["sampler", metadata.sampler?.id],
    ["sampler_params", parameters(metadata.sampler_params)],
    ["schedule", metadata.schedule?.id],
    ["schedule_params", parameters(metadata.schedule_params)],
    ["steps", metadata.steps],
    ["cfg_scale", metadata.cfg_scale],
    ["seed", image.seed],
    ["size", `${image.width} × ${image.height}`],
    ["strength", metadata.strength],
    ["clip_skip", metadata.clip_skip],
    ["loras", metadata.loras?.map(loraText).join(", ")],
    ["device", metadata.device],
    ["dtype", metadata.dtype],
    ["file", image.image_path],
    ["version", metadata.version],
  ];
  const there = all.filter(([, value]) => value !== undefined && value !== null && value !== "");
  return there.map(([name, value]) => [name, String(value)]);
}

export function Settings({ image }: { image: Image }) {
  return (
    <dl class="facts">
      {factsOf(image).map(([name, value]) => (
        <div key={name} data-long={name.endsWith("prompt")}>
          <dt>{text.fields[name]}</dt>
          <dd>{value}</dd>
        </div>
      ))}
      <div>
        <dt>{text.gallery.made}</dt>
        <dd>{dateTime(image.created_at)}</dd>
      </div>
    </dl>
  );
}
