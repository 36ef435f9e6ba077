// The suite of IPFS for block stores, over the block store in which a peer keeps fragments:
// https://www.npmjs.com/package/interface-blockstore-tests

import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { interfaceBlockstoreTests } from "interface-blockstore-tests";
import { CID } from "multiformats/cid";
import { openBlockStore } from "../../../dist/adapters/node/blocks.js";

const PREFIX = "cid/";
const keyOf = (cid) => `${PREFIX}${cid}`;

class NotFoundError extends Error {
  name = "NotFoundError";
}

/** Bytes that come in one piece or in several. */
async function joined(source) {
  if (source instanceof Uint8Array) return source;
  const parts = [];
  for await (const part of source) parts.push(part);
  return Buffer.concat(parts);
}

/** Peernet's block store with the methods that programs of IPFS call. */
class Blockstore {
  #blocks;
  #folder;

  static async open() {
    const store = new Blockstore();
    store.#folder = await mkdtemp(join(tmpdir(), "peernet-blocks-"));
    store.#blocks = await openBlockStore(store.#folder);
    return store;
  }

  async close() {
    await this.#blocks.close();
    await rm(this.#folder, { recursive: true, force: true });
  }

  async has(cid, options) {
    options?.signal?.throwIfAborted();
    return this.#blocks.has(keyOf(cid));
  }

  async put(cid, source, options) {
    options?.signal?.throwIfAborted();
    const block = await joined(source);
    await this.#ask((done) => this.#blocks.put(keyOf(cid), block, done));
    return cid;
  }

  async *putMany(pairs, options) {
    for await (const { cid, bytes } of pairs) yield this.put(cid, bytes, options);
  }

  async *get(cid, options) {
    options?.signal?.throwIfAborted();
    const block = await this.#ask((done) => this.#blocks.get(keyOf(cid), done));
    if (block === null) throw new NotFoundError(`There is no block ${cid}.`);
    yield Uint8Array.from(block);
  }

  async *getMany(cids, options) {
    for await (const cid of cids) yield { cid, bytes: this.get(cid, options) };
  }

  async *getAll(options) {
    options?.signal?.throwIfAborted();
    for (const key of [...this.#blocks.keys(PREFIX)]) {
      const cid = CID.parse(key.slice(PREFIX.length));
      yield { cid, bytes: this.get(cid, options) };
    }
  }

  async delete(cid, options) {
    options?.signal?.throwIfAborted();
    await this.#ask((done) => this.#blocks.remove([keyOf(cid)], done));
  }

  async *deleteMany(cids, options) {
    for await (const cid of cids) {
      await this.delete(cid, options);
      yield cid;
    }
  }

  #ask(call) {
    return new Promise((resolve, reject) => {
      call((error, value) => (error === null ? resolve(value) : reject(error)));
    });
  }
}

describe("Peernet's block store", () => {
  interfaceBlockstoreTests({
    setup: () => Blockstore.open(),
    teardown: (store) => store.close(),
  });
});
