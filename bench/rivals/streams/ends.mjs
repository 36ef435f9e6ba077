// Both ends of a rival's bulk stream. `node <rival>.mjs serve <bytes>` prints its address and answers
// with one byte whenever so many have come; `node <rival>.mjs dial <bytes> <address>` prints "ready",
// then sends so many for each line of stdin and prints the milliseconds until the answer.
import { createInterface } from "node:readline";

/** @typedef {{ write(bytes: Uint8Array): boolean, drained(): Promise<unknown> }} Pipe */

const PIECE = new Uint8Array(64 << 10).fill(7);

/** What to do and with how much; the address is for `dial`. */
export const [task, size = "0", address = ""] = process.argv.slice(2);
const bytes = Number(size);

/** Prints a line at once. */
export function say(line) {
  process.stdout.write(`${line}\n`);
}

/** The serving end: `onData(length)` is to be called for all that comes. */
export function counter(answer) {
  let left = bytes;
  return (length) => {
    left -= length;
    if (left > 0) return;
    left += bytes;
    answer();
  };
}

/** The dialling end: returns what is to be called when the answer comes. @param {Pipe} pipe */
export function sender(pipe) {
  let answered = () => {};
  const send = async () => {
    const began = performance.now();
    const done = new Promise((resolve) => {
      answered = resolve;
    });
    for (let left = bytes; left > 0; left -= PIECE.length) {
      if (!pipe.write(PIECE)) await pipe.drained();
    }
    await done;
    say(performance.now() - began);
  };
  createInterface(process.stdin).on("line", () => void send());
  process.stdin.once("end", () => process.exit(0));
  say("ready");
  return () => answered();
}

/** A Node stream as a pipe. */
export function pipeOf(stream) {
  return {
    write: (piece) => stream.write(piece),
    drained: () => new Promise((resolve) => stream.once("drain", resolve)),
  };
}
