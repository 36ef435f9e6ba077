import { withoutDevice, withoutSendings } from "./forgetting.ts";
import type { Draft, Ledger } from "./ledger.ts";
import { DEVICES_PER_PERSON_MAX } from "./limits.ts";
import type { Parts } from "./parts.ts";
import type { Correspondent } from "./types.ts";

/** The same as `takeUp` for one person after another. */
export function takeUpAll(
  parts: Parts,
  ledger: Ledger,
  people: Correspondent[],
  done: () => void,
): void {
  const person = people.shift();
  if (person === undefined) done();
  else takeUp(parts, ledger, person, () => takeUpAll(parts, ledger, people, done));
}

/** Sees to it that what waits for a person goes to all of their devices, and to no others. */
export function takeUp(
  { lines, desk, sender, anchors }: Parts,
  ledger: Ledger,
  person: Correspondent,
  done: () => void,
): void {
  const devices = person.devices.slice(0, DEVICES_PER_PERSON_MAX).map(({ peerId }) => peerId);
  const decide = (draft: Draft): void => {
    for (const pair of ledger.kept.pairs.values()) {
      const isGone = pair.personId === person.personId && !devices.includes(pair.device);
      if (!isGone) continue;
      withoutDevice(draft, ledger.kept, pair.device);
      lines.forget(pair.device);
    }
    withoutSendings(draft, ledger.kept, person.personId, devices);
  };
  ledger.change(decide, () => {
    sender.spread(person.personId, devices, () => {
      anchors.announce(devices);
      for (const device of devices) {
        desk.sealWaiting(device);
        lines.hurry(device);
      }
      done();
    });
  });
}
