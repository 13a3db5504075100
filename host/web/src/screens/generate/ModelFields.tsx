// Model, sampler and schedule: whatever the server lists.
import { models, reloadPlugins, sampler, samplers, schedules, usableModels } from "../../state/catalogue";
import { change, draft, fieldErrors } from "../../state/draft";
import { text } from "../../text/en";
import { Select } from "../../ui/Select";

function samplerLabel(item: { name: string; few_steps: boolean; experimental: boolean }): string {
  const notes = [item.few_steps && text.generate.fewSteps, item.experimental && text.generate.experimental];
  const shown = notes.filter(Boolean).join(", ");
  return shown ? `${item.name} (${shown})` : item.name;
}

// A plugin that was copied into a folder meanwhile is in the list at once.
function lookForPlugins(): void {
  void reloadPlugins().catch(() => {});
}

export function ModelFields() {
  const fallback = models.value?.default ?? null;
  const own = schedules.value.find(({ id }) => id === sampler.value?.default_schedule);
  return (
    <div class="columns">
      <div class="span">
        <Select
          label={text.generate.model}
          value={draft.value.model ?? fallback ?? ""}
          error={fieldErrors.value.model}
          options={usableModels.value.map(({ id }) => ({
            value: id,
            label: id === fallback ? text.generate.defaultModel(id) : id,
          }))}
          onChange={(value) => change({ model: value === fallback ? null : value, width: null, height: null, cfg_scale: null })}
        />
      </div>
      <Select
        label={text.generate.sampler}
        value={draft.value.sampler}
        error={fieldErrors.value.sampler ?? fieldErrors.value.sampler_params}
        options={samplers.value.map((item) => ({ value: item.id, label: samplerLabel(item) }))}
        onChange={(value) => change({ sampler: value })}
        onOpen={lookForPlugins}
      />
      <Select
        label={text.generate.schedule}
        value={draft.value.schedule ?? ""}
        error={fieldErrors.value.schedule ?? fieldErrors.value.schedule_params}
        options={[
          { value: "", label: text.generate.ownSchedule(own?.name ?? "…") },
          ...schedules.value.map(({ id, name }) => ({ value: id, label: name })),
        ]}
        onChange={(value) => change({ schedule: value || null })}
        onOpen={lookForPlugins}
      />
      {sampler.value && <p class="field-help span">{sampler.value.summary}</p>}
    </div>
  );
}
