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
export {
  type DiskFaultCounts,
  DiskFaults,
  MemoryBlockStore,
  type MemoryDiskOptions,
  MemoryRecordStore,
} from "./memory-disk.ts";
export { runScenario, type ScenarioOptions, type ScenarioResult } from "./scenario.ts";
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
