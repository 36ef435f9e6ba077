import { createNodeClock } from "../../src/adapters/node/clock.ts";
import { createNodeSuite } from "../../src/adapters/node/crypto.ts";
import { createNodeRandom } from "../../src/adapters/node/random.ts";
import { openRecordStore } from "../../src/adapters/node/records.ts";
import { Folders } from "../../src/folders/index.ts";
import { makeLocalIdentity } from "../../src/identity/index.ts";
import { SILENT_LOG } from "../../src/ports/index.ts";

console.log(
  Folders,
  createNodeClock,
  createNodeSuite,
  createNodeRandom,
  openRecordStore,
  makeLocalIdentity,
  SILENT_LOG,
);
