// js-libp2p: TCP, Noise, Yamux, one stream.
import { noise } from "@chainsafe/libp2p-noise";
import { yamux } from "@chainsafe/libp2p-yamux";
import { tcp } from "@libp2p/tcp";
import { multiaddr } from "@multiformats/multiaddr";
import { createLibp2p } from "libp2p";
import { address, counter, say, sender, task } from "./ends.mjs";

const PROTOCOL = "/bench/1";
const node = await createLibp2p({
  addresses: { listen: task === "serve" ? ["/ip4/127.0.0.1/tcp/0"] : [] },
  transports: [tcp()],
  connectionEncrypters: [noise()],
  streamMuxers: [yamux()],
});

if (task === "serve") {
  await node.handle(PROTOCOL, async (stream) => {
    const count = counter(() => stream.send(Uint8Array.of(1)));
    for await (const chunk of stream) count(chunk.byteLength);
  });
  say(node.getMultiaddrs()[0]);
} else {
  const stream = await node.dialProtocol(multiaddr(address), PROTOCOL);
  const answered = sender({
    write: (piece) => stream.send(piece),
    drained: () => stream.onDrain(),
  });
  for await (const _ of stream) answered();
}
