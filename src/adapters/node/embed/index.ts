export { AdapterError } from "../errors.ts";
export { type Caller, type EmbedOptions, type NodePeer, startNodePeer } from "./peer.ts";
