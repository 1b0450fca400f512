import { failed, type Parsed, parsed } from "./fault.js";

export interface Address {
  /** A host name, an IP address without brackets, or the folder of a unix socket. */
  readonly host: string;
  readonly port: number;
}

const MAX_PORT = 65_535;

/** HOST:PORT, [IPv6]:PORT or /SOCKET/FOLDER:PORT. */
export function parseAddress(text: string): Parsed<Address> {
  const match = /^(\[[0-9A-Fa-f:.%\w]+\]|\/[^:]*|[A-Za-z0-9._-]+):(\d{1,5})$/.exec(text);
  const port = Number(match?.[2]);
  // A connection string may hold a password.
  if (text.includes("@")) return failed("wrong-value", "Expected an address, got a connection string.", addressHint(text));
  if (!match?.[1]) return failed("wrong-value", `Expected an address, got "${text}".`, addressHint(text));
  if (port < 1 || port > MAX_PORT)
    return failed(
      "wrong-value",
      `Port ${port} is not between 1 and ${MAX_PORT}.`,
      "PostgreSQL listens on 5432 unless it was told otherwise.",
    );
  return parsed({ host: match[1].replace(/^\[|\]$/g, ""), port });
}

export const isSocket = (host: string): boolean => host.startsWith("/");

/** Nothing that is sent here leaves the machine. */
export const isLocal = (host: string): boolean =>
  isSocket(host) || host === "localhost" || host === "::1" || /^127(\.\d{1,3}){3}$/.test(host);

function addressHint(text: string): string {
  if (/^[0-9A-Fa-f]*:[0-9A-Fa-f]*:[0-9A-Fa-f:]*$/.test(text))
    return 'Put an IPv6 address in brackets, and the whole in quotes: "[::1]:5432".';
  if (/^[A-Za-z0-9._-]+$|^\/[^:]*$/.test(text)) return `Add the port: ${text}:5432.`;
  return 'Write HOST:PORT, "[IPv6]:PORT" or /SOCKET/FOLDER:PORT.';
}
