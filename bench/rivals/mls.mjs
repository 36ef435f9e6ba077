// What ts-mls takes for a group of so many members: one creator adds all of them in one commit.
// Prints JSON: bytes of the welcome, CPU milliseconds to join, to process a commit that adds one
// more, and to read the kept state.
import {
  createCommit,
  createGroup,
  decodeGroupState,
  decodeMlsMessage,
  defaultCapabilities,
  defaultLifetime,
  emptyPskIndex,
  encodeGroupState,
  encodeMlsMessage,
  generateKeyPackage,
  getCiphersuiteFromName,
  getCiphersuiteImpl,
  joinGroup,
  processMessage,
} from "ts-mls";

const members = Number(process.argv[2]);
const impl = await getCiphersuiteImpl(
  getCiphersuiteFromName("MLS_128_DHKEMX25519_AES128GCM_SHA256_Ed25519"),
);
const text = new TextEncoder();
const person = (name) =>
  generateKeyPackage(
    { credentialType: "basic", identity: text.encode(name) },
    defaultCapabilities(),
    defaultLifetime,
    [],
    impl,
  );
const cpuMs = async (work) => {
  const from = process.cpuUsage();
  const value = await work();
  const used = process.cpuUsage(from);
  return { value, ms: (used.user + used.system) / 1000 };
};
const adding = (one) => ({ proposalType: "add", add: { keyPackage: one.publicPackage } });

const founder = await person("founder");
const group = await createGroup(
  text.encode("group"),
  founder.publicPackage,
  founder.privatePackage,
  [],
  impl,
);
const others = [];
for (let one = 1; one < members; one++) others.push(await person(`member ${one}`));
const first = await createCommit(
  { state: group, cipherSuite: impl },
  { extraProposals: others.map(adding), ratchetTreeExtension: true },
);
const welcome = encodeMlsMessage({
  welcome: first.welcome,
  wireformat: "mls_welcome",
  version: "mls10",
});
const last = others.at(-1);
const joined = await cpuMs(() => {
  const [decoded] = decodeMlsMessage(welcome, 0);
  return joinGroup(decoded.welcome, last.publicPackage, last.privatePackage, emptyPskIndex, impl);
});
const guest = await person("guest");
const second = await createCommit(
  { state: first.newState, cipherSuite: impl },
  { extraProposals: [adding(guest)] },
);
const processed = await cpuMs(() =>
  processMessage(second.commit, joined.value, emptyPskIndex, () => "accept", impl),
);
const kept = encodeGroupState(joined.value);
const loaded = await cpuMs(() => decodeGroupState(kept, 0));
console.log(
  JSON.stringify({
    welcomeBytes: welcome.length,
    joinMs: joined.ms,
    addMs: processed.ms,
    loadMs: loaded.ms,
    stateBytes: kept.length,
  }),
);
