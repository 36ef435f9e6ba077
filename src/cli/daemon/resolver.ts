import { randomBytes } from "node:crypto";
import type { Diagnostic } from "../../adapters/node/diagnostics.ts";
import { listenForNames } from "../../adapters/node/names/server.ts";
import { MeshNames, trialNameOf } from "../../gateway/dns/index.ts";
import { suffixesOf } from "../../gateway/index.ts";
import type { Peer } from "../../peer/index.ts";

/** Where the resolver without an interface listens: programs of this machine have that address. */
const LOOPBACK = "127.0.0.1";

/** What answers questions about names of the mesh. */
export interface PeerNames {
  readonly mesh: MeshNames;
  /** A name that stands for this peer itself. */
  readonly trialName: string;
  /** What names end with here, without the first dot. */
  readonly domains: readonly string[];
}

/** The names that a peer knows, and what ports of this machine have to do with them. */
export function meshNamesOf(peer: Peer): PeerNames {
  const { gateway, identity } = peer;
  const trialName = trialNameOf(randomBytes(4).toString("hex"));
  const mesh = new MeshNames(gateway.people, identity.id, trialName, {
    served: (name) => gateway.served.all().find((one) => one.name === name)?.port,
    forwarded: (person, name) => {
      const leads = gateway.doors
        .forwards()
        .find(({ who, to }) => who === person && to.t === "service" && to.name === name);
      return leads?.port;
    },
  });
  return { mesh, trialName, domains: suffixesOf(gateway.people).map((each) => each.slice(1)) };
}

/** A DNS server on loopback for programs of this machine. */
export interface Resolver {
  diagnose(): readonly Diagnostic[];
  close(): Promise<void>;
}

/** Answers DNS questions about names of the mesh at a port of 127.0.0.1, with or without root. */
export async function openResolver(
  peer: Peer,
  port: number,
  onWarning: (sentence: string) => void,
): Promise<Resolver> {
  const { mesh } = meshNamesOf(peer);
  const server = await listenForNames({
    ...{ address: LOOPBACK, port },
    answer: (message) => mesh.answer(message),
  });
  const isUp = typeof server !== "string";
  const detail = isUp
    ? `Names of contacts are answered at ${LOOPBACK}, UDP port ${server.port}`
    : `UDP port ${port} of ${LOOPBACK} cannot be opened for names (${server}). Choose another: --dns-port`;
  if (!isUp) onWarning(detail);
  return {
    diagnose: () => [
      {
        ...{ id: "resolver", ok: isUp, detail },
        told: isUp
          ? { code: "resolver", facts: { host: LOOPBACK, port: server.port } }
          : { code: "resolver-not", facts: { host: LOOPBACK, port, why: server } },
      },
    ],
    close: () => (isUp ? server.close() : Promise.resolve()),
  };
}
