import { RDSClient } from "@aws-sdk/client-rds";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { logsOfWindow } from "../../../src/aws/log-files.js";
import { readPortions } from "../../../src/aws/log-portions.js";
import { createLogHost, type LogHost, type LogProxy, startLogProxy } from "../../support/log-host.js";

const FILE = "error/postgresql.log.2026-11-25-10";
const INSTANCE = "demo-1";

describe("portions of a log file", () => {
  let host: LogHost;
  let proxy: LogProxy;
  let client: RDSClient;
  beforeAll(async () => {
    host = createLogHost();
    proxy = await startLogProxy("http://127.0.0.1:9", host);
    const credentials = { accessKeyId: "AKIAIOSFODNN7EXAMPLE", secretAccessKey: "x" };
    client = new RDSClient({ endpoint: proxy.endpoint, region: "us-east-2", credentials, maxAttempts: 1 });
  });
  afterAll(() => proxy.stop());
  beforeEach(() => {
    host.files.clear();
    host.portions.length = 0;
    host.beforePortion = () => undefined;
    host.empty = 0;
  });

  const read = async (size?: number): Promise<{ readonly text: string; readonly why: string | null }> => {
    const pieces: Buffer[] = [];
    const file = { name: FILE, from: 0, to: 1, form: "stderr" as const };
    const bytes = size ?? host.files.get(INSTANCE)?.get(FILE)?.bytes.length ?? 0;
    const why = await readPortions(client, INSTANCE, { ...file, size: bytes }, (piece) => void pieces.push(Buffer.from(piece)));
    return { text: Buffer.concat(pieces).toString("utf8"), why };
  };
  const lines = (count: number, text: string): string => Array.from({ length: count }, (_, i) => `${i} ${text}\n`).join("");

  const whole: readonly (readonly [string, string])[] = [
    ["nothing", ""],
    ["one line without an end", "2026-11-25 10:00:00 UTC::@:[1]:LOG:  x"],
    ["more than 10,000 short lines", lines(25_000, "short")],
    ["10,000 lines of more than a portion", lines(10_000, "x".repeat(150))],
    ["lines whose length changes at once", lines(12_000, "a") + lines(1_000, "y".repeat(2_000)) + lines(12_000, "b")],
    ["characters of several bytes, where a cut may fall", lines(9_000, "äöü€𝄞".repeat(12))],
    ["what XML must escape", lines(3, "<a> & ]]> \r \"'")],
  ];
  it.each(whole)("gives %s, whole and in order", async (_, text) => {
    host.put(INSTANCE, FILE, text);
    const got = await read();
    expect(got.why).toBeNull();
    expect(got.text === text).toBe(true);
    expect(host.portions[0]?.marker).toBe("0");
  });

  it("goes past a line that is longer than any portion, and loses nothing beside it", async () => {
    host.put(INSTANCE, FILE, `first\n${"z".repeat(1_200_000)}\n${lines(100, "after")}`);
    const { text, why } = await read();
    expect(why).toBeNull();
    expect(text.startsWith("first\nzzz")).toBe(true);
    expect(text.endsWith(lines(100, "after"))).toBe(true);
    expect(host.portions.length).toBeLessThan(40);
  });

  it("goes on behind empty portions, but not for ever", async () => {
    host.put(INSTANCE, FILE, "line\n");
    host.empty = 2;
    expect(await read()).toEqual({ text: "line\n", why: null });
    host.empty = 1_000;
    expect((await read()).why).toBe("RDS says that there is more of it, and gives nothing");
  });

  it("says when a file is rotated away under it", async () => {
    host.put(INSTANCE, FILE, lines(25_000, "short"));
    host.beforePortion = (instance, name, offset) => offset > 0 && host.files.get(instance)?.delete(name);
    const { text, why } = await read(500_000);
    expect(why).toBe("it was rotated away while it was read");
    expect(text.startsWith("0 short\n")).toBe(true);
  });

  it("says when RDS ends before the file does, and says nothing itself", async () => {
    host.put(INSTANCE, FILE, lines(10, "short"));
    expect((await read(90_000)).why).toBe("RDS gave 80 of its 90000 bytes");
  });
});

describe("files that may hold something of a window", () => {
  const at = (text: string): number => Date.parse(`2026-11-25T${text}Z`);
  const file = (LogFileName: string, written: string) => ({ LogFileName, LastWritten: at(written), Size: 10 });
  const files = [
    file("error/postgresql.log.2026-11-25-12", "12:59:00"),
    file("error/postgresql.log.2026-11-25-1030.csv", "10:59:00"),
    file("error/postgresql.log.2026-11-25-08", "08:59:59"),
    file("error/postgresql.log.2026-11-25-10", "10:20:00"),
    file("error/postgresql.log.2026-11-25-1030", "10:59:00"),
    file("error/postgresql.log", "10:10:00"),
    file("error/postgres.log", "10:10:00"),
    file("error/pg_upgrade_internal.log", "10:10:00"),
    file("error/postgresql.log.2026-11-25-11.json", "11:10:00"),
  ];
  it("are PostgreSQL's own, in the order of time, in each of the three forms", () => {
    const names = logsOfWindow(files, { from: at("10:00:00"), to: at("12:00:00") }).map(({ name, form }) => `${name} ${form}`);
    expect(names).toEqual([
      "error/postgresql.log.2026-11-25-10 stderr",
      "error/postgresql.log stderr",
      "error/postgresql.log.2026-11-25-1030 stderr",
      "error/postgresql.log.2026-11-25-1030.csv csv",
      "error/postgresql.log.2026-11-25-11.json json",
    ]);
  });
  it("begin when their names say, with minutes or without", () => {
    const found = logsOfWindow(files, { from: 0, to: at("23:00:00") });
    expect(found.map(({ from }) => (from === null ? null : new Date(from).toISOString().slice(11, 16)))).toEqual([
      "08:00",
      "10:00",
      null,
      "10:30",
      "10:30",
      "11:00",
      "12:00",
    ]);
  });
});
