import { expect, test } from "vitest";
import { type Carry, SerialChanges } from "./serial-changes.ts";

class Refusal extends Error {}

const WAITING_MAX = 3;

function setUp() {
  const changes = new SerialChanges<Refusal>({
    waitingMax: WAITING_MAX,
    busy: () => new Refusal("busy"),
    isRefusal: (error): error is Refusal => error instanceof Refusal,
  });
  const under: ((error: Refusal | null) => void)[] = [];
  const log: string[] = [];
  const carry: Carry<Refusal> = (done) => under.push(done);
  const make = (name: string, decide: () => Carry<Refusal> | undefined = () => carry): void =>
    changes.make(
      () => {
        log.push(`decide ${name}`);
        return decide();
      },
      (error) => log.push(`${name} ${error?.message ?? "done"}`),
    );
  return { make, log, settle: (error: Refusal | null = null) => under.shift()?.(error) };
}

test("the next change is decided when the one before it is through, well or not", () => {
  const { make, log, settle } = setUp();
  make("a");
  make("b");
  make("c", () => undefined);
  expect(log).toEqual(["decide a"]);
  settle();
  expect(log.slice(1)).toEqual(["a done", "decide b"]);
  settle(new Refusal("disk"));
  expect(log.slice(3)).toEqual(["b disk", "decide c", "c done"]);
});

test("a refusal is told, anything else is thrown", () => {
  const { make, log } = setUp();
  make("a", () => {
    throw new Refusal("no");
  });
  expect(log).toEqual(["decide a", "a no"]);
  const defect = (): never => {
    throw new RangeError("defect");
  };
  expect(() => make("b", defect)).toThrow("defect");
});

test(`${WAITING_MAX} wait, one more is refused`, () => {
  const { make, log, settle } = setUp();
  for (const name of ["a", "b", "c", "d", "e"]) make(name);
  expect(log).toEqual(["decide a", "e busy"]);
  for (let count = 0; count < 4; count++) settle();
  expect(log.filter((line) => line.endsWith("done"))).toHaveLength(4);
});
