import type { PeerId, PeerRecord, PersonId } from "../identity/index.ts";
import type { SessionPort } from "../session/index.ts";

/** Who is no device any more of the person whom it names. */
export interface Guard {
  isRevoked(device: PeerId, person: PersonId): boolean;
  stands(record: PeerRecord): boolean;
}

/**
 * Sessions for rooms that deal with people: nothing is opened to a device that was revoked,
 * and nothing taken from it.
 * @param recordOf what a peer says of itself; without it there is no session either
 */
export function guardedSessions(
  sessions: SessionPort,
  guard: Pick<Guard, "stands">,
  recordOf: (id: PeerId) => PeerRecord | undefined,
): SessionPort {
  const isRefused = (id: PeerId): boolean => {
    const record = recordOf(id);
    return record !== undefined && !guard.stands(record);
  };
  return {
    openStream: (to, service, events, early) =>
      isRefused(to) ? undefined : sessions.openStream(to, service, events, early),
    sendDatagram: (to, service, bytes, flowId) =>
      !isRefused(to) && sessions.sendDatagram(to, service, bytes, flowId),
    hasDatagramRoom: (to, flowId) => sessions.hasDatagramRoom(to, flowId),
    serve: (service, acceptor) =>
      sessions.serve(service, (stream, from) =>
        guard.stands(from) ? acceptor(stream, from) : undefined,
      ),
    serveDatagrams: (service, handler) =>
      sessions.serveDatagrams(service, (from, bytes) => {
        if (guard.stands(from)) handler(from, bytes);
      }),
    roundTripMs: (peer) => sessions.roundTripMs(peer),
  };
}
