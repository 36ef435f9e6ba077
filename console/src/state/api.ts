import { computed, type ReadonlySignal } from "@preact/signals";
import { ApiClient } from "../../../src/api/client/index.ts";
import { say } from "../words/language.ts";
import { ConsoleError } from "./errors.ts";
import { token } from "./session.ts";

const client: ReadonlySignal<ApiClient | undefined> = computed(() =>
  token.value === undefined
    ? undefined
    : new ApiClient({ url: location.origin, token: token.value }),
);

/**
 * The calls of this page's peer.
 * @throws ConsoleError("no-token") where the page was opened without one
 */
export function api(): ApiClient {
  const made = client.peek();
  if (made === undefined) {
    throw new ConsoleError("no-token", say().status.locked.noToken);
  }
  return made;
}
