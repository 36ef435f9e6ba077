import type { PeerId, PeerRecord } from "../identity/index.ts";
import type { SessionPort } from "../session/index.ts";

/** Who is no device of anybody's any more. */
export interface Guard {
  isRevoked(device: PeerId): boolean;
  stands(record: PeerRecord): boolean;
}

/** What logs say of peers, and what their certificates say besides. */
export function guardOf(devices: Guard, recordOf: (id: PeerId) => PeerRecord | undefined): Guard {
  return {
    isRevoked: (id) => {
      if (devices.isRevoked(id)) return true;
      const record = recordOf(id);
      return record !== undefined && !devices.stands(record);
    },
    stands: (record) => devices.stands(record),
  };
}

/**
 * Sessions for rooms that deal with people: nothing is opened to a device that was revoked,
 * and nothing taken from it.
 */
export function guardedSessions(sessions: SessionPort, guard: Guard): SessionPort {
  return {
    openStream: (to, service, events, early) =>
      guard.isRevoked(to) ? undefined : sessions.openStream(to, service, events, early),
    sendDatagram: (to, service, bytes, flowId) =>
      !guard.isRevoked(to) && sessions.sendDatagram(to, service, bytes, flowId),
    hasDatagramRoom: (to, flowId) => sessions.hasDatagramRoom(to, flowId),
    serve: (service, acceptor) =>
      sessions.serve(service, (stream, from) =>
        guard.stands(from) ? acceptor(stream, from) : undefined,
      ),
    serveDatagrams: (service, handler) =>
      sessions.serveDatagrams(service, (from, bytes) => {
        if (!guard.isRevoked(from.id)) handler(from, bytes);
      }),
    roundTripMs: (peer) => sessions.roundTripMs(peer),
  };
}
