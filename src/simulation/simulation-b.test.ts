import { describe } from "vitest";
import { testSeeds } from "./seeds.fixture.ts";

describe("16 peers under 20 % loss, partitions and crashes", () => testSeeds(106, 115));
