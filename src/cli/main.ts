#!/usr/bin/env node
import { BundleLoader } from "../adapters/node/code-cache.ts";
import { PROGRAM_FILE } from "./places.ts";

type Program = typeof import("./program.ts");

const program = new BundleLoader().load(PROGRAM_FILE) as Program;
await program.runCommandLine(process.argv.slice(2));
