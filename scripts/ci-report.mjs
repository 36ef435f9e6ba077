// What a run of vitest said, read from its JSON report.
import { existsSync, readFileSync } from "node:fs";

/** Lines of a failure's message that are shown again at the end of the checks. */
const MESSAGE_LINES_MAX = 6;

/** @returns {{passed: number, failed: number, skipped: number, failures: {file: string, name: string, text: string}[]} | undefined} */
export function readReport(file) {
  if (!existsSync(file)) return undefined;
  const report = JSON.parse(readFileSync(file, "utf8"));
  const failures = [];
  for (const { name: path, status, message, assertionResults } of report.testResults) {
    const broken = assertionResults.filter((test) => test.status === "failed");
    for (const test of broken) {
      failures.push({ file: path, name: test.fullName, text: shorten(test.failureMessages) });
    }
    if (status === "failed" && broken.length === 0) {
      failures.push({ file: path, name: "the file itself", text: shorten([message]) });
    }
  }
  return {
    passed: report.numPassedTests,
    failed: failures.length,
    skipped: report.numPendingTests + report.numTodoTests,
    failures,
  };
}

/** Names of the tests that were skipped, for a machine on which none may be. */
export function skippedIn(file) {
  const { testResults } = JSON.parse(readFileSync(file, "utf8"));
  return testResults.flatMap(({ name, assertionResults }) =>
    assertionResults
      .filter(({ status }) => status === "pending" || status === "skipped" || status === "todo")
      .map((test) => ({ file: name, name: test.fullName, text: "was skipped" })),
  );
}

function shorten(messages) {
  return messages.join("\n").split("\n").slice(0, MESSAGE_LINES_MAX).join("\n");
}
