import { equalBytes, utf8 } from "../base/bytes.ts";
import type { CryptoSuite } from "../crypto/index.ts";
import { CHAIN_BYTES } from "../identity/limits.ts";

const LABEL = utf8("peernet seqno chain v1");

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
      if (i > 0) link = hashLink(suite, id, link);
    }
  }

  /** The link that vouches for the number `offset` above the record's; undefined past the end. */
  link(offset: number): Uint8Array | undefined {
    const begin = offset * CHAIN_BYTES;
    if (begin < 0 || begin >= this.#links.length) return undefined;
    return this.#links.subarray(begin, begin + CHAIN_BYTES);
  }
}

/** The link before `link` in the chain of the peer whose 16 address bytes are `id`. */
export function hashLink(suite: CryptoSuite, id: Uint8Array, link: Uint8Array): Uint8Array {
  return suite.sha256(LABEL, id, link).subarray(0, CHAIN_BYTES);
}

/** The link `steps` before `link`. */
export function hashBack(
  suite: CryptoSuite,
  id: Uint8Array,
  link: Uint8Array,
  steps: number,
): Uint8Array {
  let at = link;
  for (let i = 0; i < steps; i++) at = hashLink(suite, id, at);
  return at;
}

/** Whether `link` lies `steps` after `known` in the same chain. */
export function isLinkAfter(
  suite: CryptoSuite,
  id: Uint8Array,
  known: Uint8Array,
  link: Uint8Array,
  steps: number,
): boolean {
  return equalBytes(hashBack(suite, id, link, steps), known);
}
