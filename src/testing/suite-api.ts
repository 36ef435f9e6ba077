/** What an acceptance suite needs of a test runner; vitest, jest and `node:test` with any expect fit. */
export interface TestApi {
  describe(name: string, body: () => void): unknown;
  test(name: string, body: () => Promise<void>): unknown;
  expect(value: unknown): { toBe(expected: unknown): unknown; toEqual(expected: unknown): unknown };
}

/** The answer of one call with a callback; rejects when it is answered from within or twice. */
export function answerOf<T>(call: (done: (...answer: T[]) => void) => void): Promise<T[]> {
  return new Promise((resolve, reject) => {
    let inside = true;
    let answers = 0;
    call((...answer) => {
      answers++;
      if (inside) reject(new RangeError("The callback ran inside the call."));
      if (answers > 1) throw new RangeError("The callback ran twice.");
      resolve(answer);
    });
    inside = false;
  });
}

/** One promise of a suite, checked on a subject of its own. */
export type Check<S> = (what: string, body: (subject: S) => Promise<void>) => void;

/** Declares tests that each get a new subject, which is disposed of whatever happens. */
export function checkWith<S extends { dispose(): Promise<void> }>(
  test: TestApi["test"],
  make: () => Promise<S>,
): Check<S> {
  return (what, body) => {
    test(what, async () => {
      const subject = await make();
      try {
        await body(subject);
      } finally {
        await subject.dispose();
      }
    });
  };
}
