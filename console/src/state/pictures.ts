import { computed, type ReadonlySignal } from "@preact/signals";
import { PICTURES_MAX } from "../limits.ts";
import { api } from "./api.ts";
import { resources } from "./views.ts";

/** Since when the pictures of contacts are as they are; who is not in it shows none. */
export const contactPictures: ReadonlySignal<ReadonlyMap<string, number>> = computed(() => {
  const contacts = resources.contacts.state.value.data ?? [];
  return new Map(
    contacts.flatMap(({ personId, pictureAtMs }): [string, number][] =>
      pictureAtMs === null ? [] : [[personId, pictureAtMs]],
    ),
  );
});

const addresses = new Map<string, Promise<string>>();

/**
 * Where the page has a picture; fetched once. Of many, the ones that were asked for first go.
 * @param who a contact, or "me"
 */
export function pictureAddress(who: string, atMs: number): Promise<string> {
  const key = `${who} ${atMs}`;
  const known = addresses.get(key);
  if (known !== undefined) return known;
  const made = fetchPicture(who);
  addresses.set(key, made);
  made.catch(() => addresses.delete(key));
  for (const [oldest, address] of addresses) {
    if (addresses.size <= PICTURES_MAX) break;
    addresses.delete(oldest);
    address.then(URL.revokeObjectURL, () => undefined);
  }
  return made;
}

async function fetchPicture(who: string): Promise<string> {
  const bytes = await api().people.picture(who);
  return URL.createObjectURL(new Blob([bytes], { type: "image/jpeg" }));
}
