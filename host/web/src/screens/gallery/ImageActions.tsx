// What a finished picture can be used for, as buttons.
import type { Image } from "../../api/types";
import { hasMasks } from "../../state/start";
import { download, takeAll, takeAsStart, takeSeed } from "../../state/use-image";
import { text } from "../../text/en";
import { IconButton } from "../../ui/Button";

export function ImageActions({ image }: { image: Image }) {
  return (
    <>
      <IconButton icon="edit" label={text.gallery.useAll} onClick={() => void takeAll(image)} />
      <IconButton icon="dice" label={text.gallery.useSeed} onClick={() => takeSeed(image)} />
      <IconButton icon="picture" label={text.gallery.toImage} onClick={() => void takeAsStart(image)} />
      {hasMasks() && (
        <IconButton icon="brush" label={text.gallery.toMask} onClick={() => void takeAsStart(image, true)} />
      )}
      <IconButton icon="download" label={text.gallery.download} onClick={() => void download(image)} />
    </>
  );
}
