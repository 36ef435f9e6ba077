import fc from "fast-check";
import { expect, test } from "vitest";
import { byteName } from "../../base/bytes.ts";
import { LockMap } from "./lock-map.ts";
import { OwnParts } from "./own-parts.ts";
import type { OwnPart } from "./payer-types.ts";

const LINES = ["a", "b", "c"];
const STATES = ["reserving", "reserved", "preparing", "locked"] as const;

function partOf(line: string, id: number, amount: number): OwnPart {
  const rest = { probe: 1, route: undefined, onion: new Uint8Array(0), sinceMs: 0 };
  const about = { payment: "p", line, lockId: new Uint8Array(16).fill(id), delivers: amount };
  return { ...about, amount, state: "reserving", ...rest };
}

function checkSums(parts: OwnParts, known: readonly OwnPart[]): void {
  for (const line of LINES) {
    const here = known.filter((part) => part.line === line);
    const waiting = here.filter(({ state }) => state === "reserving" || state === "reserved");
    expect(parts.waitingOn(line)).toBe(waiting.reduce((sum, { amount }) => sum + amount, 0));
    expect([...parts.on(line)]).toEqual(here);
    for (const part of here) expect(parts.get(line, part.lockId)).toBe(part);
  }
}

test("what waits on a line is the sum of what its parts ask for or have reserved, whatever becomes of them", () => {
  const act = fc.record({
    ...{ kind: fc.constantFrom("add", "delete", "change"), line: fc.constantFrom(...LINES) },
    ...{ id: fc.nat(5), amount: fc.integer({ min: 1, max: 9 }), state: fc.constantFrom(...STATES) },
  });
  fc.assert(
    fc.property(fc.array(act, { maxLength: 60 }), (acts) => {
      const parts = new OwnParts();
      const known = new Map<string, OwnPart>();
      for (const { amount, id, kind, line, state } of acts) {
        const key = `${line}${id}`;
        const part = known.get(key);
        if (kind === "add" && part === undefined) {
          const made = partOf(line, id, amount);
          known.set(key, made);
          parts.add(made);
        } else if (kind === "change" && part !== undefined) parts.change(part, { amount, state });
        else if (kind === "delete" && part !== undefined) {
          known.delete(key);
          parts.delete(part);
          parts.delete(part);
          parts.change(part, { amount, state: "reserved" });
        }
      }
      checkSums(parts, [...known.values()]);
    }),
  );
});

test("a map of locks holds one for each line and id, and forgets lines that are empty", () => {
  const act = fc.tuple(fc.constantFrom(...LINES), fc.nat(4), fc.option(fc.nat(99)));
  fc.assert(
    fc.property(fc.array(act, { maxLength: 60 }), (acts) => {
      const map = new LockMap<number>();
      const model = new Map<string, Map<string, number>>(LINES.map((line) => [line, new Map()]));
      for (const [line, id, value] of acts) {
        const name = byteName(new Uint8Array(16).fill(id));
        const names = model.get(line) ?? new Map();
        if (value === null) expect(map.delete(line, name)).toBe(names.delete(name));
        else {
          map.set(line, name, value);
          names.set(name, value);
        }
        expect(map.get(line, name)).toBe(names.get(name));
      }
      const all = [...model.values()].map((names) => [...names.values()]);
      expect(map.size).toBe(all.flat().length);
      expect([...map.values()].sort()).toEqual(all.flat().sort());
      expect([...map.oldest()].sort()).toEqual(all.flatMap((names) => names.slice(0, 1)).sort());
      for (const line of LINES) {
        expect([...map.on(line)]).toEqual([...(model.get(line)?.values() ?? [])]);
      }
    }),
  );
});

test("names are as different as ids", () => {
  const bytes = fc.uint8Array({ maxLength: 20 });
  fc.assert(
    fc.property(bytes, bytes, (a, b) => {
      expect(byteName(a) === byteName(b)).toBe(`${a}` === `${b}`);
    }),
  );
});
