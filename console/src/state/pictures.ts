import { computed, type ReadonlySignal } from "@preact/signals";
import { PICTURES_MAX } from "../limits.ts";
import { api } from "./api.ts";
import { resources } from "./views.ts";

/** Since when the pictures of contacts and of members of groups are as they are; who is not in it shows none. */
export const knownPictures: ReadonlySignal<ReadonlyMap<string, number>> = computed(() => {
  const groups = resources.groups.state.value.data?.groups ?? [];
  const contacts = resources.contacts.state.value.data ?? [];
  const found = new Map<string, number>();
  for (const { members } of groups) {
    for (const { person, pictureAtMs } of members) {
      if (pictureAtMs !== null) found.set(person, pictureAtMs);
    }
  }
  for (const { personId, pictureAtMs } of contacts) {
    if (pictureAtMs !== null) found.set(personId, pictureAtMs);
  }
  return found;
});

const addresses = new Map<string, Promise<string>>();

/**
 * Where the page has a picture; fetched once. Of many, the ones that were asked for first go.
 * @param who a contact, the id of a member of a group, or "me"
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
