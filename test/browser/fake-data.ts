import type {
  ContactBody,
  DoctorBody,
  MapBody,
  MessageBody,
  PeersBody,
  StatusBody,
} from "../../src/api/contract.ts";
import type { KeepingBody } from "../../src/api/contract-keeping.ts";
import type { RequestBody, RequestsBody } from "../../src/api/contract-people.ts";
import type { LayerBody, ObjectBody } from "../../src/api/contract-store.ts";
import { type FakeFolder, fakeFolder } from "./fake-folders.ts";
import { fakeKeeping } from "./fake-keeping.ts";
import { NOW_MS } from "./fake-time.ts";

/** What the fake peer has around it. */
export type Scene = "alone" | "street" | "crowd" | "city";

/** Everything the fake peer answers with; tests change it while it runs. */
export interface World {
  status: StatusBody;
  map: MapBody;
  peers: PeersBody;
  contacts: ContactBody[];
  requests: RequestsBody;
  /** What was answered to requests. */
  answers: string[];
  messages: MessageBody[];
  objects: ObjectBody[];
  readonly folders: FakeFolder[];
  keeping: KeepingBody;
  doctor: DoctorBody;
  /** Queries of every put and of every look, in order. */
  readonly puts: Record<string, string>[];
  readonly looks: Record<string, string>[];
  /** Holds back the answer to a look, so that a test sees what is on the page before. */
  lookGate: ((query: URLSearchParams) => Promise<void>) | undefined;
}

/** Names that would like to be more than names. */
export const HOSTILE: {
  readonly script: string;
  readonly image: string;
  readonly bidi: string;
  readonly long: string;
} = {
  script: "<script>globalThis.broken = true</script>",
  image: '"><img src=x onerror="globalThis.broken = true">',
  bidi: "\u202egpj.exe\u2066 invoice",
  long: "W".repeat(10_240),
};

/** An id that looks like a key's, made from a number. */
export function idOf(index: number): string {
  let text = "";
  let state = index + 1;
  for (let digit = 0; digit < 52; digit += 1) {
    state = (state * 48_271 + 11) % 2_147_483_647;
    text += "abcdefghijklmnopqrstuvwxyz234567"[(state >> 8) % 32];
  }
  return text;
}

/** A mesh address, made from a number. */
export function addressOf(index: number): string {
  const groups = Array.from({ length: 7 }, (_, at) => ((index + 3) * 40_503 * (at + 5)) % 65_536);
  return `fd7a:${groups.map((group) => group.toString(16)).join(":")}`;
}

const NAMES = [
  "kitchen-pi",
  "Anna",
  "Ben's laptop",
  "Café router",
  "Miriam",
  "roof-antenna",
  "Jonas phone",
  "library",
  "bike-shed",
  "Oma",
  "workshop",
  "Tariq",
  "school-2",
  "boat",
  "garden",
  "bakery",
];

/** The mesh of a scene: `size` other peers in a loose neighbourhood. */
function meshOf(size: number): Pick<World, "map" | "peers"> {
  const links: MapBody["links"][number][] = [];
  const add = (from: number, to: number, cost: number): void => {
    links.push({ a: idOf(from), b: idOf(to), cost, roundTripMs: cost - 24, deliveryRatio: 1 });
  };
  const parents: number[] = [0];
  const hops: number[] = [0];
  const direct = Math.min(size, size > 50 ? 9 : 4);
  for (let index = 1; index <= size; index += 1) {
    const parent =
      index <= direct
        ? 0
        : 1 + (((index * 48_271) >> 3) % Math.min(index - 1, size > 500 ? 400 : 34));
    parents.push(parent);
    hops.push((hops[parent] ?? 0) + 1);
    add(parent, index, [26, 31, 90, 26, 340, 45][index % 6] ?? 26);
    if (index % 3 === 0 && index > 2) {
      add(index - 1, index, 120);
      hops[index] = Math.min(hops[index] ?? 9, (hops[index - 1] ?? 9) + 1);
    }
  }
  // A city has two and a half links for each of its peers.
  for (let extra = 0; size > 500 && links.length < 5_120; extra += 1) {
    const from = 10 + ((extra * 7_919) % (size - 20));
    add(from, from + 1 + ((extra * 31) % 9), [26, 45, 120, 300][extra % 4] ?? 26);
  }
  const all = Array.from({ length: size }, (_, at) => at + 1);
  const nameOf = (index: number): string =>
    index <= NAMES.length ? (NAMES[index - 1] ?? "") : `peer-${index}`;
  const contactOf = (index: number): string | null =>
    ({ 2: "Anna", 5: "Miriam", 7: "Jonas" })[index] ?? null;
  return {
    map: {
      self: idOf(0),
      peers: all.map((index) => ({
        peerId: idOf(index),
        name: nameOf(index),
        hops: hops[index] ?? 1,
        contact: contactOf(index),
      })),
      links,
    },
    peers: {
      neighbours: all.slice(0, direct).map((index) => ({
        peerId: idOf(index),
        address: addressOf(index),
        name: nameOf(index),
        cost: 26,
        roundTripMs: 1.7 * index,
        deliveryRatio: 0.998,
        frameBytes: 1_452,
        suspect: false,
        endpoints: [`udp:192.168.1.${20 + index}:4711`],
      })),
      peers: all.map((index) => ({
        peerId: idOf(index),
        address: addressOf(index),
        name: nameOf(index),
        contact: contactOf(index),
        hops: hops[index] ?? 1,
        metric: 26 * (hops[index] ?? 1),
        nextHop: idOf(1 + (index % Math.max(1, direct))),
        alternate: index % 4 === 0 ? null : idOf(1 + ((index + 1) % Math.max(1, direct))),
      })),
    },
  };
}

function contact(index: number, petname: string, change: Partial<ContactBody>): ContactBody {
  return {
    personId: idOf(1000 + index),
    petname,
    state: "met",
    reachable: true,
    hops: 1,
    unreadCount: 0,
    addedAtMs: NOW_MS - index * 86_400_000,
    howMet: "They used an invite of yours",
    verified: index === 0,
    blocked: false,
    pictureAtMs: null,
    ...change,
  };
}

const TALK: readonly (readonly ["in" | "out", string])[] = [
  ["in", "Did the antenna on the roof survive the storm?"],
  ["out", "Yes! The link to the library is even better than before: 4 ms."],
  ["in", "Lovely. Can you keep a copy of the choir recordings on your drive?"],
  ["out", "Of course. Send me the link and I fetch them tonight."],
  ["in", "peernet:object/abc2defghijk4lmnopqrstuv5wxyz234567abcdefghijklmnopqrstuvwxyz"],
  ["out", "Got it 🎵\n\nSee you on Sunday?"],
  ["in", "שלום! אני מביאה עוגה"],
];

/** A conversation with a contact. */
export function talkWith(person: ContactBody): MessageBody[] {
  return TALK.map(([direction, text], index) => ({
    id: `${person.personId}-${String(index).padStart(4, "0")}`,
    contact: person.petname,
    personId: person.personId,
    direction,
    text,
    sentAtMs: NOW_MS - (TALK.length - index) * 240_000 - (index < 2 ? 86_400_000 : 0),
    state: direction === "out" ? (index === 5 ? "waiting" : "delivered") : "unread",
    deliveredAtMs: null,
    kind: "text",
  }));
}

/** What the fake peer takes a file for, by the end of its name. */
const TYPES: Readonly<Record<string, string>> = {
  jpg: "image/jpeg",
  txt: "text/plain",
  html: "text/html",
  flac: "audio/flac",
  mp4: "video/mp4",
  pdf: "application/pdf",
};

/** What an object with `alive` of 40 fragments is made of: photos have a layer more. */
function layersOf(mediaType: string, alive: number): readonly LayerBody[] {
  const parts: readonly (readonly [number, LayerBody["role"]])[] = mediaType.startsWith("image/")
    ? [
        [3, "preview"],
        [10, "body"],
        [20, "body"],
      ]
    : [
        [3, "preview"],
        [20, "body"],
      ];
  return parts.map(([k, role]) => ({ k, role, sizeBytes: k * 1000, isReadable: alive >= k }));
}

/** An object with `alive` of 40 fragments. */
export function objectOf(index: number, name: string, alive: number, here: number): ObjectBody {
  const waiting = Math.max(0, here - 6);
  const ending = name.split(".").at(-1) ?? "";
  const mediaType = Object.hasOwn(TYPES, ending) ? (TYPES[ending] ?? "") : "";
  return {
    link: `peernet:object/${idOf(2000 + index)}${idOf(3000 + index)}`,
    cid: `b${idOf(4000 + index)}`,
    name,
    mediaType,
    sizeBytes: [4_812_345, 132_000, 1_900_400_000, 48_211][index % 4] ?? 1,
    createdAtMs: NOW_MS - index * 7_200_000,
    k: 20,
    n: 40,
    nMax: 64,
    health: {
      alive,
      here,
      waiting,
      holders: here === 40 ? 1 : 6,
      layers: layersOf(mediaType, alive),
      summary:
        alive < 20
          ? `Not readable now: ${20 - alive} more fragments are needed.`
          : here === 40
            ? "All fragments are on this peer only: it is gone if this disk is."
            : `Survives the loss of any ${Math.floor((alive - 20) / 7) + 1} peers.`,
    },
  };
}

/** Findings that only their words tell. */
const PLAIN = { code: null, facts: {} } as const;

const DOCTOR: DoctorBody = {
  findings: [
    { ...PLAIN, id: "disk", level: "ok", title: "The disk has 48 GB free", advice: "" },
    { ...PLAIN, id: "lan", level: "ok", title: "Peers on this network are found", advice: "" },
    {
      ...PLAIN,
      id: "firewall",
      level: "problem",
      title: "Nobody reaches UDP port 4711 from outside",
      advice: "Allow incoming UDP on port 4711 in this computer's firewall, then look again.",
    },
    {
      ...PLAIN,
      id: "backup",
      level: "hint",
      title: "Three objects are on this peer only",
      advice: "Keep the peer running while others are near; fragments spread by themselves.",
    },
  ],
};

const CHOIR: Parameters<typeof fakeFolder>[2] = [
  ["scores", { kind: "folder", sizeBytes: 0 }],
  ["scores/alto.pdf", {}],
  ["scores/tenor.pdf", {}],
  ["programme.odt", { sizeBytes: 48_300 }],
  ["addresses.txt", { sizeBytes: 812 }],
];

const STRANGER: RequestBody = {
  id: "0f".repeat(16),
  personId: idOf(1700),
  provenance: "Miriam introduces somebody whom they call 'baker', and who calls themselves 'Anna'.",
  text: "Rolls <img src=x onerror=alert(1)> at https:/ /example.org",
  atMs: NOW_MS - 3_600_000,
  endsAtMs: NOW_MS + 600_000_000,
  looksLike: "Anna",
  suggestedName: "baker",
  device: "Phone",
};

/** A world for a scene. */
export function worldOf(scene: Scene): World {
  const size = { alone: 0, street: 11, crowd: 100, city: 1_999 }[scene];
  const mesh = meshOf(size);
  const contacts =
    scene === "alone"
      ? []
      : [
          contact(0, "Anna", { unreadCount: 4 }),
          contact(1, "Miriam", { hops: 2 }),
          contact(2, "Jonas", { reachable: false, hops: null }),
          contact(3, "Oma", { state: "asked", reachable: false, hops: null }),
        ];
  const [anna] = contacts;
  return {
    ...mesh,
    contacts,
    requests: {
      requests: scene === "street" ? [STRANGER] : [],
      waiting: [],
      sent: [],
      settings: { perDay: 3, relay: false, findable: false },
    },
    answers: [],
    messages: anna === undefined ? [] : talkWith(anna),
    objects:
      scene === "alone"
        ? []
        : [
            objectOf(0, "choir-2026-06.flac", 39, 6),
            objectOf(1, "Grandmother's recipes.pdf", 40, 40),
            objectOf(2, "roof survey.mp4", 26, 6),
            objectOf(3, "old-notes.txt", 14, 5),
            objectOf(4, "harbour.jpg", 38, 6),
          ],
    doctor: DOCTOR,
    folders: scene === "alone" ? [] : [fakeFolder(1, "Choir", CHOIR), fakeFolder(2, "Photos")],
    keeping: fakeKeeping(scene === "alone" ? [] : NAMES.slice(1, 3)),
    puts: [],
    looks: [],
    lookGate: undefined,
    status: {
      version: "0.1.0",
      name: "Lena's laptop",
      address: addressOf(0),
      peerId: idOf(0),
      personId: idOf(999),
      isRevoked: false,
      pictureAtMs: null,
      home: "~/.peernet",
      uptimeMs: 93_780_000,
      listening: ["udp:0.0.0.0:4711", "tcp:0.0.0.0:4711"],
      neighbourCount: mesh.peers.neighbours.length,
      reachableCount: size,
      contactCount: contacts.length,
      unreadCount: contacts.reduce((sum, person) => sum + person.unreadCount, 0),
      messagesWaiting: scene === "alone" ? 0 : 1,
      store: {
        usedBytes: scene === "alone" ? 0 : 3_412_000_000,
        quotaBytes: 10_000_000_000,
        objectCount: scene === "alone" ? 0 : 5,
        fragmentCount: scene === "alone" ? 0 : 1_284,
        sentBytes: 0,
        healing: { watched: 0, sick: 0, healing: 0, healed: 0, inPassing: 0, made: 0, failed: 0 },
        audits: { isOn: true, objects: 0, proved: 0, wrong: 0, lost: 0, silent: 0, lastAtMs: 0 },
      },
      memory: { rssBytes: 88_400_000, heapUsedBytes: 31_000_000, externalBytes: 9_000_000 },
    },
  };
}
