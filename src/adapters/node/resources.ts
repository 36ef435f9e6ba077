import { type BlocksChoice, openBlocks } from "./block-place.ts";
import type { NodeBlockStore } from "./blocks.ts";
import { type Home, openHome } from "./home.ts";
import { createNodeLog, type NodeLog } from "./log.ts";
import type { NodeLocalNet } from "./proxy/local-net.ts";
import { RecentLog } from "./recent-log.ts";
import { type NodeRecordStore, openRecordStore, type Salvaged } from "./records.ts";
import { allowRelaxedSimd } from "./relaxed-simd.ts";
import type { TcpTransport } from "./tcp.ts";
import type { UdpTransport } from "./udp.ts";

interface Closable {
  close(): Promise<void>;
}

/** What a peer of this process stands on, as far as it is open: all of it must be closed again. */
export interface PeerResources {
  readonly home: Home;
  readonly log: RecentLog;
  records?: NodeRecordStore;
  blocks?: NodeBlockStore;
  udp?: UdpTransport;
  tcp?: TcpTransport;
  net?: NodeLocalNet;
  /** A virtual interface, which needs the peer to the end. */
  tun?: Closable;
  /** A DNS server for names, which asks the peer. */
  resolver?: Closable;
  /** Full tunnels, which give this machine its own way back when they close. */
  fullTunnels?: Closable;
  /** Folders as WebDAV, which need the peer and the records to the end. */
  mounts?: Closable;
  /** The server for browsers on the local network, which needs the records to the end. */
  lan?: Closable;
  /** A server by which programs call the peer. */
  api?: Closable;
  /** The thread that cuts files. */
  layering?: Closable;
  /** The threads that make stripes. */
  stripes?: Closable;
  /** Ends saving memory. */
  saveMemory?: () => void;
  /** Ends leaving the processor to others while busy. */
  batches?: () => void;
  /** Ends what keeps the process awake. */
  stopPeer?: () => void;
}

/**
 * Opens a home and its log, and lets `assemble` make a peer on them. Where that fails, all that
 * is open by then is closed again.
 * @throws AdapterError and whatever `assemble` throws
 */
export async function withHome<T>(
  directory: string,
  assemble: (resources: PeerResources) => Promise<T>,
): Promise<T> {
  const home = await openHome(directory);
  const resources: PeerResources = {
    home,
    log: new RecentLog(createNodeLog({ file: home.logFile, level: "info" }), () => Date.now()),
  };
  try {
    return await assemble(resources);
  } catch (error) {
    await release(resources);
    throw error;
  }
}

/** How disks are opened. */
export interface DisksChoice extends BlocksChoice {
  /** Where records are damaged: go on with those that can be read. */
  readonly salvages?: boolean | undefined;
}

function tellSalvaged(
  { records, asideDirectory }: Salvaged,
  log: NodeLog,
  { onWarning }: DisksChoice,
): void {
  log.warn("records salvaged", { records, asideDirectory });
  onWarning?.(
    `The records were damaged. ${records} could be read, and this peer goes on with them: look through what you have stored, your contacts and groups. The damaged ones are kept in ${asideDirectory}, and blocks that may belong to them stay as well: remove that directory once you do not miss anything.`,
  );
}

/**
 * Opens the records of the home and its blocks, wherever they are; damaged blocks are told to the log.
 * @throws DiskError or AdapterError with what to do next
 */
export async function openDisks(
  resources: PeerResources,
  choice: DisksChoice = {},
): Promise<{ readonly records: NodeRecordStore; readonly blocks: NodeBlockStore }> {
  const { home, log } = resources;
  allowRelaxedSimd();
  const opening = [
    openRecordStore(home.recordsDirectory, {
      salvages: choice.salvages === true,
      beforeSalvage: () => home.forgetPlace(),
    }).then((records) => {
      resources.records = records;
      if (records.salvaged !== undefined) tellSalvaged(records.salvaged, log, choice);
      return records;
    }),
    openBlocks(home, choice, {
      onDamage: ({ segment, offset, kind, detail }) => {
        const where = { segment, offset, detail };
        if (kind === "unfinished") log.info("unfinished write cut off", where);
        else log.warn("blocks damaged", where);
      },
    }).then((blocks) => {
      resources.blocks = blocks;
      return blocks;
    }),
  ] as const;
  // If one of them fails, the other must have come to an end before it can be closed.
  await Promise.allSettled(opening);
  const [records, blocks] = await Promise.all(opening);
  return { records, blocks };
}

/** Stops the peer and closes everything, what stands on something else before that. */
export async function release(resources: PeerResources): Promise<void> {
  const { tun, fullTunnels, mounts, api, net, udp, tcp, records, blocks, home, log } = resources;
  await fullTunnels?.close();
  await tun?.close();
  await mounts?.close();
  await resources.lan?.close();
  await resources.resolver?.close();
  resources.stopPeer?.();
  resources.saveMemory?.();
  resources.batches?.();
  await Promise.all([resources.layering?.close(), resources.stripes?.close()]);
  await Promise.all([api?.close(), net?.close()]);
  await Promise.all([udp?.shutdown(), tcp?.shutdown()]);
  await Promise.all([records?.close(), blocks?.close()]);
  await home.close();
  await log.close();
}
