import { expect, test, vi } from "vitest";
import { createNodeSuite } from "../adapters/node/crypto.ts";
import type { Rooms, RoomsOptions } from "../peer/rooms.ts";
import type { Timed } from "../ports/index.ts";
import { runScenario } from "./scenario.ts";
import { createToySuite } from "./toy-suite.ts";

/** Milliseconds. */
const MOMENT_MS = 5;

const watch = vi.hoisted(() => ({ looks: 0, surprises: new Map<string, number>(), writes: 0 }));

/** A peer that, after each tick of a room, also ticks those that are not due, and looks what they do. */
vi.mock("../peer/rooms.ts", async (load) => {
  const real = await load<typeof import("../peer/rooms.ts")>();
  const clocks = new WeakMap<Rooms, RoomsOptions["ports"]["clock"]>();

  class RoomsBuilder extends real.RoomsBuilder {
    readonly #clock: RoomsOptions["ports"]["clock"];

    constructor(options: RoomsOptions) {
      const { records } = options.ports;
      const counted: typeof records = {
        scan: (prefix, done) => records.scan(prefix, done),
        write: (batch, done) => {
          watch.writes++;
          records.write(batch, done);
        },
      };
      super({ ...options, ports: { ...options.ports, records: counted } });
      this.#clock = options.ports.clock;
    }

    override build(): Rooms {
      const rooms = super.build();
      clocks.set(rooms, this.#clock);
      return rooms;
    }
  }

  const timedRooms = (rooms: Rooms): readonly Timed[] => {
    const inner = real.timedRooms(rooms);
    const nowMs = (): number => clocks.get(rooms)?.monotonicMs() ?? 0;
    const note = (room: Timed, what: string): void => {
      const name = `${room.constructor.name} ${what}`;
      watch.surprises.set(name, (watch.surprises.get(name) ?? 0) + 1);
    };
    const lookAt = (room: Timed): void => {
      const beforeMs = room.nextDeadlineMs();
      // Each look at the clock of the world moves it on: what is due within a moment may be due by now.
      if (beforeMs <= nowMs() + MOMENT_MS) return;
      const { framesSent } = rooms.link.stats();
      const { writes } = watch;
      room.tick();
      watch.looks++;
      if (rooms.link.stats().framesSent !== framesSent) note(room, "sent");
      if (watch.writes !== writes) note(room, "wrote");
      if (room.nextDeadlineMs() < beforeMs) note(room, "is due earlier");
    };
    return inner.map((room) => ({
      nextDeadlineMs: () => room.nextDeadlineMs(),
      tick: () => {
        room.tick();
        for (const other of inner) lookAt(other);
      },
    }));
  };
  return { ...real, RoomsBuilder, timedRooms };
});

const suite = createToySuite(createNodeSuite());

test("what a room does in a tick is announced by its deadline", () => {
  runScenario({ seed: 3, suite, size: 6, stormMs: 8_000 });
  expect(watch.looks).toBeGreaterThan(10_000);
  expect(Object.fromEntries(watch.surprises)).toEqual({});
});
