import { RDSClient } from "@aws-sdk/client-rds";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { hostLogSources } from "../../../src/aws/rds-logs.js";
import { createLogHost, type LogHost, type LogProxy, startLogProxy } from "../../support/log-host.js";

const at = (text: string): number => Date.parse(`2026-11-25T${text}:00Z`);
const WINDOW = { from: at("10:00"), to: at("14:00") };

describe("the logs on an instance's host", () => {
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
    for (const hour of ["09", "10", "11", "12"])
      host.put("demo-1", `error/postgresql.log.2026-11-25-${hour}`, `${hour}\n`, at(`${hour}:59`));
  });

  const open = (created: number | null = null) => hostLogSources(client, "demo", { instance: "demo-1", created }, WINDOW);
  const readAll = async (source: Awaited<ReturnType<typeof open>>[number] | undefined, window = WINDOW) => {
    let text = "";
    const gaps = await source?.read(window, (bytes) => {
      text += Buffer.from(bytes).toString("utf8");
    });
    return { text, gaps };
  };

  it("are read in order, and only files that can hold something of what is asked for", async () => {
    const [source, ...others] = await open();
    expect(others).toEqual([]);
    expect((await readAll(source)).text).toBe("10\n\n11\n\n12\n\n");
    host.portions.length = 0;
    await readAll(source, { from: at("12:30"), to: WINDOW.to });
    expect(host.portions.map(({ file }) => file)).toEqual(["error/postgresql.log.2026-11-25-12"]);
  });

  it("are a source for each form that the host writes", async () => {
    host.put("demo-1", "error/postgresql.log.2026-11-25-12.csv", "csv\n", at("12:59"));
    host.put("demo-1", "error/postgresql.log.2026-11-25-1200.json", "json\n", at("12:59"));
    const sources = await open();
    expect(sources.map(({ format }) => format.type)).toEqual(["detect", "csv", "json"]);
    expect(await Promise.all(sources.slice(1).map(async (one) => (await readAll(one)).text))).toEqual(["csv\n\n", "json\n\n"]);
  });

  it("let nobody in before the instance was made", async () => {
    expect((await open(at("11:30")))[0]?.absent).toEqual([{ from: WINDOW.from, to: at("11:30") }]);
    expect((await open(at("09:00")))[0]?.absent).toEqual([]);
    expect((await open(at("15:00")))[0]?.absent).toEqual([WINDOW]);
  });

  it("of which one is gone have a gap of its hour, and the others are read", async () => {
    host.beforePortion = (instance, name) => void (name.endsWith("-11") && host.files.get(instance)?.delete(name));
    const { text, gaps } = await readAll((await open())[0]);
    expect(text).toBe("10\n\n\n12\n\n");
    expect(gaps).toEqual([
      {
        from: at("11:00"),
        to: at("11:59") + 1,
        why: "error/postgresql.log.2026-11-25-11 of demo-1: it was rotated away while it was read",
      },
    ]);
  });

  it("of an instance that is not there fail, and are not empty", async () => {
    await expect(hostLogSources(client, "demo", { instance: "demo-aurora", created: null }, WINDOW)).rejects.toThrow(/DBInstanceNotFound/);
  });
});
