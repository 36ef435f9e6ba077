import { readFileSync } from "node:fs";

/** Reads what Linux knows about the cable of an interface: "1", "0", or undefined. */
export type CarrierSource = (name: string) => string | undefined;

function readCarrier(name: string): string | undefined {
  if (process.platform !== "linux" || name.includes("/")) return undefined;
  try {
    return readFileSync(`/sys/class/net/${name}/carrier`, "latin1").trim();
  } catch {
    return undefined;
  }
}

/**
 * Whether anything is connected to an interface. Linux takes up to a second to strike an
 * interface off the list of running ones when its far end goes; here it is told at once. An
 * interface is believed to be dead only if it was seen alive here before: what this file system shows
 * may belong to another network namespace, or to nobody.
 */
export class Carrier {
  readonly #source: CarrierSource;
  readonly #seenAlive = new Set<string>();

  constructor(source: CarrierSource = readCarrier) {
    this.#source = source;
  }

  isDead(name: string): boolean {
    const state = this.#source(name);
    if (state === "1") this.#seenAlive.add(name);
    return state === "0" && this.#seenAlive.has(name);
  }

  /** Forgets interfaces that are gone. */
  keep(names: readonly string[]): void {
    for (const name of this.#seenAlive) if (!names.includes(name)) this.#seenAlive.delete(name);
  }
}
