import { setTheme, theme, type Theme } from "../../state/theme";
import { text } from "../../text/en";

export function Appearance() {
  return (
    <section class="card panel">
      <h2>{text.system.appearance}</h2>
      <fieldset class="segments">
        <legend class="visually-hidden">{text.system.theme}</legend>
        {(Object.keys(text.system.themes) as Theme[]).map((name) => (
          <label key={name}>
            <input type="radio" name="theme" checked={theme.value === name} onChange={() => setTheme(name)} />
            <span>{text.system.themes[name]}</span>
          </label>
        ))}
      </fieldset>
    </section>
  );
}
