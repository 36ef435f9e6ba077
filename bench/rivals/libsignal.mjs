// Signal's own library at the task of the rows `bytes` and `speed`: bodies of 104 bytes both ways, who
// speaks drawn by lot. Prints JSON. Run only to compare; nothing of it is shipped.
// node libsignal.mjs <file of the library> <messages>
const [file, count] = process.argv.slice(2);
const signal = await import(file);

class Sessions extends signal.SessionStore {
  records = new Map();
  key(name) {
    return `${name.name()}.${name.deviceId()}`;
  }
  async saveSession(name, record) {
    this.records.set(this.key(name), record.serialize());
  }
  async getSession(name) {
    const bytes = this.records.get(this.key(name));
    return bytes ? signal.SessionRecord.deserialize(bytes) : null;
  }
  async getExistingSessions(names) {
    return Promise.all(names.map((name) => this.getSession(name)));
  }
}

class Identities extends signal.IdentityKeyStore {
  pair = signal.PrivateKey.generate();
  known = new Map();
  async getIdentityKey() {
    return this.pair;
  }
  async getLocalRegistrationId() {
    return 7;
  }
  async saveIdentity(name, key) {
    this.known.set(name.name(), key);
    return 0;
  }
  async isTrustedIdentity() {
    return true;
  }
  async getIdentity(name) {
    return this.known.get(name.name()) ?? null;
  }
}

function keyStore(Base, kind) {
  const records = new Map();
  return Object.assign(new (class extends Base {})(), {
    [`save${kind}`]: async (id, record) => void records.set(id, record),
    [`get${kind}`]: async (id) => records.get(id),
    [`remove${kind}`]: async (id) => void records.delete(id),
    [`mark${kind}Used`]: async () => undefined,
  });
}

function party(name) {
  return {
    address: signal.ProtocolAddress.new(name, 1),
    sessions: new Sessions(),
    identities: new Identities(),
    pre: keyStore(signal.PreKeyStore, "PreKey"),
    signed: keyStore(signal.SignedPreKeyStore, "SignedPreKey"),
    kyber: keyStore(signal.KyberPreKeyStore, "KyberPreKey"),
  };
}

async function bundleOf(one) {
  const { pair } = one.identities;
  const now = Date.now();
  const [pre, signed] = [signal.PrivateKey.generate(), signal.PrivateKey.generate()];
  const kyber = signal.KEMKeyPair.generate();
  const signedBy = pair.sign(signed.getPublicKey().serialize());
  const kyberBy = pair.sign(kyber.getPublicKey().serialize());
  await one.pre.savePreKey(1, signal.PreKeyRecord.new(1, pre.getPublicKey(), pre));
  const record = signal.SignedPreKeyRecord.new(1, now, signed.getPublicKey(), signed, signedBy);
  await one.signed.saveSignedPreKey(1, record);
  await one.kyber.saveKyberPreKey(1, signal.KyberPreKeyRecord.new(1, now, kyber, kyberBy));
  return signal.PreKeyBundle.new(
    ...[7, 1, 1, pre.getPublicKey(), 1, signed.getPublicKey(), signedBy],
    ...[pair.getPublicKey(), 1, kyber.getPublicKey(), kyberBy],
  );
}

async function pass(from, to, body) {
  const sealed = await signal.signalEncrypt(
    ...[body, to.address, from.address, from.sessions, from.identities],
  );
  const bytes = sealed.serialize();
  const isFirst = sealed.type() === signal.CiphertextMessageType.PreKey;
  const opened = isFirst
    ? await signal.signalDecryptPreKey(
        ...[signal.PreKeySignalMessage.deserialize(bytes), from.address, to.address],
        ...[to.sessions, to.identities, to.pre, to.signed, to.kyber],
      )
    : await signal.signalDecrypt(
        ...[signal.SignalMessage.deserialize(bytes), from.address, to.address],
        ...[to.sessions, to.identities],
      );
  if (Buffer.compare(opened, body) !== 0) throw new RangeError("A body came out changed.");
  return bytes.length;
}

const [a, b] = [party("a"), party("b")];
const bundle = await bundleOf(b);
await signal.processPreKeyBundle(bundle, b.address, a.address, a.sessions, a.identities);
const body = new Uint8Array(104).fill(7);
const first = await pass(a, b, body);
await pass(b, a, body);
let bytes = 0;
let state = 1;
const before = process.cpuUsage();
for (let i = 0; i < Number(count); i++) {
  state = (Math.imul(state, 1_103_515_245) + 12_345) >>> 0;
  bytes += (state >>> 16) & 1 ? await pass(a, b, body) : await pass(b, a, body);
}
const used = process.cpuUsage(before);
const perSecond = Math.round((Number(count) * 1e6) / (used.user + used.system));
console.log(
  JSON.stringify({ first, mean: Math.round((bytes / Number(count)) * 10) / 10, perSecond }),
);
