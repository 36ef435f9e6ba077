import { createHash } from "node:crypto";
import { ClientError } from "../../src/api/client/index.ts";
import type { PeerProcess } from "../cli/peer-process.ts";
import type { Dice } from "./dice.ts";

/** A message that somebody tried to send. */
export interface SentMessage {
  readonly text: string;
  /** The id of the answer 201; undefined where no answer came. */
  readonly id: string | undefined;
}

/** An object whose putting was answered with 201. */
export interface KeptObject {
  readonly link: string;
  readonly sizeBytes: number;
  readonly digest: string;
}

/** Sizes that matter, mostly small ones. */
const SMALL_SIZES = [0, 1, 19, 300, 5_000, 20_000, 60_000];
/** Around a stripe, and several stripes. */
const LARGE_SIZES = [400_000, 1_048_576, 1_048_577, 3_000_000];

export function digestOf(bytes: Uint8Array): string {
  return createHash("sha256").update(bytes).digest("hex");
}

/** Somebody who uses one peer and remembers what it has promised. */
export class Client {
  readonly label: string;
  readonly peer: PeerProcess;
  readonly messages: SentMessage[] = [];
  readonly objects: KeptObject[] = [];
  putsTried = 0;
  /** Operations begun so far. */
  acts = 0;
  readonly #dice: Dice;

  constructor(label: string, peer: PeerProcess, dice: Dice) {
    this.label = label;
    this.peer = peer;
    this.#dice = dice;
  }

  /** Sends or puts something; a peer that dies meanwhile is no error, a refusal is. */
  async act(to: string): Promise<void> {
    this.acts++;
    if (this.#dice.next() < 0.6) await this.send(to);
    else await this.put();
  }

  async send(to: string): Promise<void> {
    const filler = "x".repeat(this.#dice.below(this.#dice.pick([10, 100, 3_000])));
    const text = `${this.label} ${this.messages.length} ${filler}`;
    const answer = await survived(this.peer.client.sendMessage(to, text));
    this.messages.push({ text, id: answer?.id });
  }

  async put(): Promise<void> {
    const sizes = this.#dice.next() < 0.85 ? SMALL_SIZES : LARGE_SIZES;
    const bytes = this.#dice.bytes(this.#dice.pick(sizes));
    const name = `${this.label} ${this.putsTried++}`;
    const answer = await survived(this.peer.client.putObject(name, bytes));
    if (answer === undefined) return;
    this.objects.push({
      link: answer.link,
      sizeBytes: bytes.length,
      digest: digestOf(bytes),
    });
  }
}

/** The answer, or undefined where the peer was gone before it came whole. */
export async function survived<T>(call: Promise<T>): Promise<T | undefined> {
  try {
    return await call;
  } catch (error) {
    const refused = error instanceof ClientError && error.cause === undefined;
    if (refused) throw error;
    return undefined;
  }
}

/** The object's bytes as another peer gives them, or why it does not. */
export async function fetchDigest(peer: PeerProcess, link: string): Promise<string> {
  try {
    const response = await peer.client.getObject(link);
    return digestOf(new Uint8Array(await response.arrayBuffer()));
  } catch (error) {
    return `no bytes: ${error instanceof Error ? error.message : String(error)}`;
  }
}
