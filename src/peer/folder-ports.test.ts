import { expect, test } from "vitest";
import { makeStoreNet } from "../../test/support/store-net.ts";
import { concatBytes, toHex } from "../base/bytes.ts";
import { pattern, put, unpin } from "../store/jobs.fixture.ts";
import { parseObjectLink, rootOf } from "../store/link.ts";
import { TestPeer } from "../store/net.fixture.ts";
import { folderObjectsOf } from "./folder-ports.ts";

const NEEDED = 20;

function setUp() {
  const net = makeStoreNet();
  const peer = net.add();
  const link = put(net, peer, pattern(100_000));
  const { readKey, root } = parseObjectLink(link);
  return { net, peer, link, bytes: concatBytes(readKey, root) };
}

test("folders build on objects that are looked after, and not on those that were let go", () => {
  const { net, peer, link, bytes } = setUp();
  expect(folderObjectsOf(peer.store).keeps(bytes)).toBe(true);
  unpin(net, peer, link);
  expect(folderObjectsOf(peer.store).keeps(bytes)).toBe(false);
});

test("folders build on no object that cannot be read: a file that is saved again comes back whole", () => {
  const { net, peer, link, bytes } = setUp();
  const { disk } = peer;
  const keys = [...disk.records.keys()].filter((key) => {
    return key.startsWith(`store/fragment/${rootOf(link)}/`);
  });
  const startWith = (count: number): TestPeer => {
    for (const key of keys.slice(count)) disk.records.delete(key);
    const again = new TestPeer(net, "peer 0", disk, {});
    again.store.load((error) => {
      if (error !== undefined) throw error;
      again.isLoaded = true;
    });
    net.until(() => again.isLoaded);
    return again;
  };
  expect(folderObjectsOf(startWith(NEEDED).store).keeps(bytes)).toBe(true);
  const poor = startWith(NEEDED - 1);
  expect(poor.store.object(link)).toBeDefined();
  expect(folderObjectsOf(poor.store).keeps(bytes)).toBe(false);
});

test("what two devices put with one seed is one object, and with none two", () => {
  const net = makeStoreNet();
  const peers = net.addMany(2);
  const linkOf = (peer: TestPeer, seed?: Uint8Array): string => {
    let found = "";
    const sink = folderObjectsOf(peer.store).put(
      `called so by ${peer.id}`,
      {
        onDrain: () => undefined,
        onDone: (link) => {
          found = toHex(link);
        },
        onError: (_trouble, cause) => {
          throw cause;
        },
      },
      seed,
    );
    sink.write(pattern(100_000));
    sink.finish();
    net.until(() => found !== "");
    return found;
  };
  const seed = new Uint8Array(32).fill(7);
  expect(new Set(peers.map((peer) => linkOf(peer, seed))).size).toBe(1);
  expect(new Set(peers.map((peer) => linkOf(peer))).size).toBe(2);
});
