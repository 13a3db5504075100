// The pictures of a job: one large, the others of its batch below it.
import { useState } from "preact/hooks";
import { recent, star, trash } from "../../state/gallery";
import type { JobView } from "../../state/jobs";
import { imageIdOf } from "../../state/use-image";
import { address } from "../../state/route";
import { text } from "../../text/en";
import { IconButton } from "../../ui/Button";
import { Picture } from "../../ui/Picture";
import { ImageActions } from "../gallery/ImageActions";

export function Results({ job, bare }: { job: JobView; bare?: boolean }) {
  const [chosen, setChosen] = useState(0);
  const results = job.results;
  const result = results[Math.min(chosen, results.length - 1)];
  if (!result) return null;
  const id = imageIdOf(result);
  const image = recent.value.find((candidate) => candidate.id === id);
  const alt = result.metadata.prompt || text.stage.image(result.seed);
  const picture = (
    <Picture class="frame-image" url={result.image_url} alt={alt} width={result.width} height={result.height} />
  );
  if (bare) return picture;
  return (
    <div class="results">
      <a
        class="frame"
        href={address("gallery", id)}
        style={{ aspectRatio: `${result.width} / ${result.height}` }}
      >
        {picture}
      </a>
      {results.length > 1 && (
        <div class="filmstrip">
          {results.map((other, i) => (
            <button
              type="button"
              key={other.image_path}
              aria-pressed={other === result}
              aria-label={text.stage.image(other.seed)}
              onClick={() => setChosen(i)}
            >
              <Picture url={other.image_url} alt="" />
            </button>
          ))}
        </div>
      )}
      <div class="stage-facts">
        <p class="numbers">{text.stage.seed(result.seed)}</p>
        {image && (
          <div class="row">
            <IconButton
              icon="star"
              filled={image.starred}
              aria-pressed={image.starred}
              label={image.starred ? text.gallery.unstar : text.gallery.star}
              onClick={() => void star(image)}
            />
            <ImageActions image={image} />
            <IconButton icon="trash" label={text.gallery.remove} onClick={() => void trash([image])} />
          </div>
        )}
      </div>
    </div>
  );
}
