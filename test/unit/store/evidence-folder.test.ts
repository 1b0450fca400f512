import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, renameSync, rmSync, symlinkSync, utimesSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { beforeEach, describe, expect, it } from "vitest";
import type { DayRecord, Observation } from "../../../src/evidence/observation.js";
import { addDay, readDays, sweepTemporary } from "../../../src/store/evidence-folder.js";
import { readEvidenceFolder } from "../../../src/store/read-evidence.js";

const MIDNIGHT = Date.parse("2026-11-25T00:00:00Z");
const HOUR = 3_600_000;

/** One reading that saw from one hour to another and counted a login an hour. */
const observed = (from: number, to: number, user = "alice", source: Observation["source"] = "rds-log"): Observation => ({
  source,
  seen: [{ from: MIDNIGHT + from * HOUR, to: MIDNIGHT + to * HOUR }],
  gaps: [],
  logins: [
    {
      user,
      database: "demo",
      method: "pam",
      outcome: "ok",
      reason: null,
      count: to - from,
      first: MIDNIGHT + from * HOUR,
      last: MIDNIGHT + (to - 1) * HOUR,
    },
  ],
  refused: [],
});
const day = (observation: Observation, of: Partial<DayRecord> = {}): DayRecord => ({
  cluster: "demo",
  part: "demo-1",
  day: "2026-11-25",
  observations: [observation],
  ...of,
});

describe("the evidence folder", () => {
  let dir: string;
  beforeEach(() => {
    dir = mkdtempSync(join(tmpdir(), "pgaccord-folder-"));
    return () => rmSync(dir, { recursive: true, force: true });
  });
  const files = (at = dir): string[] =>
    readdirSync(at, { recursive: true, encoding: "utf8" })
      .filter((name) => name.endsWith(".json") && !name.startsWith(".git"))
      .sort();
  const counts = async (at = dir): Promise<string[]> =>
    (await readEvidenceFolder(at, 0)).evidence.logins.map(({ cluster, user, count }) => `${cluster} ${user} ${count}`).sort();

  it("has one file for a day that grows, and none that is not there", async () => {
    expect(await readEvidenceFolder(join(dir, "nowhere"), 0)).toMatchObject({ evidence: { logins: [], coverage: [] }, problems: [] });
    for (const to of [3, 9, 24]) await addDay(dir, day(observed(0, to)));
    expect(files()).toHaveLength(1);
    expect(await counts()).toEqual(["demo alice 24"]);
    expect((await addDay(dir, day(observed(0, 9)))).isNew).toBe(false);
  });

  it("loses nothing to writers beside each other", async () => {
    const records = Array.from({ length: 24 }, (_, hour) => day(observed(hour, hour + 1)));
    await Promise.all(records.map((record) => addDay(dir, record)));
    expect(await counts()).toEqual(["demo alice 24"]);
    await addDay(dir, day(observed(0, 1)));
    expect(files()).toHaveLength(1);
    expect(await counts()).toEqual(["demo alice 24"]);
  });

  it("is read again where a file of its list went meanwhile, and a link to nowhere is named", async () => {
    await addDay(dir, day(observed(0, 24)));
    const folder = join(dir, "demo", "demo-1");
    const [name = ""] = readdirSync(folder);
    renameSync(join(folder, name), join(dir, "elsewhere"));
    // Listed, and not there until a moment later: as the file of a run beside this one.
    symlinkSync(join(dir, "later"), join(folder, name));
    const reading = readEvidenceFolder(dir, 0);
    await new Promise((resolve) => setTimeout(resolve, 50));
    renameSync(join(dir, "elsewhere"), join(dir, "later"));
    expect((await reading).evidence.logins).toHaveLength(1);
    rmSync(join(dir, "later"));
    expect((await readEvidenceFolder(dir, 0)).problems.map(({ message }) => message)).toEqual([
      `${join(folder, name)} is no evidence that can be read: it is listed, and not there.`,
    ]);
  });

  it.each(["..", ".", "_", "", "a/b", "Ünïcode 𝄞", "-rf", "x".repeat(300), "a\u0000b", "%2e"])(
    "keeps a cluster and a server called %j",
    async (name) => {
      await addDay(dir, day(observed(0, 24), { cluster: name, part: name }));
      await addDay(dir, day(observed(0, 24, "bob"), { cluster: name, part: null }));
      expect(files().every((file) => file.split("/").length === 3)).toBe(true);
      const { evidence } = await readEvidenceFolder(dir, 0);
      expect(evidence.coverage.map(({ target, part }) => [target, part])).toEqual(
        expect.arrayContaining([
          [name, name],
          [name, null],
        ]),
      );
      expect(evidence.logins.map(({ user }) => user).sort()).toEqual(["alice", "bob"]);
    },
  );

  it("tells names apart that a file system does not", async () => {
    await addDay(dir, day(observed(0, 24), { cluster: "Demo" }));
    await addDay(dir, day(observed(0, 24, "bob"), { cluster: "demo" }));
    expect(await counts()).toEqual(["Demo alice 24", "demo bob 24"]);
  });

  it("names what is no day, passes over what is beside the days, and counts the rest", async () => {
    await addDay(dir, day(observed(0, 24)));
    const folder = join(dir, "demo", "demo-1");
    writeFileSync(join(dir, "README.md"), "ours");
    mkdirSync(join(dir, ".git", "objects"), { recursive: true });
    writeFileSync(join(dir, ".git", "objects", "x"), "");
    writeFileSync(join(folder, "notes.txt"), "");
    writeFileSync(join(folder, "2026-11-24.000000000000.json"), readFileSync(join(dir, files()[0] ?? "")));
    const { problems } = await readEvidenceFolder(dir, 0);
    expect(problems.map(({ message }) => message.replace(folder, "…"))).toEqual([
      "…/2026-11-24.000000000000.json is no evidence that can be read: it is of 2026-11-25.",
      "…/notes.txt is no evidence that can be read: its name is none of a day.",
    ]);
    expect(await counts()).toEqual(["demo alice 24"]);
  });

  it("sweeps what a killed run left, and not what another writes right now", async () => {
    await addDay(dir, day(observed(0, 24)));
    const folder = join(dir, "demo", "demo-1");
    const [old, young] = ["aa", "bb"].map((name) => join(folder, `.2026-11-25.${name}.tmp`));
    for (const path of [old, young]) writeFileSync(path ?? "", "{");
    const hoursAgo = (Date.now() - 2 * HOUR) / 1000;
    utimesSync(old ?? "", hoursAgo, hoursAgo);
    expect((await readDays(dir, "")).problems).toEqual([]);
    await sweepTemporary(dir, Date.now());
    expect(readdirSync(folder).filter((name) => name.endsWith(".tmp"))).toEqual([".2026-11-25.bb.tmp"]);
  });

  it("is put together out of two branches, as docs/evidence.md merges them", async () => {
    const git = (at: string, ...args: readonly string[]): string =>
      execFileSync("git", ["-C", at, "-c", "user.name=x", "-c", "user.email=x@example.org", ...args], { encoding: "utf8", stdio: "pipe" });
    git(dir, "init", "--quiet", "-b", "main");
    const commit = (message: string): void => {
      git(dir, "add", "--all");
      git(dir, "commit", "--quiet", "-m", message);
    };
    await addDay(dir, day(observed(0, 6)));
    commit("start");
    git(dir, "switch", "--quiet", "-c", "other");
    await addDay(dir, day(observed(0, 12)));
    commit("other");
    git(dir, "switch", "--quiet", "main");
    await addDay(dir, day(observed(0, 10)));
    await addDay(dir, day(observed(0, 10, "bob"), { part: "demo-2" }));
    commit("main");
    expect(readFileSync(join(import.meta.dirname, "../../../docs/evidence.md"), "utf8")).toContain(
      "git merge --strategy=resolve --no-edit",
    );
    git(dir, "merge", "--quiet", "--strategy=resolve", "--no-edit", "other");
    expect(await counts()).toEqual(["demo alice 12", "demo bob 10"]);
  });

  it("says that it cannot be written", async () => {
    writeFileSync(join(dir, "demo"), "a file");
    await expect(addDay(dir, day(observed(0, 1)))).rejects.toThrow(/could not be (written|read)/);
  });
});
