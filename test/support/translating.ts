import { once } from "node:events";
import { connect, createServer, type Socket } from "node:net";
import { listening } from "./fake-server.js";
import { createFramer, type Message, packet } from "./wire.js";

/** What a server with another lc_messages says: severity, message, detail and hint in its language, V, SQLSTATE and source as ever. */
export interface Language {
  readonly severities: Readonly<Record<string, string>>;
  readonly text: string;
}
export const GERMAN: Language = {
  severities: { ERROR: "FEHLER", FATAL: "FATAL", WARNING: "WARNUNG", NOTICE: "HINWEIS" },
  text: "Meldung in einer anderen Sprache",
};
export const JAPANESE: Language = {
  severities: { ERROR: "エラー", FATAL: "致命的", WARNING: "警告", NOTICE: "通知" },
  text: "別の言語のメッセージ",
};

export interface Translator {
  readonly port: number;
  readonly stop: () => Promise<void>;
}

/** In front of a server whose binaries have no translations. */
export async function startTranslator(server: { readonly host: string; readonly port: number }, language: Language): Promise<Translator> {
  const sockets = new Set<Socket>();
  const listener = createServer((client) => {
    const backend = connect({ port: server.port, host: server.host, noDelay: true });
    client.setNoDelay(true);
    const frame = createFramer("message");
    client.on("data", (bytes) => backend.write(bytes));
    backend.on("data", (bytes) => client.write(Buffer.concat(frame(bytes).map((message) => translated(message, language)))));
    for (const [one, other] of [
      [client, backend],
      [backend, client],
    ] as const) {
      sockets.add(one);
      one.on("error", () => other.destroy());
      one.on("close", () => other.end());
    }
  });
  const port = await listening(listener);
  return {
    port,
    stop: async () => {
      for (const socket of sockets) socket.destroy();
      listener.close();
      await once(listener, "close");
    },
  };
}

const IN_WORDS = "MDHW";

function translated({ type, body, raw }: Message, { severities, text }: Language): Buffer {
  if (type !== "E" && type !== "N") return raw;
  const fields = body
    .toString()
    .split("\0")
    .filter((field) => field !== "")
    .map((field) => {
      const [kind = "", value] = [field[0], field.slice(1)];
      if (kind === "S") return `S${severities[value] ?? value}`;
      return IN_WORDS.includes(kind) ? `${kind}${text}` : field;
    });
  return packet(type, `${fields.join("\0")}\0\0`);
}
