import { text } from "../../text/en";
import { DropTarget } from "./DropTarget";
import { Form } from "./Form";
import { Recent } from "./Recent";
import { Stage } from "./Stage";

export function GenerateScreen() {
  return (
    <div class="generate">
      <h1 class="visually-hidden">{text.generate.title}</h1>
      <Form />
      <div class="generate-side">
        <Stage />
        <Recent />
      </div>
      <DropTarget />
    </div>
  );
}
