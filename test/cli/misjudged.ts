import type { ApiErrorBody } from "../../src/api/client/index.ts";
import type { HostileRequest } from "./hostile-requests.ts";
import { sendRaw } from "./raw-http.ts";

/** Requests that are under way at once. */
const TOGETHER = 8;

/** Sends all requests, some at a time; the ones that were not refused as they should be. */
export async function misjudged(
  port: number,
  requests: readonly HostileRequest[],
  how: { readonly isTls?: boolean } = {},
): Promise<readonly string[]> {
  const wrong: string[] = [];
  const waiting = [...requests];
  const worker = async (): Promise<void> => {
    for (let one = waiting.shift(); one !== undefined; one = waiting.shift()) {
      const gap = one.gapMs === undefined ? {} : { gapMs: one.gapMs };
      const { status, body, ended } = await sendRaw(port, one.pieces, { ...gap, ...how });
      const fits = status === one.status && ended && codeOf(body) === one.code;
      if (!fits) wrong.push(`${one.title}: ${status} instead of ${one.status}, '${body}'`);
    }
  };
  await Promise.all(Array.from({ length: TOGETHER }, worker));
  return wrong;
}

function codeOf(body: string): string | undefined {
  try {
    const { error } = JSON.parse(body) as ApiErrorBody;
    return error.message.length > 10 ? error.code : undefined;
  } catch {
    return undefined;
  }
}
