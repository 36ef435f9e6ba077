import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { openS3BlockStore } from "../../../src/adapters/node/s3/blocks.ts";
import { blockStoreSuite } from "../../../src/testing/block-store-suite.ts";
import { BUCKET, KEYS, S3Server } from "./server.ts";

const server = new S3Server();
let places = 0;
beforeAll(() => server.start());
afterAll(() => server.dispose());

/** The suite of the embedded store over a real server; each test in a path of its own. */
function suite(name: string, segmentBytes: number | undefined, forgets: boolean): void {
  blockStoreSuite({ describe, test, expect }, name, async () => {
    const directory = await mkdtemp(join(tmpdir(), "peernet-s3-home-"));
    const { endpoint } = server;
    const place = { bucket: BUCKET, prefix: `suite/${places++}`, endpoint, region: "us-east-1" };
    const options = { place, credentials: KEYS, directory, owner: "me", segmentBytes };
    let store = await openS3BlockStore(options);
    return {
      store,
      reopen: async () => {
        await store.close();
        if (forgets) await rm(directory, { recursive: true });
        store = await openS3BlockStore(options);
        return store;
      },
      dispose: async () => {
        await store.close();
        await rm(directory, { recursive: true, force: true });
      },
    };
  });
}

suite("S3", undefined, false);
suite("S3, tiny segments", 1_000, false);
suite("S3, with nothing left on this machine", undefined, true);
