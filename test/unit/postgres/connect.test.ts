import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { generate } from "selfsigned";
import { afterEach, describe, expect, it } from "vitest";
import type { DeclaredCluster } from "../../../src/model/declared.js";
import { NO_LOG } from "../../../src/model/log.js";
import { ProblemsError } from "../../../src/model/problem.js";
import { createConnector } from "../../../src/postgres/connect.js";
import { type Behaviour, type ClientMessage, type FakeServer, startFakeServer } from "../../support/fake-server.js";
import { parse } from "../../support/stage.js";
import { serverSays } from "../../support/wire.js";

/** No AWS, no log. */
const ALONE = { credentialsOf: () => undefined, log: NO_LOG };

const SECRET = "s3cret-of-the-admin";
const ENV = { ADMIN_PASSWORD: SECRET };
const { authentication, parameter, ready, error } = serverSays;

const servers: FakeServer[] = [];
afterEach(async () => {
  await Promise.all(servers.splice(0).map((server) => server.stop()));
});
const start = async (behaviour: Behaviour): Promise<FakeServer> => {
  const server = await startFakeServer(behaviour);
  servers.push(server);
  return server;
};

interface To {
  readonly address: string;
  readonly auth?: string;
  readonly tls?: string;
  readonly ca?: string;
}
function clusterOf({ address, auth = "password_env: ADMIN_PASSWORD", tls = "", ca }: To): DeclaredCluster {
  const text = `version: 1\nowner: a\nclusters:\n  main: { address: "${address}", admin: { user: ann, ${auth} }, ${tls} databases: { shop: {} } }\n`;
  const cluster = parse(text).clusters.get("main");
  if (!cluster) throw new Error("no cluster");
  return ca === undefined ? cluster : { ...cluster, tls: { mode: "verify-full", ca } };
}

/** What comes of a connection: its problem. Those here never come to a session. */
async function refusal(to: To, { timeout = 150, env = ENV, at }: { timeout?: number; env?: object; at?: string } = {}): Promise<string> {
  const [host = "", port = ""] = at?.split(/:(?=\d+$)/) ?? [];
  const addresses = new Map(at ? [["main", { host, port: Number(port) }]] : []);
  const connector = createConnector({ ...ALONE, env: { ...env }, addresses, readAs: "admin", timeout });
  const begun = Date.now();
  try {
    const session = await connector.connect(clusterOf(to), null, "shop", "write");
    await session.end();
    return "connected";
  } catch (thrown) {
    if (!(thrown instanceof ProblemsError)) throw thrown;
    expect(Date.now() - begun).toBeLessThan(timeout + 5_000);
    const [problem] = thrown.problems;
    expect(problem?.hint).toBeTruthy();
    return `${problem?.code}: ${problem?.message}`;
  }
}

interface Certificate {
  readonly key: string;
  readonly cert: string;
}
const made = new Map<string, Promise<Certificate>>();

/** One for each name. */
function certificateFor(name: string): Promise<Certificate> {
  const certificate = made.get(name) ?? makeCertificate(name);
  made.set(name, certificate);
  return certificate;
}

async function makeCertificate(name: string): Promise<Certificate> {
  const altNames = [{ type: 2 as const, value: name }];
  const { private: key, cert } = await generate([{ name: "commonName", value: name }], {
    keyType: "ec",
    extensions: [{ name: "subjectAltName", altNames }],
  });
  return { key, cert };
}

const S = Buffer.from("S");
const onStartup =
  (...bytes: readonly Buffer[]) =>
  ({ type }: ClientMessage): Buffer | undefined =>
    type === "" ? Buffer.concat(bytes) : undefined;
/** Lets in, whatever is asked, and answers nothing more. */
const LETS_IN = onStartup(authentication(0), parameter("server_version", "17.5"), ready());

describe("each server that does not answer has one timeout and a clear problem", () => {
  const local = (server: FakeServer): To => ({ address: `127.0.0.1:${server.port}` });

  it("accepts and never answers the request for TLS", async () => {
    const server = await start({});
    const said = await refusal({ address: `localhost:${server.port}`, tls: "tls: { mode: verify-full }," });
    expect(said).toMatch(/^cannot-connect: .* an answer to the request for TLS did not come within 0\.15 seconds\.$/);
  });

  it("says S and never speaks", async () => {
    const server = await start({ tls: S });
    const said = await refusal({ address: `localhost:${server.port}`, tls: "tls: { mode: verify-full }," });
    expect(said).toMatch(/^cannot-connect: .* the end of the TLS handshake did not come within/);
  });

  it("takes the startup packet and never answers", async () => {
    expect(await refusal(local(await start({})))).toMatch(/^cannot-connect: .* the end of the login did not come within/);
  });

  it("asks for a password and waits after it", async () => {
    const server = await start({ answer: onStartup(authentication(3)) });
    expect(await refusal(local(server))).toMatch(/^cannot-connect: .* the end of the login did not come within/);
    expect(server.messages().map(({ type }) => type)).toEqual(["", "p"]);
  });

  it("waits for a password that never comes: said at once", async () => {
    const server = await start({ answer: onStartup(authentication(3)) });
    expect(await refusal({ ...local(server), auth: "auth: none" })).toMatch(
      /^login-refused: The server of cluster main asks for a password of ann/,
    );
    expect(server.messages().map(({ type }) => type)).toEqual([""]);
  });

  it("lets in and never answers the first statement", async () => {
    expect(await refusal(local(await start({ answer: LETS_IN })))).toMatch(/the answer to the first statement did not come within/);
  });

  it("closes the connection when it is asked for TLS", async () => {
    const server = await startFakeServer({});
    const said = refusal({ address: `localhost:${server.port}`, tls: "tls: { mode: verify-full }," });
    await new Promise((resolve) => setTimeout(resolve, 60));
    await server.stop();
    expect(await said).toMatch(/^cannot-connect: .*the server closed the connection when it was asked for TLS/);
  });
});

describe("a server gets no secret in clear, whatever it asks for", () => {
  const told = (server: FakeServer): string => server.wire().map(String).join();

  it.each([
    ["no TLS", { tls: Buffer.from("N") }, "tls-failed: .*does not support TLS"],
    ["clear text behind its S", { tls: Buffer.concat([S, authentication(3)]) }, "cannot-connect: .*is none of PostgreSQL"],
    ["an error to the request for TLS", { tls: error("08P01", "certificate TLS SSL") }, "cannot-connect: .*is none of PostgreSQL"],
  ])("%s", async (_, behaviour, code) => {
    const server = await start({ ...behaviour, answer: onStartup(authentication(3)) });
    expect(await refusal({ address: `localhost:${server.port}`, tls: "tls: { mode: verify-full }," })).toMatch(new RegExp(`^${code}`));
    expect(server.messages()).toEqual([]);
    expect(told(server)).not.toMatch(/ann|shop|s3cret/);
  });

  it("a certificate that is not trusted, or of another name: not even who comes", async () => {
    const certificate = await certificateFor("other.example");
    for (const ca of [(await certificateFor("localhost")).cert, certificate.cert]) {
      const server = await start({ tls: S, certificate, answer: onStartup(authentication(3)) });
      expect(await refusal({ address: `localhost:${server.port}`, ca }, { timeout: 2000 })).toMatch(/^tls-failed: /);
      expect(server.messages()).toEqual([]);
    }
  });

  it("a trusted one gets it, encrypted", async () => {
    const certificate = await certificateFor("localhost");
    const server = await start({
      tls: S,
      certificate,
      answer: ({ type }) => (type === "" ? authentication(3) : error("28P01", "Kennwort falsch")),
    });
    expect(await refusal({ address: `localhost:${server.port}`, ca: certificate.cert }, { timeout: 2000 })).toBe(
      `login-refused: The server at localhost:${server.port} refused the login of ann to cluster main: Kennwort falsch.`,
    );
    expect(server.messages().at(-1)).toEqual({ type: "p", text: `${SECRET}\0` });
    expect(told(server)).not.toContain(SECRET);
  });

  it("without TLS at an address that is not the loopback", async () => {
    const server = await start({ answer: onStartup(authentication(3)) });
    const cluster = { address: `127.0.0.1:${server.port}` };
    // 0.0.0.0 reaches this machine, but is not its loopback. The file said nothing of TLS, so it is wanted there.
    expect(await refusal(cluster, { at: `0.0.0.0:${server.port}` })).toMatch(/^cannot-connect: .*the request for TLS/);
    expect(told(server)).not.toMatch(/ann|shop|s3cret/);
    // The rules refuse such a file; this is the last wall.
    const open = { ...clusterOf(cluster), address: { host: "0.0.0.0", port: server.port } };
    const connector = createConnector({ ...ALONE, env: ENV, addresses: new Map(), readAs: "admin" });
    await expect(connector.connect(open, null, "shop", "write")).rejects.toThrow(
      "a password or token is never sent without TLS to 0.0.0.0",
    );
    expect(server.wire()).toHaveLength(1);
  });

  it("a server that says it back is not quoted with it", async () => {
    const server = await start({
      answer: ({ type }) => (type === "" ? authentication(3) : error("28P01", `${SECRET} is not the password, ${SECRET}!`)),
    });
    expect(await refusal({ address: `127.0.0.1:${server.port}` })).toMatch(/: … is not the password, …!\.$/);
  });

  it("an md5 challenge: the secret itself is not told", async () => {
    const server = await start({ answer: ({ type }) => (type === "" ? authentication(5, Buffer.from("salt")) : error("28P01", "no")) });
    expect(await refusal({ address: `127.0.0.1:${server.port}` })).toMatch(/^login-refused: /);
    expect(server.messages().at(-1)?.text).toMatch(/^md5[0-9a-f]{32}\0$/);
  });

  it.each([
    ["Kerberos 5", 2, []],
    ["GSS", 7, []],
    ["GSS, continued", 8, ["token"]],
    ["SSPI", 9, []],
    ["OAuth alone", 10, ["OAUTHBEARER\0\0"]],
    ["something that nobody knows", 99, []],
  ])("%s: one problem, no answer, and the process goes on", async (_, code, rest) => {
    const server = await start({ answer: onStartup(authentication(code, ...rest)) });
    expect(await refusal({ address: `127.0.0.1:${server.port}` })).toMatch(/^(cannot-connect|login-refused): /);
    expect(server.messages().map(({ type }) => type)).toEqual([""]);
  });
});

describe("a server below 13", () => {
  it.each(["12.22", "9.6.24", "12beta1"])("%s: refused at its greeting, nothing is asked", async (version) => {
    const server = await start({ answer: onStartup(authentication(0), parameter("server_version", version), ready()) });
    expect(await refusal({ address: `127.0.0.1:${server.port}` })).toMatch(
      /^server-too-old: The server of cluster main is PostgreSQL (12|9); pgaccord works with 13/,
    );
    expect(server.messages().filter(({ type }) => type !== "X")).toHaveLength(1);
  });
});

describe("variables of the environment and files of libpq", () => {
  const folder = mkdtempSync(join(tmpdir(), "pgaccord-libpq-"));
  const passfile = join(folder, "pgpass");
  writeFileSync(passfile, "*:*:*:*:from-pgpass\n", { mode: 0o600 });
  const servicefile = join(folder, "service.conf");
  writeFileSync(servicefile, "[evil]\nuser=evil\nhost=evil.example\n");
  const before = { ...process.env };
  afterEach(() => {
    process.env = { ...before };
  });

  const VARIABLES: readonly Readonly<Record<string, string>>[] = [
    { PGUSER: "evil" },
    { PGDATABASE: "evil" },
    { PGHOST: "evil.example" },
    { PGHOSTADDR: "192.0.2.1" },
    { PGPORT: "1" },
    { PGPASSWORD: "from-PGPASSWORD" },
    { PGPASSFILE: passfile },
    { PGSERVICE: "evil", PGSERVICEFILE: servicefile },
    { PGOPTIONS: "-c search_path=evil" },
    { PGAPPNAME: "evil" },
    { PGSSLMODE: "no-verify" },
    { PGSSLMODE: "require" },
    { PGSSLNEGOTIATION: "direct" },
    { PGSSLNEGOTIATION: "nonsense" },
    { PGSSLROOTCERT: join(folder, "missing.pem") },
    { PGSSLCERT: join(folder, "missing.pem"), PGSSLKEY: join(folder, "missing.key") },
    { PGREPLICATION: "database" },
    { PGCLIENT_ENCODING: "LATIN1" },
    { PGBINARY: "true" },
    { PGCONNECT_TIMEOUT: "60" },
    { PGDATESTYLE: "German", PGTZ: "Asia/Tokyo" },
    { USER: "evil" },
  ];
  /** The startup packet, and what was answered to the question for a password. */
  async function toldTo(auth: string, variables: Readonly<Record<string, string>>): Promise<unknown> {
    const server = await start({ answer: ({ type }) => (type === "" ? authentication(3) : error("28P01", "no")) });
    Object.assign(process.env, variables);
    const said = await refusal({ address: `127.0.0.1:${server.port}`, auth }, { env: { ...process.env, ...ENV } });
    return { said: said.replaceAll(String(server.port), "PORT"), messages: server.messages() };
  }
  const STARTUP = { type: "", text: "user\0ann\0database\0shop\0application_name\0pgaccord\0client_encoding\0UTF8\0\0" };

  it.each(VARIABLES)("%j have no effect", async (variables) => {
    expect(await toldTo("password_env: ADMIN_PASSWORD", variables)).toEqual({
      said: "login-refused: The server at 127.0.0.1:PORT refused the login of ann to cluster main: no.",
      messages: [STARTUP, { type: "p", text: `${SECRET}\0` }],
    });
    expect(await toldTo("auth: none", variables)).toMatchObject({ messages: [STARTUP] });
  });

  it("do not decide which certificates are trusted", async () => {
    const certificate = await certificateFor("localhost");
    const file = join(folder, "server.pem");
    writeFileSync(file, certificate.cert);
    const server = await start({ tls: S, certificate, answer: onStartup(error("53300", "full")) });
    const to = { address: `localhost:${server.port}`, tls: "tls: { mode: verify-full }," };
    for (const variables of [{ PGSSLROOTCERT: file }, { PGSSLMODE: "no-verify" }, { PGSSLMODE: "disable" }]) {
      expect(await refusal(to, { timeout: 2000, env: { ...ENV, ...variables } })).toMatch(/^tls-failed: /);
    }
    expect(server.messages()).toEqual([]);
    expect(await refusal(to, { timeout: 2000, env: { ...ENV, NODE_EXTRA_CA_CERTS: file } })).toMatch(/^too-many-connections: /);
    rmSync(folder, { recursive: true });
  });
});

describe("--address", () => {
  const REMOTE = { address: "db.internal:5432" };
  const LOCAL = { address: "127.0.0.1:5432" };

  it("leads to a socket only where the file leaves TLS out", async () => {
    expect(await refusal(REMOTE, { at: "/nowhere:5432" })).toMatch(/^tls-on-socket: /);
    expect(await refusal({ ...LOCAL, tls: "tls: { mode: verify-full }," }, { at: "/nowhere:5432" })).toMatch(/^tls-on-socket: /);
    expect(await refusal(LOCAL, { at: "/nowhere:5432" })).toMatch(/^cannot-connect: .*\/nowhere:5432/);
  });

  it("to RDS always means TLS, whatever the file says of it", async () => {
    const rds = { id: "x", type: "cluster", resourceId: "x", endpoint: "x.example", port: 5432, iamAuth: true, masterUser: "m" } as const;
    const server = await start({ tls: Buffer.from("N") });
    const cluster = {
      ...clusterOf(LOCAL),
      rds: { type: "cluster", id: "x", also: [], proxy: null } as const,
      tls: { mode: "disable", ca: null } as const,
    };
    const at = async (host: string): Promise<unknown> =>
      createConnector({ ...ALONE, env: ENV, addresses: new Map([["main", { host, port: server.port }]]), readAs: "admin", timeout: 300 })
        .connect(cluster, rds, "shop", "write")
        .catch((thrown: ProblemsError) => thrown.problems.map(({ code, hint }) => [code, hint]));
    expect(await at("/nowhere")).toEqual([["tls-on-socket", "RDS always wants TLS: give --address HOST:PORT."]]);
    expect(await at("127.0.0.1")).toEqual([["tls-failed", expect.any(String)]]);
  });

  it("to a tunnel keeps TLS", async () => {
    const server = await start({ tls: Buffer.from("N") });
    const at = `127.0.0.1:${server.port}`;
    expect(await refusal(REMOTE, { at })).toMatch(/^tls-failed: .*does not support TLS/);
    expect(server.messages()).toEqual([]);
  });

  it("to a tunnel wants the certificate of the file's host, not of the tunnel's end", async () => {
    for (const [name, code, messages] of [
      ["db.internal", /^login-refused: /, 2],
      ["localhost", /^tls-failed: /, 0],
      ["127.0.0.1", /^tls-failed: /, 0],
    ] as const) {
      const certificate = await certificateFor(name);
      const answer: Behaviour["answer"] = ({ type }) => (type === "" ? authentication(3) : error("28P01", "no"));
      const server = await start({ tls: S, certificate, answer });
      const at = `127.0.0.1:${server.port}`;
      expect(await refusal({ ...REMOTE, ca: certificate.cert }, { at, timeout: 2000 })).toMatch(code);
      expect(server.messages()).toHaveLength(messages);
    }
  });
});

describe("settings of a database that end each session in it", () => {
  /** Ends a session by `code` at its start unless it is asked for `needs`; then it lets in and breaks off by a telling code. */
  const ending =
    (code: string, needs: string, version = "17.5") =>
    ({ type, text }: ClientMessage): Buffer | undefined => {
      if (type !== "") return type === "Q" ? error("XX001", "as far as it goes") : undefined;
      const greeting = [authentication(0), parameter("server_version", version)];
      if (text.includes("database\0postgres\0")) return Buffer.concat([...greeting, ready()]);
      if (!text.includes(needs)) return Buffer.concat([authentication(0), error(code, "by a setting")]);
      return Buffer.concat([...greeting, ready()]);
    };
  const attempts = (server: FakeServer): (string | undefined)[] =>
    server
      .messages()
      .filter(({ type, text }) => type === "" && !text.includes("database\0postgres\0"))
      .map(({ text }) => /\0options\0([^\0]*)/.exec(text)?.[1]);

  it.each([
    ["58P01", "-c local_preload_libraries= "],
    ["42501", "-c local_preload_libraries= "],
    ["57014", "-c statement_timeout=120s"],
    ["57P05", "-c idle_session_timeout=0"],
    ["25P04", "-c transaction_timeout=0"],
  ])("%s: once more, with %s from the start", async (code, needs) => {
    const server = await start({ answer: ending(code, needs) });
    expect(await refusal({ address: `127.0.0.1:${server.port}` })).toBe(
      "session-refused: No session can be opened in database shop of cluster main: as far as it goes.",
    );
    const all = "-c local_preload_libraries= -c statement_timeout=120s -c idle_session_timeout=0 -c transaction_timeout=0";
    expect(attempts(server)).toEqual([undefined, all]);
  });

  it.each([
    ["13.22", "-c local_preload_libraries= -c statement_timeout=120s"],
    ["16.4", "-c local_preload_libraries= -c statement_timeout=120s -c idle_session_timeout=0"],
  ])("asks version %s for none that it does not know", async (version, asked) => {
    const server = await start({ answer: ending("58P01", "options", version) });
    await refusal({ address: `127.0.0.1:${server.port}` });
    expect(attempts(server)).toEqual([undefined, asked]);
  });

  it("is no reason to try again where the login is refused", async () => {
    const server = await start({ answer: onStartup(error("28000", "no entry")) });
    expect(await refusal({ address: `127.0.0.1:${server.port}` })).toMatch(/^login-refused: /);
    expect(attempts(server)).toHaveLength(1);
  });

  it("one that stays names the database and what the server says of it", async () => {
    const server = await start({ answer: ending("58P01", "no such option") });
    expect(await refusal({ address: `127.0.0.1:${server.port}` })).toBe(
      "session-refused: No session can be opened in database shop of cluster main: by a setting.",
    );
  });

  it("a pooler that takes no options is no new cause: the first one is told", async () => {
    const server = await start({
      answer: ({ type, text }) =>
        type === "" ? (text.includes("options") ? error("28000", "options are not taken") : error("58P01", "the library")) : undefined,
    });
    expect(await refusal({ address: `127.0.0.1:${server.port}` })).toMatch(/^session-refused: .*the library\.$/);
  });
});
