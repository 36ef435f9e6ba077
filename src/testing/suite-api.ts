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
