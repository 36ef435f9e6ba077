import { LABEL_BYTES_MAX } from "./limits.ts";
import { Meeting } from "./meeting.ts";
import type { Outbox } from "./outbox.ts";
import type { Steering } from "./steering.ts";
import { copyPath } from "./ways.ts";

/** The smallest part that a sketch is cut into, in bytes. */
const PART_BYTES_MIN = 16;

/** The search for meetings of a session; none where it cannot steer. */
export function makeMeeting(steering: Steering, outbox: Outbox): Meeting | undefined {
  const { host } = steering;
  if (host.paths === undefined) return undefined;
  const { selfId, peerId, random, isThrifty } = host;
  return new Meeting(
    {
      ...{ selfId, peerId, random, isThrifty },
      nowMs: () => host.nowMs(),
      isTrusted: () => host.isTrusted(),
      onWork: () => host.onWork(),
      partBytes: () => Math.max(PART_BYTES_MIN, steering.packetBytes - 2 * LABEL_BYTES_MAX),
      onJoined: (path) => {
        if (path.labels.length > LABEL_BYTES_MAX) return;
        steering.challenge("meeting", { kind: "along", path: copyPath(path) });
      },
    },
    host.paths,
    outbox,
  );
}
