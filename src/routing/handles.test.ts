import fc from "fast-check";
import { expect, test } from "vitest";
import { Handles } from "./handles.ts";
import { HANDLE_MAX } from "./limits.ts";

test("a handle stands for what it was bound to last, until it is released", () => {
  const handle = fc.oneof(fc.nat(40), fc.constantFrom(15, 16, 17, HANDLE_MAX - 1, HANDLE_MAX));
  const step = fc.record({
    handle,
    generation: fc.nat(255),
    slot: fc.nat(9),
    isBound: fc.boolean(),
  });
  fc.assert(
    fc.property(fc.array(step, { maxLength: 40 }), (steps) => {
      const handles = new Handles();
      const model = new Map<number, { slot: number | undefined; generation: number }>();
      for (const { handle, generation, slot, isBound } of steps) {
        const before = model.get(handle)?.generation ?? 0;
        if (isBound) handles.bind(handle, generation, slot);
        else handles.release(handle);
        const known = isBound ? { slot, generation } : { slot: undefined, generation: before };
        model.set(handle, known);
        for (const [one, said] of model) {
          expect([handles.slot(one), handles.generation(one)]).toEqual([
            said.slot,
            said.generation,
          ]);
        }
      }
    }),
  );
});
