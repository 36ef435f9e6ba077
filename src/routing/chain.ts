import { equalAt, utf8 } from "../base/bytes.ts";
import type { CryptoSuite } from "../crypto/index.ts";
import { CHAIN_BYTES } from "../identity/limits.ts";

const LABEL = utf8("peernet seqno chain v1");
/** In what is hashed: label, address, link. */
const LINK_AT: number = LABEL.length;

/**
 * A hash chain of sequence numbers (Lamport 1981; SEAD, Hu et al. 2002): each link is the hash of
 * the next one, and the end of the chain stands in the signed record. Whoever reveals the link of a
 * number proves that the origin has taken it, for 12 bytes and a hash instead of a signature.
 */
export class OwnChain {
  /** One after another: link 0 is the one in the record; link i vouches for `base + i`. */
  readonly #links: Uint8Array;

  /** @param secret the last link, unpredictable, `CHAIN_BYTES` long */
  constructor(suite: CryptoSuite, id: Uint8Array, secret: Uint8Array, length: number) {
    this.#links = new Uint8Array((length + 1) * CHAIN_BYTES);
    let link = secret;
    for (let i = length; i >= 0; i--) {
      this.#links.set(link, i * CHAIN_BYTES);
      if (i > 0) link = hashBack(suite, id, link, 1);
    }
  }

  /** The link that vouches for the number `offset` above the record's; undefined past the end. */
  link(offset: number): Uint8Array | undefined {
    const begin = offset * CHAIN_BYTES;
    if (begin < 0 || begin >= this.#links.length) return undefined;
    return this.#links.subarray(begin, begin + CHAIN_BYTES);
  }
}

/**
 * Steps back through a chain in one piece of memory: a number that has waited is many steps ahead,
 * and a view of each hash on the way took longer than the hash.
 * @returns what was hashed last with its result in place: the link begins at `LINK_AT + id.length`
 */
function walkBack(suite: CryptoSuite, id: Uint8Array, link: Uint8Array, steps: number): Uint8Array {
  const linkAt = LINK_AT + id.length;
  const text = new Uint8Array(linkAt + CHAIN_BYTES);
  text.set(LABEL);
  text.set(id, LINK_AT);
  text.set(link, linkAt);
  for (let i = 0; i < steps; i++) {
    const hash = suite.sha256(text);
    for (let at = 0; at < CHAIN_BYTES; at++) text[linkAt + at] = hash[at] ?? 0;
  }
  return text;
}

/** The link `steps` before `link` in the chain of the peer whose 16 address bytes are `id`. */
export function hashBack(
  suite: CryptoSuite,
  id: Uint8Array,
  link: Uint8Array,
  steps: number,
): Uint8Array {
  return steps === 0 ? link : walkBack(suite, id, link, steps).slice(LINK_AT + id.length);
}

/** Whether `link` lies `steps` after `known` in the same chain. */
export function isLinkAfter(
  suite: CryptoSuite,
  id: Uint8Array,
  known: Uint8Array,
  link: Uint8Array,
  steps: number,
): boolean {
  if (known.length !== CHAIN_BYTES || link.length !== CHAIN_BYTES) return false;
  const text = walkBack(suite, id, link, steps);
  return equalAt(text, LINK_AT + id.length, known, 0, CHAIN_BYTES);
}
