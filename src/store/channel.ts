import type { PeerId } from "../identity/index.ts";
import type { Stream, StreamEvents } from "../session/index.ts";
import { WireError } from "../wire/index.ts";
import type { CountedSession } from "./counted-session.ts";
import { MessageReader } from "./message-reader.ts";
import { decodeMessage, PROTOCOL_VERSION, type StoreMessage } from "./messages.ts";

/** The name under which stores find each other inside a session. */
export const SERVICE = "store";

/** What the owner of a channel is told. */
export interface ChannelEvents {
  /** A message; its views may be kept. A WireError thrown here ends the channel. */
  onMessage(message: StoreMessage): void;
  /** There is room for more after `send` had answered false. */
  onDrain(): void;
  /** The channel is over; called once, last, and not after `close`. */
  onClosed(reason: string): void;
}

/**
 * Messages over one stream, in both roles. Received bytes are given back to the sender's window
 * unless `hold` says that there is enough to do: that bounds what piles up here.
 */
export class Channel {
  readonly #events: ChannelEvents;
  readonly #reader: MessageReader;
  #stream: Stream | undefined;
  #awaitsVersion: boolean;
  #isOver = false;
  #isHeld = false;
  #owedBytes = 0;
  #receivedBytes = 0;
  #writtenBytes = 0;

  private constructor(events: ChannelEvents, awaitsVersion: boolean) {
    this.#events = events;
    this.#awaitsVersion = awaitsVersion;
    this.#reader = new MessageReader((bytes) => {
      if (!this.#isOver) events.onMessage(decodeMessage(bytes));
    });
  }

  /** Opens a stream to a peer. Undefined: too many streams. */
  static open(session: CountedSession, peer: PeerId, events: ChannelEvents): Channel | undefined {
    const channel = new Channel(events, false);
    const stream = session.openStream(peer, channel.#streamEvents());
    if (stream === undefined) return undefined;
    channel.#stream = stream;
    channel.send(Uint8Array.of(PROTOCOL_VERSION));
    return channel;
  }

  /** Takes a stream that a peer opened. */
  static accept(
    stream: Stream,
    events: ChannelEvents,
  ): { readonly channel: Channel; readonly streamEvents: StreamEvents } {
    const channel = new Channel(events, true);
    channel.#stream = stream;
    return { channel, streamEvents: channel.#streamEvents() };
  }

  /** Whether nothing can be sent or received any more. */
  get isOver(): boolean {
    return this.#isOver;
  }

  /**
   * Bytes received and bytes acknowledged so far: while this grows, the peer is alive. What is
   * only written does not count, else asking a dead peer would look like an answer of its.
   */
  get movement(): number {
    return this.#receivedBytes + this.#writtenBytes - (this.#stream?.unacknowledgedBytes ?? 0);
  }

  /** Bytes written and not acknowledged by the other side. */
  get unreadBytes(): number {
    return this.#isOver ? 0 : (this.#stream?.unacknowledgedBytes ?? 0);
  }

  /** Sends parts of messages. False: wait for onDrain before sending more. */
  send(...parts: readonly Uint8Array[]): boolean {
    let hasRoom = true;
    for (const part of parts) {
      if (this.#isOver) return false;
      this.#writtenBytes += part.length;
      hasRoom = this.#stream?.write(part) ?? false;
    }
    return hasRoom;
  }

  /** Stops (true) or lets go on (false) what the other side may send. */
  hold(isHeld: boolean): void {
    this.#isHeld = isHeld;
    this.#payBack();
  }

  /** Ends both directions at once; no event follows. */
  close(): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#stream?.reset();
  }

  #streamEvents(): StreamEvents {
    return {
      onData: (bytes) => this.#take(bytes),
      onEnd: () => this.#end("the other side ended it", true),
      onDrain: () => {
        if (!this.#isOver) this.#events.onDrain();
      },
      onClose: (reason) => this.#end(reason, false),
    };
  }

  #take(bytes: Uint8Array): void {
    if (this.#isOver) {
      // What still comes after the end is waved through, so that the stream can close in order.
      this.#stream?.consume(bytes.length);
      return;
    }
    this.#owedBytes += bytes.length;
    this.#receivedBytes += bytes.length;
    try {
      this.#reader.feed(this.#withoutVersion(bytes));
    } catch (error) {
      if (!(error instanceof WireError)) throw error;
      this.#stream?.reset();
      this.#end(`it does not keep to the protocol: ${error.message}`, false);
    }
    this.#payBack();
  }

  #withoutVersion(bytes: Uint8Array): Uint8Array {
    if (!this.#awaitsVersion || bytes.length === 0) return bytes;
    this.#awaitsVersion = false;
    if (bytes[0] === PROTOCOL_VERSION) return bytes.subarray(1);
    throw new WireError("version", `version ${bytes[0]} is not spoken here`);
  }

  #payBack(): void {
    if (this.#isHeld || this.#owedBytes === 0) return;
    const owed = this.#owedBytes;
    this.#owedBytes = 0;
    this.#stream?.consume(owed);
  }

  #end(reason: string, answer: boolean): void {
    if (this.#isOver) return;
    this.#isOver = true;
    if (answer) this.#stream?.end();
    this.#events.onClosed(reason);
  }
}
