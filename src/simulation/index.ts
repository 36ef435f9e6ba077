export { type AbstractStretch, abstractStretch } from "./abstract-stretch.ts";
export { SimulationError } from "./errors.ts";
export {
  BAD_DISKS,
  CALM,
  type DiskRefusal,
  type FaultPlan,
  type FaultProfile,
  type Outage,
  type Partition,
  planFaults,
  ROUGH,
} from "./fault-plan.ts";
export { type FaultCounts, FaultRunner, type FaultScene } from "./fault-runner.ts";
export { linkCost, topologyFromJson, withDrawnCosts } from "./graph-costs.ts";
export { communityGraph, geometricGraph, gnmGraph, scaleFreeGraph } from "./graph-models.ts";
export {
  type Graph,
  graphFromLinks,
  gridGraph,
  isConnected,
  type LinkList,
  lineGraph,
  randomGraph,
  reachableFrom,
  ringGraph,
  treeGraph,
} from "./graphs.ts";
export * as limits from "./limits.ts";
export { createMemoSuite } from "./memo-suite.ts";
export {
  type DiskFaultCounts,
  DiskFaults,
  MemoryBlockStore,
  type MemoryDiskOptions,
  MemoryRecordStore,
} from "./memory-disk.ts";
export { type Backup, backupCoverage } from "./mesh/backup.ts";
export { bumpSeqno } from "./mesh/bump.ts";
export { type CutLink, isolate, mend, moveTo, partition } from "./mesh/changes.ts";
export { currentGraph, layGraph } from "./mesh/lay.ts";
export { LoopWatch } from "./mesh/loops.ts";
export { type Spread, spreadOf } from "./mesh/spread.ts";
export { meshHash } from "./mesh/state-hash.ts";
export { drawPairs, packetStretch, SessionProbes, type Stretch } from "./mesh/stretch.ts";
export type { LinkTraits, MeshEvents, MeshOptions, Trip } from "./mesh/types.ts";
export { MeshWorld } from "./mesh/world.ts";
export { runScenario, type ScenarioOptions, type ScenarioResult } from "./scenario.ts";
export { Ways } from "./shortest.ts";
export { type DiskDefect, SimDisk } from "./sim-disk.ts";
export {
  SimPeer,
  type SimPeerCounts,
  type SimPeerObserver,
  type SimPeerOptions,
} from "./sim-peer.ts";
export { createToySuite } from "./toy-suite.ts";
export {
  GOOD_LINK,
  type LinkProfile,
  type NetworkFaults,
  VirtualNetwork,
} from "./virtual-network.ts";
export { World } from "./world.ts";
