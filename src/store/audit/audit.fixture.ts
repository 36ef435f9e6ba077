import { must } from "../../base/errors.ts";
import type { PeerId } from "../../identity/index.ts";
import { pattern, STRIPE } from "../jobs.fixture.ts";
import { rootOf } from "../link.ts";
import type { TestNet, TestPeer } from "../net.fixture.ts";
import type { AuditedHolder, AuditReport } from "./report.ts";

/** The code of test objects: any 2 fragments give the first layer, any 4 all of it. */
export const N = 12;

/** A village whose every peer holds one fragment, or a few, of one object in two layers. */
export interface Village {
  readonly net: TestNet;
  readonly owner: TestPeer;
  readonly holders: readonly TestPeer[];
  readonly link: string;
  readonly root: string;
}

/** Puts an object of two layers among so many peers besides the owner and lets it spread. */
export function makeVillage(net: TestNet, peers: number = N - 1): Village {
  const options = { stripeBytes: STRIPE };
  const owner = net.add(options);
  const others = net.addMany(peers, options);
  const layers = [
    { k: 2, sizeBytes: 3_000, role: "preview" as const },
    { k: 4, sizeBytes: undefined, role: "body" as const },
  ];
  let link: string | undefined;
  const job = owner.store.beginPut(
    { name: "thing.bin", k: 4, n: N, nMax: N, layers },
    {
      onDone: (done) => {
        link = done;
      },
      onError: (error) => {
        throw error;
      },
    },
  );
  job.write(pattern(30_000));
  job.finish();
  net.settle(20_000);
  const made = must(link, "a put ends");
  const root = rootOf(made);
  const holders = [owner, ...others].filter((peer) => peer.fragments(root) > 0);
  return { net, owner, holders, link: made, root };
}

/** An audit to its end. */
export function audit(net: TestNet, peer: TestPeer, linkOrRoot: string): AuditReport {
  let report: AuditReport | undefined;
  peer.store.keeping.audit(linkOrRoot, (done) => {
    report = done;
  });
  net.until(() => report !== undefined, 120_000);
  return must(report, "an audit ends");
}

/** What was found of one holder. */
export function holderIn(report: AuditReport, peer: PeerId): AuditedHolder {
  return must(
    report.holders.find((holder) => holder.peer === peer),
    "the holder was audited",
  );
}

/** The keys of all blocks on a peer's disk. */
export function blocksOf(peer: TestPeer): string[] {
  return [...peer.disk.blocks.keys()].sort();
}
