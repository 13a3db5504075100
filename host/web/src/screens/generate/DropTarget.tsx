// Takes files that are dropped anywhere on the screen, and pictures that are pasted.
import { useEffect, useState } from "preact/hooks";
import { restoreFrom, startFrom } from "../../state/start";
import { text } from "../../text/en";
import { Icon, type IconName } from "../../ui/Icon";

const hasFiles = (event: DragEvent) => event.dataTransfer?.types.includes("Files") ?? false;

function fileOf(list: FileList | undefined): File | undefined {
  return list?.[0];
}

function Zone({ icon, label, onFile }: { icon: IconName; label: string; onFile: (file: File) => void }) {
  const [over, setOver] = useState(false);
  return (
    <div
      class="drop-zone"
      data-over={over}
      onDragOver={(event) => event.preventDefault()}
      onDragEnter={() => setOver(true)}
      onDragLeave={() => setOver(false)}
      onDrop={(event) => {
        event.preventDefault();
        const file = fileOf(event.dataTransfer?.files);
        if (file) onFile(file);
      }}
    >
      <Icon name={icon} />
      <span>{label}</span>
    </div>
  );
}

export function DropTarget() {
  const [dragging, setDragging] = useState(false);
  useEffect(() => {
    const controller = new AbortController();
    const options = { signal: controller.signal };
    addEventListener("dragenter", (event) => hasFiles(event) && setDragging(true), options);
    addEventListener("dragover", (event) => hasFiles(event) && event.preventDefault(), options);
    addEventListener("dragleave", (event) => event.relatedTarget === null && setDragging(false), options);
    addEventListener(
      "drop",
      (event) => {
        if (!hasFiles(event)) return;
        event.preventDefault(); // beside the zones the browser would open the file
        setDragging(false);
      },
      options,
    );
    addEventListener(
      "paste",
      (event) => {
        const file = fileOf(event.clipboardData?.files);
        if (!file?.type.startsWith("image/")) return;
        event.preventDefault();
        void startFrom(file, file.name);
      },
      options,
    );
    return () => controller.abort();
  }, []);
  if (!dragging) return null;
  return (
    <div class="drop-overlay">
      <Zone icon="edit" label={text.start.dropSettings} onFile={(file) => void restoreFrom(file, file.name)} />
      <Zone icon="picture" label={text.start.dropPicture} onFile={(file) => void startFrom(file, file.name)} />
    </div>
  );
}
