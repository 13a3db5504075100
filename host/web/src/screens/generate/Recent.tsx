// The newest pictures, below the stage.
import { recent } from "../../state/gallery";
import { address } from "../../state/route";
import { text } from "../../text/en";
import { Picture } from "../../ui/Picture";

export function Recent() {
  if (recent.value.length === 0) return null;
  return (
    <section class="recent" aria-label={text.stage.recent}>
      <h2 class="section-title">{text.stage.recent}</h2>
      <ul class="strip">
        {recent.value.map((image) => (
          <li key={image.id}>
            <a href={address("gallery", image.id)} title={image.metadata.prompt ?? ""}>
              <Picture url={image.image_url} alt={text.gallery.alt(image.metadata.prompt ?? "")} lazy />
            </a>
          </li>
        ))}
      </ul>
    </section>
  );
}
