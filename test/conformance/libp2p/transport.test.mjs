// libp2p's own suite for transports: https://www.npmjs.com/package/@libp2p/interface-compliance-tests

import transportSuite from "@libp2p/interface-compliance-tests/transport";
import { noise } from "@libp2p/noise";
import { yamux } from "@libp2p/yamux";
import { peernet } from "../../../dist/adapters/libp2p/index.js";
import { matcher, startPair } from "./pair.mjs";

function suite(security) {
  let pair;
  before(async () => {
    pair = await startPair();
  });
  after(() => pair.stop());
  transportSuite({
    async setup() {
      const { anna, ben } = pair;
      return {
        listener: {
          ...security,
          addresses: { listen: [4_001, 4_002].map((port) => `/ip6/${anna.address}/tcp/${port}`) },
          transports: [peernet({ peer: anna, to: ["Ben"] })],
        },
        dialer: { ...security, transports: [peernet({ peer: ben })] },
        dialMultiaddrMatcher: matcher(),
        listenMultiaddrMatcher: matcher(),
      };
    },
    async teardown() {},
  });
}

describe("the suite's plain text and its muxer", () => suite({}));

describe("Noise and Yamux", () => {
  suite({ connectionEncrypters: [noise()], streamMuxers: [yamux()] });
});
