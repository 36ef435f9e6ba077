// A program of its own: a Peernet peer with libp2p, gossipsub and Helia on top. It does what its parent
// asks by messages of the form [id, verb, ...arguments] and answers [id, error, result].
import { withBitswap } from "@helia/bitswap";
import { withLibp2pLight } from "@helia/libp2p";
import { gossipsub } from "@libp2p/gossipsub";
import { identify } from "@libp2p/identify";
import { noise } from "@libp2p/noise";
import { ping } from "@libp2p/ping";
import { yamux } from "@libp2p/yamux";
import { multiaddr } from "@multiformats/multiaddr";
import { createHeliaLight } from "helia";
import { CID } from "multiformats/cid";
import * as raw from "multiformats/codecs/raw";
import { sha256 } from "multiformats/hashes/sha2";
import { peernet } from "../../../dist/adapters/libp2p/index.js";
import { startPeer } from "./pair.mjs";

let peer;
let helia;
const heard = [];

const verbs = {
  async start(folder, name, links) {
    peer = await startPeer(folder, name, links);
    return peer.listening;
  },
  invite: () => peer.invite(),
  add: (link, petname) => peer.add(link, petname),

  async libp2p(to) {
    const services = { gossipsub: gossipsub(), identify: identify(), ping: ping() };
    helia = withBitswap(
      withLibp2pLight(createHeliaLight(), {
        addresses: { listen: [`/ip6/${peer.address}/tcp/0`] },
        transports: [peernet({ peer, to })],
        connectionEncrypters: [noise()],
        streamMuxers: [yamux()],
        services,
      }),
    );
    await helia.start();
    helia.libp2p.services.gossipsub.addEventListener("message", ({ detail }) => {
      heard.push(Buffer.from(detail.data).toString());
    });
    return verbs.own();
  },
  own: () => helia.libp2p.getMultiaddrs().map(String),
  async dial(address) {
    const { remotePeer, remoteAddr } = await helia.libp2p.dial(multiaddr(address));
    return { remotePeer: String(remotePeer), remoteAddr: String(remoteAddr) };
  },
  connections: () => {
    return helia.libp2p.getConnections().map(({ remoteAddr, direction, status }) => {
      return { remoteAddr: String(remoteAddr), direction, status };
    });
  },
  ping: (address) => helia.libp2p.services.ping.ping(multiaddr(address)),
  /** What identify has told about the others. */
  async known() {
    const all = await helia.libp2p.peerStore.all();
    return all.map(({ protocols, addresses }) => {
      return { protocols, addresses: addresses.map((known) => String(known.multiaddr)) };
    });
  },

  subscribe: (topic) => helia.libp2p.services.gossipsub.subscribe(topic),
  subscribers: (topic) => helia.libp2p.services.gossipsub.getSubscribers(topic).length,
  publish: async (topic, text) => {
    await helia.libp2p.services.gossipsub.publish(topic, Buffer.from(text));
  },
  heard: () => heard,

  async put(byteCount) {
    const bytes = new Uint8Array(byteCount).map((_, index) => index * 7 + (index >> 8));
    const cid = CID.createV1(raw.code, await sha256.digest(bytes));
    await helia.blockstore.put(cid, bytes);
    return String(cid);
  },
  /** Fetches a block over the network; Helia has checked it against its hash. */
  async get(cid) {
    const signal = AbortSignal.timeout(20_000);
    let byteCount = 0;
    for await (const part of helia.blockstore.get(CID.parse(cid), { signal })) {
      byteCount += part.byteLength;
    }
    return byteCount;
  },
  async hangUp() {
    await Promise.all(helia.libp2p.getConnections().map((connection) => connection.close()));
  },
  async stop() {
    await helia.stop();
    await peer.stop();
    setImmediate(() => process.disconnect());
  },
};

process.on("message", ([id, verb, ...args]) => {
  Promise.resolve()
    .then(() => verbs[verb](...args))
    .then(
      (result) => process.send([id, null, result]),
      (error) => process.send([id, error.message]),
    );
});
