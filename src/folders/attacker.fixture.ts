import { type Hamlet, type Hamleteer, suite } from "../../test/support/hamlet.ts";
import { concatBytes } from "../base/bytes.ts";
import { assert, must } from "../base/errors.ts";
import { signEntry } from "../feed/index.ts";
import type { Stream } from "../session/index.ts";
import type { FolderKeys } from "./capability.ts";
import { parseFolderLink } from "./link.ts";
import { EntryWriter, type Operation } from "./operation.ts";
import { decodeFrame, encodeFrame, type FolderFrame } from "./protocol.ts";
import { BodySeal } from "./sealed-body.ts";
import { folderTag } from "./tags.ts";
import { grantLog, newLog, type WriterLog } from "./writer-log.ts";

/** A peer that speaks the protocol by hand. */
export class Attacker {
  readonly peer: Hamleteer;
  readonly keys: FolderKeys;
  readonly log: WriterLog;
  readonly heard: FolderFrame[] = [];
  isClosed = false;
  stream: Stream | undefined;
  #entries: Uint8Array[] = [];
  #previous: Uint8Array = new Uint8Array(32);
  readonly #hamlet: Hamlet;

  constructor(hamlet: Hamlet, peer: Hamleteer, link: string, nonce = 1) {
    this.#hamlet = hamlet;
    this.peer = peer;
    this.keys = parseFolderLink(suite, link).keys;
    const folderKey = this.keys.write?.signKey ?? suite.signingKey(new Uint8Array(32));
    const author = peer.identity.signKey.publicKey;
    const grant = grantLog(this.keys, folderKey, author, new Uint8Array(8).fill(nonce));
    this.log = newLog(suite, this.keys, grant);
  }

  /** Opens a stream to the victim and says hello; the victim's frames end up in `heard`. */
  open(victim: Hamleteer): void {
    const session = this.#hamlet.net.join(this.peer.record);
    let held = new Uint8Array(0);
    const stream = session.openStream(victim.identity.id, "folder", {
      onData: (bytes) => {
        held = new Uint8Array(concatBytes(held, bytes));
        while (held.length >= 4) {
          const length = new DataView(held.buffer).getUint32(0);
          if (held.length < 4 + length) return;
          this.heard.push(decodeFrame(held.slice(4, 4 + length)));
          held = held.slice(4 + length);
        }
      },
      onEnd: () => undefined,
      onDrain: () => undefined,
      onClose: () => {
        this.isClosed = true;
      },
    });
    this.stream = must(stream, "streams open");
    const nonce = new Uint8Array(16).fill(7);
    this.send({ t: "hello", nonce });
    this.#hamlet.settle();
    const hello = this.heard.find((frame) => frame.t === "hello");
    if (hello?.t !== "hello") return;
    const place = { from: this.peer.identity.id, to: victim.identity.id };
    const nonces = { fromNonce: nonce, toNonce: hello.nonce };
    this.send({ t: "know", tags: [folderTag(suite, this.keys.keepKey, { ...place, ...nonces })] });
    this.#hamlet.settle();
  }

  send(frame: FolderFrame): void {
    this.stream?.write(encodeFrame(frame));
  }

  raw(bytes: Uint8Array): void {
    this.stream?.write(bytes);
    this.#hamlet.settle();
  }

  /** A signed, sealed entry with any body. */
  entry(body: Uint8Array, change: Partial<Parameters<typeof signEntry>[1]> = {}): Uint8Array {
    const seq = this.#entries.length + 1;
    const sealed = new BodySeal(suite, this.keys.readKey).seal(
      this.log.id,
      new Uint8Array(12).fill(seq),
      body,
    );
    const place = { feedId: this.log.id, seq, previous: this.#previous, kind: 1, body: sealed };
    const { bytes } = signEntry(this.peer.identity.signKey, { ...place, ...change });
    this.#entries.push(bytes);
    this.#previous = suite.sha256(bytes);
    return bytes;
  }

  /** An entry that does this. */
  does(...operations: readonly Operation[]): Uint8Array {
    const writer = new EntryWriter(this.log.id);
    for (const operation of operations) assert(writer.add(operation), "an entry takes these");
    return this.entry(writer.done(5, 1_700_000_000_000));
  }

  /** Says that its log is so long and answers the question for it with these entries. */
  offer(...entries: readonly Uint8Array[]): void {
    const { author, nonce, signature } = this.log;
    const seq = Math.max(1, entries.length);
    this.send({ t: "heads", folder: 0, heads: [{ author, nonce, signature, seq }] });
    this.#hamlet.settle();
    for (const bytes of entries) this.send({ t: "entry", folder: 0, bytes });
    this.send({ t: "done", folder: 0, log: this.log.id });
    this.#hamlet.settle();
  }
}
