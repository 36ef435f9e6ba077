import { multiaddr } from "@multiformats/multiaddr";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { parseAddress } from "../../identity/index.ts";
import { readMultiaddr, writeMultiaddr } from "./address.ts";

fc.configureGlobal({ seed: 1 });

const P2P = "/p2p/12D3KooWD3eckifWpRn9wQpMG9R9hX3sD158z7EqHWmweQAJU5SA";

describe("a multiaddr", () => {
  test.each(["/ip6/fd00::1/tcp/4001", `/ip6/fd00::1/tcp/4001${P2P}`])("%s names a port", (text) => {
    expect(readMultiaddr(multiaddr(text))).toEqual({
      ...{ peerId: parseAddress("fd00::1"), port: 4001 },
    });
  });

  test.each([
    "/ip6/fd00::1",
    "/ip6/fd00::1/udp/4001",
    "/ip6/fd00::1/tcp/4001/ws",
    `/ip6/fd00::1/tcp/4001${P2P}/p2p-circuit`,
    "/ip6/fe80::1/tcp/4001",
    "/ip6/fc00::1/tcp/4001",
    "/ip6/2001:db8::1/tcp/4001",
    "/ip4/127.0.0.1/tcp/4001",
    "/dns/anna.peer.alt/tcp/4001",
    "/dns6/fd00/tcp/4001",
    P2P,
    "/",
  ])("%s names none", (text) => {
    expect(readMultiaddr(multiaddr(text))).toBeUndefined();
  });

  test("any peer and port come back, from text and from bytes", () => {
    const anyId = fc
      .uint8Array({ minLength: 15, maxLength: 15 })
      .map((bytes) => `fd${Buffer.from(bytes).toString("hex")}`);
    fc.assert(
      fc.property(anyId, fc.nat(65_535), (peerId, port) => {
        const written = multiaddr(writeMultiaddr({ peerId, port }));
        expect(readMultiaddr(written)).toEqual({ peerId, port });
        expect(readMultiaddr(multiaddr(written.bytes))).toEqual({ peerId, port });
      }),
    );
  });
});
