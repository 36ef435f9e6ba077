import { expect, test } from "vitest";
import { createNodeSuite } from "../adapters/node/crypto.ts";
import { decodePeerRecord, encodePeerRecord, type PeerRecord } from "../identity/index.ts";
import type { DatagramHandler, SessionPort, Stream, StreamAcceptor } from "../session/index.ts";
import { testIdentity } from "../testing/index.ts";
import { guardedSessions } from "./guarded-sessions.ts";

const suite = createNodeSuite();
const recordOf = (name: string): PeerRecord => {
  const bytes = encodePeerRecord(testIdentity(suite, name), { name, seqno: 1 });
  return decodePeerRecord(suite, bytes);
};
const nothing = (): void => {};
const events = { onData: nothing, onEnd: nothing, onDrain: nothing, onClose: nothing };

test("nothing goes to a revoked device and nothing comes from it; all else passes", () => {
  const [good, bad] = [recordOf("good"), recordOf("bad")];
  const done: string[] = [];
  let acceptor: StreamAcceptor = () => undefined;
  let handler: DatagramHandler = nothing;
  const stream = { id: 1 } as Stream;
  const below: SessionPort = {
    openStream: (to) => {
      done.push(`open ${to}`);
      return stream;
    },
    sendDatagram: (to) => done.push(`send ${to}`) > 0,
    hasDatagramRoom: () => true,
    serve: (_, one) => {
      acceptor = one;
    },
    serveDatagrams: (_, one) => {
      handler = one;
    },
    roundTripMs: () => 7,
  };
  const sessions = guardedSessions(below, { stands: ({ id }) => id !== bad.id }, (id) =>
    [good, bad].find((record) => record.id === id),
  );
  expect(sessions.openStream(good.id, "x", events)).toBe(stream);
  expect(sessions.openStream(bad.id, "x", events)).toBeUndefined();
  expect([good.id, bad.id].map((id) => sessions.sendDatagram(id, "x", new Uint8Array(1)))).toEqual([
    true,
    false,
  ]);
  expect(done).toEqual([`open ${good.id}`, `send ${good.id}`]);
  sessions.serve("x", () => events);
  expect([acceptor(stream, good), acceptor(stream, bad)]).toEqual([events, undefined]);
  const heard: string[] = [];
  sessions.serveDatagrams("x", (from) => heard.push(from.id));
  for (const from of [good, bad]) handler(from, new Uint8Array(1));
  expect(heard).toEqual([good.id]);
  expect([sessions.hasDatagramRoom(good.id), sessions.roundTripMs(good.id)]).toEqual([true, 7]);
});
