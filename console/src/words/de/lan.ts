import type { lan as english } from "../en/lan.ts";

/** Words about browsers that may show this page, in German. */
export const lan: typeof english = {
  intro:
    "Ein Telefon im selben Netz kann diese Seite zeigen: Es benutzt diesen Peer und braucht keinen eigenen.",
  onlyThere:
    "Du schaust aus einem gekoppelten Browser. Diese Seite geht nur am Gerät des Peers selbst.",
  door: "Lokales Netz",
  isOpen: (port) =>
    `Gekoppelten Browsern im selben Netz wird geantwortet, an Port ${port}, mit TLS versiegelt.`,
  isClosed: "Nur diesem Gerät wird geantwortet.",
  open: "Dem lokalen Netz antworten",
  close: "Wieder nur diesem Gerät",
  pair: "Browser koppeln",
  paired: (name) => `${name} ist gekoppelt.`,
  scan: "Scanne das mit der Kamera des Telefons, im selben Netz. Es koppelt einen Browser.",
  address: "Adresse dieses Geräts",
  certificate:
    "Das Telefon warnt vor dem Zertifikat, weil niemand als dieser Peer dafür bürgt. Geh weiter, wenn es diesen SHA-256 zeigt; im eigenen Netz kannst du das überspringen.",
  qr: "Der Link als QR-Code",
  link: "Link, der einen Browser koppelt",
  noAddress:
    "Dieses Gerät hat keine Adresse im lokalen Netz. Verbinde es mit dem Netz des Telefons.",
  browsers: "Gekoppelte Browser",
  none: "Noch keiner.",
  here: "auf diesem Gerät",
  connected: "verbunden",
  seen: (time) => `gesehen ${time}`,
  removeTitle: (name) => `${name} entfernen?`,
  removeText:
    "Er wird ab sofort nicht mehr eingelassen. Was er schon zeigt, kann er weiter zeigen.",
  pairTitle: "Diesen Browser koppeln",
  pairText:
    "Er kann dann fast alles, was die Seite am Peer selbst kann, bis ihn dort jemand entfernt.",
  pairName: "Wie er dort heißt",
  pairAction: "Koppeln",
  pairWarning: "Nur in einem Browser, den sonst niemand benutzt.",
  usualName: (device) =>
    ({ Macintosh: "Mac", CrOS: "Chromebook", "": "Browser" })[device] ?? device,
  notPaired: "Dieser Browser ist nicht gekoppelt",
  notPairedText:
    "Koppel ihn am Gerät des Peers, unter Optionen, Telefone und Browser. Oder dort im Terminal:",
  command: "peernet console --lan",
  appName: "Peernet-App",
};
