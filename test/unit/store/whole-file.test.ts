import { chmod, mkdir, mkdtemp, readdir, readFile, readlink, stat, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { beforeEach, describe, expect, it } from "vitest";
import { rewriteFile, writeWholeFile } from "../../../src/store/whole-file.js";

let folder = "";
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "whole-file-"));
});

const modeOf = async (path: string): Promise<string> => ((await stat(path)).mode & 0o777).toString(8);

describe("rewriteFile", () => {
  it("keeps the mode, and the link that leads to the file", async () => {
    await mkdir(join(folder, "there"));
    const [file, link] = [join(folder, "there", "access.yaml"), join(folder, "access.yaml")];
    await writeFile(file, "was");
    await chmod(file, 0o666);
    await symlink(join("there", "access.yaml"), link);
    await rewriteFile(link, "was", "is ü");
    expect([await readFile(file, "utf8"), await readlink(link), await modeOf(file)]).toEqual(["is ü", "there/access.yaml", "666"]);
    expect(await readdir(join(folder, "there"))).toEqual(["access.yaml"]);
  });

  it("leaves alone what somebody else has changed", async () => {
    const file = join(folder, "access.yaml");
    await writeFile(file, "theirs");
    await expect(rewriteFile(file, "was", "is")).rejects.toThrow("was changed by somebody else in the meantime");
    expect([await readFile(file, "utf8"), await readdir(folder)]).toEqual(["theirs", ["access.yaml"]]);
  });
});

describe("writeWholeFile", () => {
  it("leaves nothing behind where it cannot write", async () => {
    await mkdir(join(folder, "taken", "inside"), { recursive: true });
    await expect(writeWholeFile(join(folder, "taken"), "text", 0o600)).rejects.toThrow();
    expect(await readdir(folder)).toEqual(["taken"]);
  });

  it("gives a new file its mode, whatever stood there", async () => {
    const file = join(folder, "plan.json");
    await writeFile(file, "old", { mode: 0o644 });
    await writeWholeFile(file, "new", 0o600);
    expect([await readFile(file, "utf8"), await modeOf(file)]).toEqual(["new", "600"]);
  });
});
