import { compared, stopComparing } from "../../state/compare";
import { text } from "../../text/en";
import { Button } from "../../ui/Button";
import { Picture } from "../../ui/Picture";

export function CompareBar() {
  const [first] = compared.value;
  if (!first || compared.value.length === 2) return null;
  return (
    <div class="notice compare-bar" role="status">
      <Picture url={first.image_url} alt="" />
      <p>{text.gallery.comparePick}</p>
      <Button kind="ghost" icon="close" onClick={stopComparing}>
        {text.gallery.compareStop}
      </Button>
    </div>
  );
}
