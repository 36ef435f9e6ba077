import type { Message } from "../messages/index.ts";
import { SimulationError } from "./errors.ts";

/** A message as its sender tried to send it, in the order of sending. */
export interface Sending {
  readonly text: string;
  /** The sender was told that it is on disk. */
  readonly isAcknowledged: boolean;
}

/** One direction of a conversation after everything has come to rest. */
export interface Direction {
  /** For people, such as "place 3 to place 5". */
  readonly name: string;
  readonly sendings: readonly Sending[];
  /** What the sender lists as going out, oldest first. */
  readonly outgoing: readonly Pick<Message, "text" | "state">[];
  /** What the recipient lists as having come in, oldest first. */
  readonly incoming: readonly Pick<Message, "text" | "kind">[];
}

/**
 * Checks what is promised of messages: whatever was acknowledged arrives, everything at most once,
 * in the order of sending, and the sender knows.
 * @throws SimulationError("broken-promise") naming the first message for which it does not hold
 */
export function checkDirection({ name, sendings, outgoing, incoming }: Direction): void {
  const kept = outgoing.map(({ text }) => text);
  const arrived = incoming.map(({ text }) => text);
  const broken = (what: string): never => {
    throw new SimulationError("broken-promise", `${name}: ${what}`);
  };
  const undelivered = outgoing.find(({ state }) => state !== "delivered");
  if (undelivered !== undefined) {
    broken(`'${undelivered.text}' is ${undelivered.state}, not delivered`);
  }
  if (!incoming.every(({ kind }) => kind === "text")) broken("a message cannot be read");
  const [wrong] = differing(kept, arrived);
  if (wrong !== undefined) broken(`the lists of both sides differ at ${wrong}`);
  let at = 0;
  for (const { text, isAcknowledged } of sendings) {
    if (arrived[at] === text) at++;
    else if (isAcknowledged) broken(`'${text}' was acknowledged and is not in its place`);
  }
  if (at < arrived.length) broken(`'${arrived[at]}' came twice, late, or was never sent`);
}

/** Where two lists first differ, in words; nothing where they are the same. */
function differing(left: readonly string[], right: readonly string[]): string[] {
  for (let at = 0; at < Math.max(left.length, right.length); at++) {
    if (left[at] !== right[at]) return [`number ${at}: '${left[at]}' and '${right[at]}'`];
  }
  return [];
}

/**
 * Checks that nobody was told of a message twice.
 * @throws SimulationError("broken-promise")
 */
export function checkToldOnce(place: number, told: readonly Pick<Message, "id" | "text">[]): void {
  const seen = new Set<string>();
  for (const { id, text } of told) {
    if (seen.has(id) || seen.has(text)) {
      throw new SimulationError("broken-promise", `place ${place} was told twice of '${text}'`);
    }
    seen.add(id);
    seen.add(text);
  }
}
