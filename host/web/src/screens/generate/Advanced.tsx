// What most pictures do not need: CLIP skip, and the sampler's and schedule's own parameters.
import { further, limit, sampler, schedule, vaes } from "../../state/catalogue";
import { change, draft, fieldErrors } from "../../state/draft";
import { text } from "../../text/en";
import { Details } from "../../ui/Details";
import { Select } from "../../ui/Select";
import { ParameterFields } from "./ParameterFields";

export function Advanced() {
  const layers = Array.from({ length: limit("clip_skip", "maximum") }, (_, i) => String(i + 1));
  const { clip_skip, vae, params } = draft.value;
  // A schedule that the sampler chose takes no parameters: name it to set them.
  const ownSchedule = draft.value.schedule === null;
  const own = params[`sampler:${draft.value.sampler}`] ?? {};
  const others = Object.keys(further.value.properties ?? {}).filter((name) => name in (params.request ?? {}));
  const set = Object.keys(own).length + others.length + (clip_skip === null ? 0 : 1) + (vae === null ? 0 : 1);
  return (
    <Details name="advanced" title={text.generate.advanced} note={set > 0 && <span class="badge">{set}</span>}>
      <Select
        label={text.generate.clipSkip}
        value={clip_skip === null ? "" : String(clip_skip)}
        options={[{ value: "", label: text.generate.clipSkipAuto }, ...layers.map((value) => ({ value, label: value }))]}
        error={fieldErrors.value.clip_skip}
        onChange={(value) => change({ clip_skip: value === "" ? null : Number(value) })}
      />
      {(vaes.value.length > 0 || vae !== null) && (
        <Select
          label={text.generate.vae}
          value={vae ?? ""}
          options={[{ value: "", label: text.generate.vaeAuto }, ...vaes.value.map(({ id }) => ({ value: id, label: id }))]}
          error={fieldErrors.value.vae}
          onChange={(value) => change({ vae: value || null })}
        />
      )}
      {sampler.value && (
        <ParameterFields owner={`sampler:${sampler.value.id}`} name={sampler.value.name} form={sampler.value.parameters} />
      )}
      {schedule.value && !ownSchedule && (
        <ParameterFields
          owner={`schedule:${schedule.value.id}`}
          name={schedule.value.name}
          form={schedule.value.parameters}
        />
      )}
      <ParameterFields owner="request" name={text.generate.further} form={further.value} titled />
    </Details>
  );
}
