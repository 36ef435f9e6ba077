import fc from "fast-check";
import { expect, test } from "vitest";
import { HeardColumns, INTRODUCED, SPARE } from "./columns.ts";
import { Handles } from "./handles.ts";
import { HANDLE_MAX, METRIC_MAX } from "./limits.ts";

test("rows keep what was written while others come, go and make them grow", () => {
  const step = fc.record({
    slot: fc.nat(300),
    metric: fc.option(fc.nat(METRIC_MAX), { nil: undefined }),
    seqno: fc.nat(2 ** 48 - 1),
  });
  fc.assert(
    fc.property(fc.array(step, { maxLength: 80 }), (steps) => {
      const columns = new HeardColumns();
      const model = new Map<number, { metric: number; seqno: number }>();
      for (const { slot, metric, seqno } of steps) {
        if (metric === undefined) {
          columns.clear(slot);
          model.delete(slot);
          continue;
        }
        columns.reserve(slot);
        columns.metric[slot] = metric;
        columns.seqno[slot] = seqno;
        columns.best[slot] = metric;
        columns.handle[slot] = slot + 1;
        columns.hops[slot] = slot % 250;
        columns.flags[slot] = SPARE | INTRODUCED;
        model.set(slot, { metric, seqno });
      }
      for (let slot = 0; slot <= 300; slot++) {
        const known = model.get(slot);
        expect(columns.has(slot)).toBe(known !== undefined);
        if (known === undefined) {
          expect(columns.flags[slot] ?? 0).toBe(0);
          continue;
        }
        const row = [columns.metric[slot], columns.seqno[slot], columns.best[slot]];
        expect(row).toEqual([known.metric, known.seqno, known.metric]);
        const rest = [columns.handle[slot], columns.hops[slot], columns.flags[slot]];
        expect(rest).toEqual([slot + 1, slot % 250, SPARE | INTRODUCED]);
      }
    }),
    { numRuns: 15, seed: 1 },
  );
});

test("handles stand for what they were last bound to, until they are released", () => {
  const step = fc.record({
    handle: fc.oneof(fc.nat(40), fc.constant(HANDLE_MAX)),
    slot: fc.option(fc.nat(90), { nil: undefined }),
    generation: fc.nat(255),
  });
  fc.assert(
    fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
      const handles = new Handles();
      const model = new Map<number, readonly [number, number]>();
      for (const { handle, slot, generation } of steps) {
        if (slot === undefined) {
          handles.release(handle);
          model.delete(handle);
        } else {
          handles.bind(handle, generation, slot);
          model.set(handle, [slot, generation]);
        }
      }
      for (const handle of [...Array(45).keys(), HANDLE_MAX]) {
        const known = model.get(handle);
        expect(handles.slot(handle)).toBe(known?.[0]);
        if (known !== undefined) expect(handles.generation(handle)).toBe(known[1]);
      }
    }),
    { numRuns: 60, seed: 2 },
  );
});
