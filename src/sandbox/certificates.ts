import { chownSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { generate } from "selfsigned";

export interface Certificates {
  /** PEM files; `caFile` is what a client must trust. */
  readonly caFile: string;
  readonly certFile: string;
  readonly keyFile: string;
  readonly cert: string;
  readonly key: string;
}

/** An authority and a server certificate of this one run, valid for a day. */
export async function makeCertificates(
  base: string,
  names: readonly string[],
  user: { readonly uid: number; readonly gid: number } | null,
): Promise<Certificates> {
  const notAfterDate = new Date(Date.now() + 24 * 3600 * 1000);
  const options = { keyType: "ec", curve: "P-256", algorithm: "sha256", notAfterDate } as const;
  const ca = await generate([{ name: "commonName", value: "pgaccord sandbox" }], {
    ...options,
    extensions: [
      { name: "basicConstraints", cA: true, critical: true },
      { name: "keyUsage", keyCertSign: true, cRLSign: true, critical: true },
    ],
  });
  const server = await generate([{ name: "commonName", value: "pgaccord sandbox server" }], {
    ...options,
    ca: { key: ca.private, cert: ca.cert },
    extensions: [
      { name: "basicConstraints", cA: false },
      { name: "extKeyUsage", serverAuth: true },
      { name: "subjectAltName", altNames: [...names.map((value) => ({ type: 2 as const, value })), { type: 7 as const, ip: "127.0.0.1" }] },
    ],
  });
  const caFile = join(base, "ca.pem");
  const certFile = join(base, "server.crt");
  const keyFile = join(base, "server.key");
  writeFileSync(caFile, ca.cert);
  writeFileSync(certFile, server.cert);
  writeFileSync(keyFile, server.private, { mode: 0o600 });
  if (user) for (const file of [certFile, keyFile]) chownSync(file, user.uid, user.gid);
  return { caFile, certFile, keyFile, cert: server.cert, key: server.private };
}
