import { concatBytes } from "../base/bytes.ts";
import { must } from "../base/errors.ts";
import type { CryptoSuite } from "../crypto/index.ts";
import type { Stream } from "../session/index.ts";
import { SERVICE } from "./channel.ts";
import { type Head, makeHead } from "./head.ts";
import { STRIPE_BYTES } from "./limits.ts";
import { leafHash, treeRoot } from "./merkle.ts";
import { MessageReader } from "./message-reader.ts";
import { decodeMessage, encodeMessage, PROTOCOL_VERSION, type StoreMessage } from "./messages.ts";
import type { TestPeer } from "./net.fixture.ts";

/** What a stream of the service begins with. */
export const VERSION: Uint8Array = Uint8Array.of(PROTOCOL_VERSION);

/** A stream to a victim, on which a test says what it likes. */
export class Attack {
  readonly stream: Stream;
  readonly received: StoreMessage[] = [];
  closed: string | undefined;

  constructor(attacker: TestPeer, victim: TestPeer) {
    const reader = new MessageReader((bytes) => this.received.push(decodeMessage(bytes)));
    const events = {
      onData: (bytes: Uint8Array) => {
        reader.feed(bytes);
        this.stream.consume(bytes.length);
      },
      onEnd: () => {},
      onDrain: () => {},
      onClose: (reason: string) => {
        this.closed = reason;
      },
    };
    this.stream = must(attacker.session.openStream(victim.id, SERVICE, events), "a stream");
  }

  say(...messages: StoreMessage[]): this {
    this.stream.write(concatBytes(...messages.map(encodeMessage)));
    return this;
  }

  hello(): this {
    this.stream.write(VERSION);
    return this;
  }
}

/** An honest object of one shard per fragment, as a publisher would offer it. */
export function tinyObject(
  suite: CryptoSuite,
  n = 3,
): { head: Head; shards: Uint8Array[]; leaves: Uint8Array[] } {
  const shards = Array.from({ length: n }, (_, i) => new Uint8Array(16).fill(i + 1));
  const leaves = shards.map((shard) => leafHash(suite, shard));
  const roots = concatBytes(...leaves.map((list) => treeRoot(suite, list)));
  const sealedMeta = new Uint8Array(32);
  const layers = [{ k: 1, sizeBytes: 0 }];
  const code = { version: 2, stripeBytes: STRIPE_BYTES, n, nMax: n } as const;
  return { head: makeHead(suite, { ...code, layers, sealedMeta }, roots), shards, leaves };
}
