import type { EventBodies } from "../contract.ts";

/** One server-sent event of the local API. */
export interface PeerEvent<Name extends keyof EventBodies> {
  readonly name: Name;
  readonly body: EventBodies[Name];
}

/** Splits a stream of server-sent events (WHATWG HTML section 9.2.6, as far as we send them). */
export async function* parseEvents(
  stream: ReadableStream<Uint8Array>,
): AsyncGenerator<PeerEvent<keyof EventBodies>> {
  const decoder = new TextDecoder();
  const reader = stream.getReader();
  let pending = "";
  try {
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return;
      pending += decoder.decode(value, { stream: true });
      const blocks = pending.split("\n\n");
      pending = blocks.pop() ?? "";
      for (const block of blocks) {
        const event = parseBlock(block);
        if (event !== undefined) yield event;
      }
    }
  } finally {
    await reader.cancel().catch(() => undefined);
  }
}

function parseBlock(block: string): PeerEvent<keyof EventBodies> | undefined {
  let name = "";
  let data = "";
  for (const line of block.split("\n")) {
    if (line.startsWith("event: ")) name = line.slice("event: ".length);
    else if (line.startsWith("data: ")) data += line.slice("data: ".length);
  }
  if (name === "" || data === "") return undefined;
  return { name, body: JSON.parse(data) } as PeerEvent<keyof EventBodies>;
}
