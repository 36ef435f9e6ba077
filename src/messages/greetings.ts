import type { PeerId, PersonId } from "../identity/index.ts";
import { KIND } from "./body.ts";
import { MessagesError } from "./errors.ts";
import type { Bringer, Intaken } from "./intake.ts";
import type { Draft, Ledger } from "./ledger.ts";
import { GREETED_FRAMES_MAX, GREETINGS_MAX, UNGREETED_FRAME_BYTES_MAX } from "./limits.ts";
import { newPair } from "./pair.ts";
import type { Post } from "./post.ts";
import type { Correspondents } from "./types.ts";

/** What comes of a frame. */
export type TakeDone = (error: MessagesError | null, intaken: Intaken | undefined) => void;

/** A frame by which somebody who is unknown here begins a channel to a prekey of an invite. */
export interface FirstWords {
  readonly channelId: string;
  /** X25519 key of the device that sealed it. */
  readonly dhKey: Uint8Array;
  /** What the letter says who they are; undefined in the letters that follow it. */
  readonly greeting: Uint8Array | undefined;
}

/** With what a device is written to that has never answered. */
export interface FirstContactTo {
  readonly device: PeerId;
  readonly personId: PersonId;
  readonly dhKey: Uint8Array;
  /** Its signed prekey. */
  readonly bundle: Uint8Array;
  /** What it is to be told first. */
  readonly greeting: Uint8Array;
}

/** What greetings are made of. */
export interface GreetingsOptions {
  readonly ledger: Ledger;
  readonly post: Post;
  readonly correspondents: Correspondents;
  /** Takes a frame whose sender is known by now. */
  readonly take: (frame: Uint8Array, from: Bringer, done: TakeDone) => void;
  /** Something waits for a device. */
  readonly onQueued: (device: PeerId) => void;
}

interface WaitingFrame {
  readonly frame: Uint8Array;
  readonly intaken: Intaken;
  readonly done: TakeDone;
}

/**
 * First letters between two devices that have never met, by the prekey in an invite. Whoever greets
 * becomes a contact first; only then their letters are kept, the greeting and all that came with it.
 */
export class Greetings {
  readonly #options: GreetingsOptions;
  /** By channel: what came in it while the person in question is being looked at. */
  readonly #asked = new Map<string, WaitingFrame[]>();
  /** By channel, the newest last: what came before its greeting and was refused. */
  readonly #early = new Map<string, Uint8Array[]>();

  constructor(options: GreetingsOptions) {
    this.#options = options;
  }

  /**
   * Writes a greeting to a device, unless it is known already, or the key is another's. `done` comes
   * once it is on disk. Errors: "busy", "disk-full", "disk", "too-many-waiting".
   */
  begin(to: FirstContactTo, done: (error: MessagesError | null) => void): void {
    const { ledger, post, onQueued } = this.#options;
    const { device, personId, dhKey, bundle, greeting } = to;
    const decide = (draft: Draft): void => {
      const known = draft.pair(device);
      if (known?.bundle !== undefined || known?.channels.length) return;
      for (const { dhKey: other } of ledger.kept.pairs.values()) {
        if (other?.every((byte, at) => byte === dhKey[at])) return;
      }
      draft.setPair({ ...(known ?? newPair(device, personId)), dhKey, bundle });
      post.enqueue(draft, device, personId, { kind: KIND.greeting, content: greeting });
    };
    ledger.change(decide, (error) => {
      done(error);
      if (error === null) onQueued(device);
    });
  }

  /** Takes a frame of somebody unknown: kept once they are known, and told by `done` then. */
  take(frame: Uint8Array, words: FirstWords, intaken: Intaken, done: TakeDone): void {
    const { channelId, dhKey, greeting } = words;
    const waiting = this.#asked.get(channelId);
    const isRoom =
      waiting === undefined
        ? greeting !== undefined && this.#asked.size < GREETINGS_MAX
        : waiting.length < GREETED_FRAMES_MAX;
    if (!isRoom) {
      this.#keepEarly(channelId, frame);
      // Whoever brings it keeps it: the letter that says who they are may still come.
      done(new MessagesError("busy", "Nobody has said yet whose letter this is."), undefined);
      return;
    }
    if (waiting !== undefined) {
      waiting.push({ frame, intaken, done });
      return;
    }
    const early = this.#early.get(channelId) ?? [];
    this.#early.delete(channelId);
    const frames = [{ frame, intaken, done }];
    for (const one of early) frames.push({ frame: one, intaken, done: () => undefined });
    this.#asked.set(channelId, frames);
    // Other letters of theirs may have come in the same batch.
    this.#options.ledger.afterBatch(() =>
      this.#options.correspondents.greeted?.(greeting ?? frame, dhKey, (who) => {
        if (who === undefined) {
          this.#asked.delete(channelId);
          for (const one of frames) one.done(null, one.intaken);
        } else this.#takeAll(channelId, { ...who, dhKey }, who.answer);
      }),
    );
  }

  /** It comes again, but perhaps not soon: with the greeting it is taken at once. */
  #keepEarly(channelId: string, frame: Uint8Array): void {
    const frames = this.#early.get(channelId) ?? [];
    const isRoom = frames.length < GREETED_FRAMES_MAX;
    if (!isRoom || frame.length > UNGREETED_FRAME_BYTES_MAX) return;
    frames.push(Uint8Array.from(frame));
    this.#early.delete(channelId);
    this.#early.set(channelId, frames);
    for (const oldest of this.#early.keys()) {
      if (this.#early.size <= GREETINGS_MAX) break;
      this.#early.delete(oldest);
    }
  }

  /** They are known: takes what waits of them, and what comes meanwhile, and answers once. */
  #takeAll(channelId: string, from: Bringer, answer: Uint8Array | undefined): void {
    const { ledger, post, take, onQueued } = this.#options;
    const { device, personId } = from;
    const frames = this.#asked.get(channelId)?.splice(0) ?? [];
    if (frames.length === 0) {
      this.#asked.delete(channelId);
      return;
    }
    const reply = (draft: Draft): void => {
      if (answer === undefined || !draft.pair(device)?.channels.length) return;
      post.enqueue(draft, device, personId, { kind: KIND.greeting, content: answer });
    };
    ledger.together(() => {
      for (const { frame, done } of frames) take(frame, from, done);
      ledger.change(reply, () => {
        onQueued(device);
        this.#takeAll(channelId, from, undefined);
      });
    });
  }
}
