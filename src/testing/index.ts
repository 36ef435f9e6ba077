export { ManualClock, testIdentity, testRandom } from "./fixtures.ts";
