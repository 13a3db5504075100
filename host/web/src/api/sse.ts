// Reads text/event-stream. EventSource does it too, but cannot send a token.

export interface StreamEvent {
  id: string;
  type: string;
  data: string;
}

// Takes the stream's text piece by piece, and gives out the events that are complete.
export class EventParser {
  #rest = "";

  push(text: string): StreamEvent[] {
    this.#rest += text;
    const blocks = this.#rest.split("\n\n");
    this.#rest = blocks.pop() ?? "";
    return blocks.map(parseBlock).filter((event) => event.type !== "");
  }
}

function parseBlock(block: string): StreamEvent {
  const event: StreamEvent = { id: "", type: "", data: "" };
  for (const line of block.split("\n")) {
    const colon = line.indexOf(":");
    if (colon <= 0) continue; // a comment, such as the heartbeat
    const value = line.slice(colon + 1).replace(/^ /, "");
    const name = line.slice(0, colon);
    if (name === "id") event.id = value;
    if (name === "event") event.type = value;
    if (name === "data") event.data += value;
  }
  return event;
}

// Calls `handle` with each event until the stream ends or breaks; then it throws or returns.
export async function readEvents(reply: Response, handle: (event: StreamEvent) => void): Promise<void> {
  const reader = reply.body!.pipeThrough(new TextDecoderStream()).getReader();
  const parser = new EventParser();
  for (;;) {
    const { value, done } = await reader.read();
    if (done) return;
    parser.push(value).forEach(handle);
  }
}
