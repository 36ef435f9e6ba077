import type { Told } from "../told.ts";

const whose = (name: string | undefined): string => name ?? "Das Gerät";
/** A size; an older peer tells gigabytes only. */
const sizeOf = ({ size, gigabytes = "" }: Readonly<Record<string, string | number>>): string =>
  String(size ?? `${gigabytes} GB`).replace(".", ",");
const alone = (title: string): { title: string; advice: string } => ({ title, advice: "" });

/** What the peer tells with a code, in German. */
export const told: Told = {
  why: {
    came: () => "Sie kam auf diesem Gerät an.",
    "sent-elsewhere": () =>
      "Ein anderes deiner Geräte hat sie gesendet; nur jenes weiß, wie weit sie ist.",
    "no-device": () =>
      "Hier ist noch kein Gerät der Person bekannt. Die Nachricht geht hinaus, sobald eines erreichbar ist. Bitte die Person, Peernet zu starten.",
    arrived: () => "Sie ist angekommen.",
    revoked: () =>
      "Dieses Gerät wurde widerrufen: Niemand nimmt mehr Nachrichten von ihm an. Schreibe sie auf einem anderen deiner Geräte.",
    "arrived-on-some": ({ count = 0, total = 0 }) =>
      `Sie ist auf ${count} von ${total} Geräten angekommen.`,
    read: ({ name, atMs = 0 }, time) => `Auf ${whose(name)} gelesen, ${time(atMs)}.`,
    delivered: ({ name, atMs = 0 }, time) => `${whose(name)} zugestellt, ${time(atMs)}.`,
    "no-room": ({ name }) =>
      `${whose(name)} ist erreichbar, hat aber keinen Platz: Die Platte ist voll, oder zu viel ist ungelesen. Bitte die Person, ihre Nachrichten zu lesen oder Platz zu schaffen. Es wird von selbst wieder versucht.`,
    "keys-coming": ({ name }) =>
      `${whose(name)} ist erreichbar; die Schlüssel für neue Nachrichten werden geholt. Warte einen Augenblick. Bleibt es so, hat die Person ein älteres Peernet: Bitte sie, es zu erneuern.`,
    "going-out": ({ name }) => `${whose(name)} ist erreichbar; sie geht gerade hinaus.`,
    "held-long": ({ name, atMs = 0 }, time) =>
      `${whose(name)} hat sie seit ${time(atMs)}, und die Person war seither da: Vielleicht wird sie nicht weitergegeben. Andere Wege werden weiter versucht. Frage ${whose(name)}, ob das Peernet dort läuft, oder sag es der Person.`,
    "with-anchors": ({ count = 0, total = 0, atMs = 0 }, time) =>
      `Die Person ist weg. Die Nachricht ist seit ${time(atMs)} bei ${count} von ${total} ihrer Anker und wird übergeben, sobald die Person erreichbar ist. Du musst nichts tun.`,
    carried: ({ count = 0, atMs = 0 }, time) =>
      `Die Person ist weg. Seit ${time(atMs)} ${count === 1 ? "trägt einer deiner Kontakte" : `tragen ${count} deiner Kontakte`} die Nachricht; sie wird übergeben, sobald die Person erreichbar ist. Du musst nichts tun.`,
    "no-keys": ({ name }) =>
      `${whose(name)} ist weg, und die Schlüssel für neue Nachrichten sind noch nicht hier. Es muss einmal erreichbar sein: Bitte die Person, Peernet zu starten, während deines läuft.`,
    alone: ({ name }) =>
      `${whose(name)} ist weg, und niemand verwahrt Nachrichten dafür: Sie wartet nur hier. Lass diesen Peer laufen, bis die Person erreichbar ist, oder bring sie hin: peernet carry out FILE --to WHO`,
    "holders-away": ({ name, names = [] }) =>
      `${whose(name)} ist weg, und die, die Nachrichten dafür verwahren, sind es auch: ${names.join(", ")}. Sie geht hinaus, sobald jemand davon erreichbar ist. Lass diesen Peer laufen.`,
  },
  findings: {
    "running-not": () => ({
      title: "Hier läuft kein Peer.",
      advice: "Starte einen mit „peernet up“.",
    }),
    neighbours: ({ count = 0, silent = 0 }) =>
      alone(
        `${count === 1 ? "Ein Nachbar" : `${count} Nachbarn`}${silent === 0 ? "" : `, ${silent} davon gerade still`}`,
      ),
    nobody: () => ({
      title: "Noch wurde niemand gefunden.",
      advice:
        "Dieser Rechner kann sich umsehen. Läuft ein anderer Peer im selben Netz, so sperrt vielleicht eine Firewall hier oder dort UDP-Port 47117 und die eigenen Ports der Peers (erlaube sie), oder das WLAN trennt seine Geräte voneinander („Client Isolation“, „Gastnetz“: nimm das Hauptnetz oder ein Kabel). Sonst verbinde von Hand: peernet link tcp://HOST:PORT, mit einer Adresse, die „peernet status“ dort zeigt.",
    }),
    "nobody-blind": () => ({
      title: "Noch wurde niemand gefunden.",
      advice:
        "Auf diesem Rechner kann sich der Peer nicht umsehen. Verbinde von Hand: peernet link tcp://HOST:PORT, mit einer Adresse, die „peernet status“ beim anderen zeigt.",
    }),
    revoked: () => ({
      title: "Dieses Gerät wurde von einem anderen deiner Geräte widerrufen, für immer.",
      advice:
        "Kontakte nehmen nichts mehr von ihm an. Um diesen Rechner wieder zu nehmen, halte diesen Peer an und beginne neu: peernet device join --home DIR, oder peernet restore --home DIR mit den 24 Wörtern.",
    }),
    clock: ({ atMs = 0 }) => alone(`Die Uhr zeigt ${new Date(atMs).toLocaleString("de")}`),
    "clock-wrong": ({ year = "" }) => ({
      title: `Die Uhr zeigt das Jahr ${year}.`,
      advice:
        "Stelle Datum und Zeit: Einladungen schienen sonst abgelaufen und Nachrichten falsch datiert. Verbinden geht trotzdem.",
    }),
    node: ({ version = "" }) => alone(`Node ${version}`),
    "node-old": ({ version = "" }) => ({
      title: `Node ${version} ist zu alt.`,
      advice: "Installiere Node 20.19 oder neuer von https://nodejs.org.",
    }),
    home: ({ home = "" }) => alone(`In den Ordner des Peers, ${home}, kann geschrieben werden`),
    "home-missing": ({ home = "" }) =>
      alone(`Den Ordner des Peers, ${home}, gibt es noch nicht; das erste „peernet up“ macht ihn`),
    "home-closed": ({ home = "" }) => ({
      title: `In den Ordner des Peers, ${home}, kann nicht geschrieben werden.`,
      advice: "Gib dir das Recht dazu, oder nimm einen anderen mit --home DIR.",
    }),
    space: (facts) => alone(`${sizeOf(facts)} frei auf der Platte des Peers`),
    "space-low": (facts) => ({
      title: `Nur ${sizeOf(facts)} sind auf der Platte des Peers frei.`,
      advice: "Schaffe Platz, oder gib anderen weniger: peernet up --give 1GB.",
    }),
    "space-unknown": ({ home = "", why = "" }) => ({
      title: `Wie viel Platz bei ${home} frei ist, lässt sich nicht lesen: ${why}`,
      advice: "Sieh selbst nach, ob die Platte Platz hat: „df -h“ zeigt es.",
    }),
    udp: ({ family = "", port = "" }) => alone(`IPv${family} ist da; unser UDP-Port ist ${port}`),
    "udp-missing": ({ family = "", why = "" }) => ({
      title: `IPv${family} fehlt auf diesem Rechner (${why}).`,
      advice: "Es geht auch ohne: Die andere Version wird genommen.",
    }),
    "udp-fast": () => alone("Viele UDP-Pakete gehen mit einem Systemaufruf hinaus und herein"),
    "udp-slow": () => alone("Jedes UDP-Paket braucht einen Systemaufruf für sich"),
    "udp-counts": ({ failed = 0, dropped = 0 }) =>
      alone(
        `UDP: ${failed} Pakete konnten nicht gesendet werden, ${dropped} fielen weg, weil die Schlange voll war`,
      ),
    multicast: ({ family = "", names = "" }) =>
      alone(`Horcht nach Peers über IPv${family} an ${names}`),
    "multicast-not": ({ family = "", why = "" }) => ({
      title: `Horcht nicht nach Peers über IPv${family}: ${why === "" ? "Keine Netzkarte mit solch einer Adresse ist an" : why}.`,
      advice: "Peers lassen sich trotzdem über ihre Adresse verbinden.",
    }),
    heard: () => alone("Unsere eigenen Rufe ins Netz kommen zurück: Multicast geht hier"),
    "heard-not-yet": () => alone("Noch ging kein Ruf ins Netz hinaus."),
    "heard-not": ({ port = "" }) => ({
      title:
        "Unsere eigenen Rufe ins Netz kommen nicht zurück: Wohl sperrt eine Firewall Multicast.",
      advice: `Erlaube UDP-Port ${port}, oder verbinde Peers über ihre Adresse.`,
    }),
    tcp: ({ where = "" }) => alone(`Wartet auf Verbindungen über TCP an ${where}`),
    "tcp-none": () =>
      alone("Wartet nicht auf Verbindungen über TCP; andere können wir trotzdem anwählen"),
    "tcp-counts": ({ count = 0, refused = 0, dropped = 0 }) =>
      alone(
        `TCP: ${count} ${count === 1 ? "Verbindung" : "Verbindungen"}, ${refused} abgewiesen, ${dropped} Pakete fielen weg`,
      ),
    tun: ({ name = "" }) => alone(`Die virtuelle Netzkarte ${name} ist an`),
    resolver: ({ host = "", port = "" }) =>
      alone(`Namen von Kontakten werden an ${host}, UDP-Port ${port}, beantwortet`),
    "resolver-not": ({ host = "", port = "", why = "" }) => ({
      title: `UDP-Port ${port} an ${host} lässt sich für Namen nicht öffnen (${why}).`,
      advice: "Nimm einen anderen: --dns-port",
    }),
  },
  looked: {
    "udp-ipv4": "UDP über IPv4",
    "udp-ipv6": "UDP über IPv6",
    "udp-fast": "Schneller Weg für UDP",
    "udp-errors": "Gesendetes über UDP",
    "multicast-ipv4": "Sich umsehen über IPv4",
    "multicast-ipv6": "Sich umsehen über IPv6",
    "multicast-heard": "Eigene Rufe ins Netz",
    "tcp-listen": "Verbindungen über TCP",
    "tcp-connections": "Zahl der Verbindungen über TCP",
    "virtual-interface": "Virtuelle Netzkarte",
    names: "Namen von Kontakten für Programme",
    resolver: "Namen von Kontakten für Programme",
  },
  fine: (what) => `${what}: in Ordnung`,
  amiss: (what) => `${what}: nicht, wie es sein sollte`,
  says: (said) => `Der Peer sagt: „${said}“`,
};
