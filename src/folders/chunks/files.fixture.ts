import { expect } from "vitest";
import type { Hamlet, Hamleteer } from "../../../test/support/hamlet.ts";
import { concatBytes, equalBytes } from "../../base/bytes.ts";

/** Writes a file as programs do: piece by piece, waiting where it is asked to. What became of it. */
export function tryWrite(
  hamlet: Hamlet,
  peer: Hamleteer,
  id: string,
  path: string,
  bytes: Uint8Array,
): string {
  const now = { state: "", isReady: true };
  const writer = peer.live.tree(id).write(
    path,
    {},
    {
      onDone: () => {
        now.state = "done";
      },
      onError: ({ code }) => {
        now.state = code;
      },
      onDrain: () => {
        now.isReady = true;
      },
    },
  );
  for (let at = 0; at < bytes.length && now.state === ""; at += 60_000) {
    while (!now.isReady && now.state === "" && hamlet.step());
    now.isReady = writer.write(bytes.subarray(at, at + 60_000));
  }
  writer.finish();
  while (now.state === "" && hamlet.step());
  return now.state;
}

/** The same, which must work. */
export function write(
  hamlet: Hamlet,
  peer: Hamleteer,
  id: string,
  path: string,
  bytes: Uint8Array,
): void {
  expect(tryWrite(hamlet, peer, id, path, bytes)).toBe("done");
}

/** Whether a file reads as these bytes. */
export function reads(
  hamlet: Hamlet,
  peer: Hamleteer,
  id: string,
  path: string,
  bytes: Uint8Array,
): boolean {
  const parts: Uint8Array[] = [];
  const now = { end: "" };
  const end = (text: string) => (): void => {
    now.end = text;
  };
  peer.live.tree(id).read(
    path,
    { from: 0 },
    {
      onStart: () => undefined,
      onBytes: (part) => void parts.push(part.slice()),
      onEnd: end("end"),
      onError: end("error"),
    },
  );
  while (now.end === "" && hamlet.step());
  return now.end === "end" && equalBytes(concatBytes(...parts), bytes);
}
