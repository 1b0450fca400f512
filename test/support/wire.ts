/** PostgreSQL's protocol, version 3, as far as fake servers and proxies need it (PostgreSQL manual, "Message Formats"). */
export interface Message {
  /** "" for a startup packet, "tls" for a request for TLS. */
  readonly type: string;
  readonly body: Buffer;
  /** As it came over the wire. */
  readonly raw: Buffer;
}

const TLS_REQUEST = 80877103;

/** Takes bytes as they come and gives whole messages. `first`: what a client sends begins with a packet without a type. */
export function createFramer(first: "startup" | "message"): (bytes: Buffer) => Message[] {
  let buffer = Buffer.alloc(0);
  let started = first === "message";
  const next = (): Message | null => {
    const at = started ? 1 : 0;
    const end = buffer.length < at + 4 ? Number.POSITIVE_INFINITY : at + buffer.readInt32BE(at);
    if (buffer.length < end) return null;
    const raw = buffer.subarray(0, end);
    buffer = buffer.subarray(end);
    if (started) return { type: String.fromCharCode(raw[0] ?? 0), body: raw.subarray(5), raw };
    if (raw.readInt32BE(4) === TLS_REQUEST) return { type: "tls", body: Buffer.alloc(0), raw };
    started = true;
    return { type: "", body: raw.subarray(8), raw };
  };
  return (bytes) => {
    buffer = Buffer.concat([buffer, bytes]);
    const found: Message[] = [];
    for (let message = next(); message !== null; message = next()) found.push(message);
    return found;
  };
}

export const packet = (type: string, ...parts: readonly (string | number | Buffer)[]): Buffer => {
  const body = Buffer.concat(parts.map((part) => (typeof part === "number" ? int32(part) : Buffer.from(part))));
  return Buffer.concat([Buffer.from(type), int32(body.length + 4), body]);
};

const int32 = (value: number): Buffer => {
  const bytes = Buffer.alloc(4);
  bytes.writeInt32BE(value);
  return bytes;
};

export const serverSays = {
  authentication: (code: number, ...rest: readonly (string | Buffer)[]): Buffer => packet("R", code, ...rest),
  parameter: (name: string, value: string): Buffer => packet("S", `${name}\0${value}\0`),
  key: (pid: number): Buffer => packet("K", pid, 1),
  ready: (status = "I"): Buffer => packet("Z", status),
  error: (code: string, message: string): Buffer => packet("E", `SFATAL\0VFATAL\0C${code}\0M${message}\0\0`),
} as const;
