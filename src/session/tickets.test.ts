import { describe, expect, test } from "vitest";
import { testRandom } from "../testing/fixtures.ts";
import { WireError } from "../wire/index.ts";
import { TICKET_BYTES, TICKET_FRAME, Tickets } from "./early.ts";
import { HeldMemory } from "./held-memory.ts";
import { EARLY_SEALED_BYTES_MAX, TICKETS_MAX } from "./limits.ts";
import { encodeHello, parsePacket } from "./packet.ts";
import { StreamTable } from "./stream-table.ts";

describe("tickets", () => {
  const neverMade = (): never => {
    throw new RangeError("no stream is opened here");
  };

  /** The ticket in the only frame of an outbox. */
  const give = (tickets: Tickets, peer: string): Uint8Array => {
    let ticket = new Uint8Array(0);
    const push = (bytes: Uint8Array): boolean => {
      ticket = bytes.slice(2);
      return true;
    };
    const none = () => undefined;
    const session = {
      peer: { id: peer },
      streams: new StreamTable(
        true,
        { onWork: none, offer: none, makeStream: neverMade },
        new HeldMemory(0).share(),
      ),
      steering: { outbox: { push } },
      onWork: none,
      close: none,
    };
    expect(tickets.onFrame(session, TICKET_FRAME.request, new Uint8Array(0))).toBe(true);
    expect(ticket.length).toBe(TICKET_BYTES);
    return ticket;
  };

  test("are good once, for the peer that has them, until it begins another session", () => {
    const tickets = new Tickets(testRandom("tickets"));
    const [a, b] = [give(tickets, "a"), give(tickets, "b")];
    expect(tickets.redeem("b", a)).toBe(false);
    expect(tickets.redeem("c", a)).toBe(false);
    expect(tickets.redeem("a", a)).toBe(true);
    expect(tickets.redeem("a", a)).toBe(false);
    const newer = give(tickets, "b");
    expect(tickets.redeem("b", b)).toBe(false);
    tickets.revoke("b");
    expect(tickets.redeem("b", newer)).toBe(false);
  });

  test("are remembered up to the limit; the oldest gives way to one more", () => {
    const tickets = new Tickets(testRandom("tickets"));
    const all = Array.from({ length: TICKETS_MAX }, (_, i) => give(tickets, `peer ${i}`));
    expect(tickets.redeem("peer 0", all[0] ?? new Uint8Array(0))).toBe(true);
    const again = give(tickets, "peer 0");
    const more = give(tickets, "one more");
    expect(tickets.redeem("peer 1", all[1] ?? new Uint8Array(0))).toBe(false);
    expect(tickets.redeem("peer 2", all[2] ?? new Uint8Array(0))).toBe(true);
    expect(tickets.redeem("peer 0", again)).toBe(true);
    expect(tickets.redeem("one more", more)).toBe(true);
  });

  test("come along with as much data as allowed and not one byte more", () => {
    const noise = new Uint8Array(96);
    const most = encodeHello(noise, new Uint8Array(EARLY_SEALED_BYTES_MAX));
    expect(parsePacket(most).kind).toBe("hello");
    const tooMuch = encodeHello(noise, new Uint8Array(EARLY_SEALED_BYTES_MAX + 1));
    expect(() => parsePacket(tooMuch)).toThrow(WireError);
  });
});
