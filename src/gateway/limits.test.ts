import { describe, expect, test } from "vitest";
import { gatewayPair } from "../../test/support/gateway-pair.ts";
import { TestVillage } from "../../test/support/gateway-village.ts";
import { MemoryRecords } from "../../test/support/memory-records.ts";
import { sharedUplink, visit } from "../../test/support/uplink-pair.ts";
import { SILENT_LOG } from "../ports/index.ts";
import type { StreamCloseReason, StreamEvents } from "../session/index.ts";
import { ManualClock } from "../testing/fixtures.ts";
import { schema } from "../wire/index.ts";
import { Accounts } from "./accounts.ts";
import { Kept } from "./kept.ts";
import {
  CHANGES_WAITING_MAX,
  CONNECTIONS_MAX,
  CONNECTIONS_PER_PEER_MAX,
  EARLY_BYTES_MAX,
  METER_FRAME_BYTES_MAX,
  METER_PEERS_MAX,
  READING_TIMEOUT_MS,
  READINGS_SERVED_MAX,
} from "./limits.ts";

/** What a stream ends with, if it does. */
function watched(): { readonly events: StreamEvents; reason: StreamCloseReason | "" } {
  const seen = {
    reason: "" as StreamCloseReason | "",
    events: {
      onData: () => undefined,
      onEnd: () => undefined,
      onDrain: () => undefined,
      onClose: (reason: StreamCloseReason) => {
        seen.reason = reason;
      },
    },
  };
  return seen;
}

describe("at the limit and one above", () => {
  test("connections of many peers together", () => {
    const village = new TestVillage();
    const anna = village.add("anna");
    const open = (name: string): StreamCloseReason | "" => {
      const seen = watched();
      village.peer(name).session.openStream(anna.record.id, "tcp", seen.events);
      village.settle();
      return seen.reason;
    };
    for (let peer = 0; peer < CONNECTIONS_MAX / CONNECTIONS_PER_PEER_MAX; peer++) {
      village.add(`peer${peer}`);
      for (let count = 0; count < CONNECTIONS_PER_PEER_MAX; count++) {
        expect(open(`peer${peer}`)).toBe("");
      }
    }
    expect(anna.gateway.connectionCount).toBe(CONNECTIONS_MAX);
    village.add("late");
    expect(open("late")).toBe("refused");
    expect(anna.gateway.connectionCount).toBe(CONNECTIONS_MAX);
    // This peer's own programs are told why.
    const told: string[] = [];
    anna.gateway.connect("late", { t: "port", port: 80 }, (words) => told.push(words));
    expect(told).toEqual([expect.stringContaining("too many")]);
  });

  test("connections that this machine's programs make", () => {
    const { village, anna, ben } = gatewayPair();
    const told: (string | null)[] = [];
    const connect = (): (() => void) =>
      ben.gateway.connect("anna", { t: "port", port: 80 }, (_words, code) => told.push(code));
    // Nobody answers as long as the village rests.
    for (let count = 0; count < CONNECTIONS_MAX; count++) connect();
    expect([ben.gateway.connectionCount, told]).toEqual([CONNECTIONS_MAX, []]);
    connect();
    expect([ben.gateway.connectionCount, told]).toEqual([CONNECTIONS_MAX, ["busy"]]);
    village.settle();
    expect(anna.gateway.connectionCount).toBeLessThanOrEqual(CONNECTIONS_PER_PEER_MAX);
    // What was refused has made room.
    told.length = 0;
    connect();
    expect(told).toEqual([]);
  });

  test("peers with readings, as exit and as user each", () => {
    const accounts = new Accounts(new MemoryRecords().open(), new ManualClock(), SILENT_LOG);
    const peer = (index: number): string => `fd${index.toString(16).padStart(30, "0")}`;
    for (let index = 0; index < METER_PEERS_MAX; index++) {
      expect(accounts.open("exit", peer(index))).toBeDefined();
    }
    expect(accounts.open("exit", peer(METER_PEERS_MAX))).toBeUndefined();
    expect(accounts.open("exit", peer(0))).toBe(accounts.find("exit", peer(0)));
    // Whoever fills one kind leaves the other alone.
    for (let index = 0; index < METER_PEERS_MAX; index++) {
      expect(accounts.open("user", peer(index))).toBeDefined();
    }
    expect(accounts.open("user", peer(METER_PEERS_MAX))).toBeUndefined();
  });

  test("exchanges of readings that others hold open", () => {
    const { village, anna, ben, ...setup } = sharedUplink();
    visit({ village, anna, ben, ...setup }, 10, 10);
    const open = () => {
      const seen = watched();
      ben.session.openStream(anna.record.id, "meter", seen.events);
      village.settle();
      return seen;
    };
    const held = Array.from({ length: READINGS_SERVED_MAX }, open);
    expect(held.map(({ reason }) => reason)).toEqual(held.map(() => ""));
    expect(open().reason).toBe("refused");
    // Who says nothing is let go in time, and makes room.
    village.pass(READING_TIMEOUT_MS - 1);
    expect(held.map(({ reason }) => reason)).toEqual(held.map(() => ""));
    village.pass(1);
    expect(held.map(({ reason }) => reason)).toEqual(held.map(() => "reset"));
    expect(open().reason).toBe("");
  });

  test("bytes of a frame of the meter service", () => {
    const setup = sharedUplink();
    visit(setup, 10, 10);
    const begin = (frameBytes: number): StreamCloseReason | "" => {
      const seen = watched();
      const stream = setup.ben.session.openStream(setup.anna.record.id, "meter", seen.events);
      const length = new Uint8Array(4);
      new DataView(length.buffer).setUint32(0, frameBytes);
      stream?.write(length);
      setup.village.settle();
      return seen.reason;
    };
    expect(begin(METER_FRAME_BYTES_MAX)).toBe("");
    expect(begin(METER_FRAME_BYTES_MAX + 1)).toBe("reset");
  });

  test("changes of settings that wait for the disk", () => {
    const disk = new MemoryRecords();
    const form = { key: "k", empty: 0, schema: schema.integer(0, 1_000), encode: (n: number) => n };
    const kept = new Kept<number>(disk.open(), form);
    const told: (string | null)[] = [];
    const change = (): void => {
      kept.change(
        (now) => now + 1,
        (error) => told.push(error?.code ?? null),
      );
    };
    change();
    for (let count = 0; count < CHANGES_WAITING_MAX; count++) change();
    expect(told).toEqual([]);
    change();
    expect(told).toEqual(["busy"]);
    while (disk.busy) disk.step();
    expect(kept.value).toBe(CHANGES_WAITING_MAX + 1);
  });

  test("bytes that a program sends before its tunnel is open", () => {
    for (const [bytes, isDropped] of [
      [EARLY_BYTES_MAX, false],
      [EARLY_BYTES_MAX + 1, true],
    ] as const) {
      const { village, anna, ben, allow, proxy } = gatewayPair();
      allow();
      proxy();
      anna.net.isSilent = true;
      const near = ben.net.enter(1080);
      near.say("CONNECT anna:80 HTTP/1.1\r\n\r\n");
      village.settle();
      near.say(new Uint8Array(bytes - 1));
      near.say(new Uint8Array(1));
      expect([bytes, near.isDestroyed]).toEqual([bytes, isDropped]);
    }
  });
});
