import type { LinkPort } from "../link/index.ts";
import type { Writer } from "../wire/index.ts";
import { CONTROL_BYTES_MAX } from "./limits.ts";
import { beginControl, ENTRY, type Entry, entryBytesMax, writeEntry } from "./messages.ts";
import type { Neighbour } from "./neighbour.ts";
import type { RoutingStats } from "./stats.ts";

/** Packs entries for one neighbour into control messages. */
export class Letter {
  /** Bytes handed to the link so far. */
  sentBytes = 0;
  readonly #neighbour: Neighbour;
  readonly #link: LinkPort;
  readonly #stats: RoutingStats;
  /** Made for the first entry: many turns have nothing to say. */
  #writer: Writer | undefined;

  constructor(neighbour: Neighbour, link: LinkPort, stats: RoutingStats) {
    this.#neighbour = neighbour;
    this.#link = link;
    this.#stats = stats;
  }

  /** Whether there is anything in it that has not been handed to the link. */
  get isBegun(): boolean {
    return this.#writer !== undefined;
  }

  /** Appends an entry; a message that is full leaves first. Returns the bytes that it takes. */
  add(entry: Entry): number {
    const isFull = (this.#writer?.length ?? 0) + entryBytesMax(entry) > CONTROL_BYTES_MAX;
    if (isFull) this.send();
    this.#writer ??= beginControl();
    const before = this.#writer.length;
    writeEntry(this.#writer, entry);
    if (entry.kind === ENTRY.update) this.#stats.updatesSent++;
    else if (entry.kind === ENTRY.record) this.#stats.recordsSent++;
    else if (entry.kind === ENTRY.retract) this.#stats.retractsSent++;
    return this.#writer.length - before;
  }

  /** Hands what was gathered to the link. */
  send(): void {
    const message = this.#writer?.done();
    if (message === undefined) return;
    this.#writer = undefined;
    this.sentBytes += message.length;
    if (!this.#neighbour.up) return;
    this.#stats.messagesSent++;
    this.#stats.bytesSent += message.length;
    // A refusal means that the link resets the neighbour, so all is told anew when it is back.
    this.#link.sendControl(this.#neighbour.id, message);
  }
}
