import { expect, test } from "vitest";
import { createNodeSuite } from "../adapters/node/crypto.ts";
import { fromHex, NO_BYTES, toHex, utf8 } from "../base/bytes.ts";
import { must } from "../base/errors.ts";
import type { Random } from "../ports/random.ts";
import { NoiseHandshake } from "./noise.ts";
import { noiseNonce } from "./noise-nonce.ts";

const suite = createNodeSuite();

function hex(text: string): Uint8Array {
  return must(fromHex(text), "no hexadecimal text");
}

const INITIATOR = "e61ef9919cde45dd5f82166404bd08e38bceb5dfdfded0a34c8df7ed542214d1";
const INITIATOR_EPHEMERAL = "893e28b9dc6ca8d611ab664754b8ceb7bac5117349a4439a6b0569da977c464a";
const RESPONDER = "4a3acbfdb163dec651dfa3194dece676d437029c62a408b4c5ea9114246e4893";
const RESPONDER_EPHEMERAL = "bbdb4cdbd309f1a1f2e1456967fe288cadd6f712d65dc7b7793d5e63da6b375b";
const PROLOGUE = hex("4a6f686e2047616c74");
const PAYLOADS = ["Ludwig von Mises", "Murray Rothbard", "F. A. Hayek", "Carl Menger"];

/** An ephemeral secret that is laid down. */
function fixed(secret: string): Random {
  return { bytes: () => hex(secret), u32: () => 0, fork: () => fixed(secret) };
}

// Of the vectors that the Haskell library cacophony published. The hash binds every byte of the
// handshake, the first transport message its keys; all vectors have the same keys and payloads.
test.each([
  [
    "IK",
    "aes-256-gcm",
    "669c8640d9e42a3cda2f232f78597ceefb01daa6e3df81181ccce6fc6b5026bf",
    "66acfc92e3197de166809e6d4d5d003dcc819a84bc3522ca53c9d9",
  ],
  [
    "IK",
    "chacha20-poly1305",
    "0b0f68fb0c27e03ce9b97565995ed4838cc0581b762ef72b062f6a546419fad7",
    "050e9f3c8fac16b68dbce8f8c4bfbf6617c897f9ada4aa29aa19c8",
  ],
  [
    "XX",
    "aes-256-gcm",
    "1b7aefb1125762aa21a252890d00af54519638b76437444538f9a52f21e2e0dc",
    "bc3fa77f6aca3e8466d7dc6bea10013e88a6a29add5132b461806c",
  ],
  [
    "XX",
    "chacha20-poly1305",
    "c8e5f64e846193be2a834104c2a009868d6c9f3bd3c186299888b488b2f1f58e",
    "96763ed773f8e47bb3712f0e29b3060ffc956ffc146cee53d5e1df",
  ],
  [
    "X",
    "aes-256-gcm",
    "e761ec4e29a2d951745dcad46b28d1211c550bdd94042500f51dd4d789e456b0",
    "68356b58d8500a2edc2c10a5941b9aaa0cb9b9e47cc125424300a56693775d",
  ],
  [
    "X",
    "chacha20-poly1305",
    "e6adfaa886b76b16b2aa79c54434c77fed488c8aa66d2c545608f4352f70f664",
    "9868def631af6242aaf00c35218275832d8d022af1c67b9fc5e8ba90f4d91b",
  ],
] as const)("%s with %s is the one that others speak", (pattern, cipher, hash, transport) => {
  const common = { suite, pattern, cipher, prologue: PROLOGUE };
  const responderKey = suite.dhKey(hex(RESPONDER));
  const initiator = new NoiseHandshake({
    ...common,
    ...(pattern === "XX" ? {} : { remoteStatic: responderKey.publicKey }),
    initiator: true,
    staticKey: suite.dhKey(hex(INITIATOR)),
    random: fixed(INITIATOR_EPHEMERAL),
  });
  const responder = new NoiseHandshake({
    ...common,
    initiator: false,
    staticKey: responderKey,
    random: fixed(RESPONDER_EPHEMERAL),
  });
  let turn = 0;
  const payload = (): Uint8Array => utf8(PAYLOADS[turn] ?? "");
  for (; !initiator.done; turn++) {
    const [from, to] = turn % 2 === 0 ? [initiator, responder] : [responder, initiator];
    expect(to.readMessage(from.writeMessage(payload()))).toEqual(payload());
  }
  expect(toHex(initiator.handshakeHash)).toBe(hash);
  expect(toHex(responder.handshakeHash)).toBe(hash);
  // The turns go on after the handshake, but in X only the initiator speaks.
  const [from, to] =
    turn % 2 === 0 || pattern === "X" ? [initiator, responder] : [responder, initiator];
  const sealed = from.split().send.seal(noiseNonce(0, cipher), NO_BYTES, payload());
  expect(toHex(sealed)).toBe(transport);
  expect(to.split().receive.open(noiseNonce(0, cipher), NO_BYTES, sealed)).toEqual(payload());
});
