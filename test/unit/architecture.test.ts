import { readdirSync, readFileSync } from "node:fs";
import { dirname, join, normalize, relative } from "node:path";
import { describe, expect, it } from "vitest";
import { KIND_NAMES } from "../../src/kinds/table.js";

const SRC = join(import.meta.dirname, "../../src");
const files = readdirSync(SRC, { recursive: true, encoding: "utf8" }).filter((f) => f.endsWith(".ts") && !f.endsWith(".d.ts"));

interface Import {
  readonly from: string;
  readonly to: string;
}
const IMPORT = /(?:import|export)[^;]*?from "([^"]+)"|import\("([^"]+)"\)/g;

function importsOf(file: string): Import[] {
  const text = readFileSync(join(SRC, file), "utf8");
  return [...text.matchAll(IMPORT)].map((match) => {
    const name = match[1] ?? match[2] ?? "";
    return { from: file, to: name.startsWith(".") ? normalize(join(dirname(file), name)).replace(/\.js$/, ".ts") : name };
  });
}
const imports = files.flatMap(importsOf);
const folderOf = (file: string): string => (file.includes("/") ? (file.split("/")[0] ?? "") : "top");
const isLocal = (to: string): boolean => files.includes(to) || to.endsWith(".ts");

/** What each folder may import of the others. Lower rows use upper rows. */
const CORE = ["model", "privileges", "policies", "facts", "kinds"];
const MAY_IMPORT: Readonly<Record<string, readonly string[]>> = {
  model: [],
  privileges: ["model"],
  policies: ["model"],
  facts: ["model", "privileges"],
  kinds: ["model", "privileges", "policies", "facts"],
  evidence: CORE,
  access: [...CORE, "evidence"],
  config: CORE,
  plan: [...CORE, "access"],
  doctor: [...CORE, "access"],
  postgres: CORE,
  aws: [...CORE, "evidence"],
  store: [...CORE, "evidence"],
  report: [...CORE, "access", "doctor"],
  apply: ["model", "plan"],
  github: ["model", "plan"],
  sandbox: [],
  top: [...CORE, "access", "config", "plan", "postgres", "aws", "report", "apply"],
  cli: [
    ...CORE,
    "evidence",
    "access",
    "config",
    "plan",
    "doctor",
    "postgres",
    "aws",
    "store",
    "report",
    "apply",
    "github",
    "sandbox",
    "top",
  ],
};
const PURE = [...CORE, "evidence", "access", "plan", "doctor", "report", "config"];
/** The only file of a pure folder that reads files. */
const LOADER = "config/load.ts";
const PURE_PACKAGES = ["js-yaml", "fastest-levenshtein", "picocolors", "picomatch", "safe-stable-stringify"];

describe("the house", () => {
  it("has only folders that the rule knows", () => {
    expect([...new Set(files.map(folderOf))].sort()).toEqual(Object.keys(MAY_IMPORT).sort());
  });

  it("has dependencies that point one way", () => {
    const wrong = imports.filter(({ from, to }) => {
      const folder = folderOf(from);
      return isLocal(to) && folderOf(to) !== folder && !(MAY_IMPORT[folder] ?? []).includes(folderOf(to));
    });
    expect(wrong).toEqual([]);
  });

  it("keeps Node, drivers and SDKs out of the pure folders", () => {
    const wrong = imports.filter(
      ({ from, to }) =>
        PURE.includes(folderOf(from)) && from !== LOADER && !to.startsWith(".") && !isLocal(to) && !PURE_PACKAGES.includes(to),
    );
    expect(wrong).toEqual([]);
  });

  it("lets model/ import nothing but itself", () => {
    expect(imports.filter(({ from, to }) => folderOf(from) === "model" && folderOf(to) !== "model")).toEqual([]);
  });

  it("names no kind in plan/, doctor/, apply/ and report/", () => {
    const named = files
      .filter((f) => ["plan", "doctor", "apply", "report"].includes(folderOf(f)))
      .flatMap((f) => KIND_NAMES.filter((kind) => readFileSync(join(SRC, f), "utf8").includes(`"${kind}"`)).map((kind) => `${f}: ${kind}`));
    expect(named).toEqual([]);
  });

  it("puts a right into words only in report/", () => {
    const speaks = files.filter(
      (f) => folderOf(f) !== "report" && /\$\{[^}]*\} (gains|loses) |effect\.slice/.test(readFileSync(join(SRC, f), "utf8")),
    );
    expect(speaks).toEqual([]);
  });

  it("decides in one place what a role of PostgreSQL or RDS is", () => {
    const decides = files.filter((f) => /startsWith\("(rds|pg_)|\/\^\(?(rds|pg_)[^b]/.test(readFileSync(join(SRC, f), "utf8")));
    // grants.ts speaks of schemas.
    expect(decides.filter((f) => f !== "privileges/system-roles.ts" && f !== "config/rules/grants.ts")).toEqual([]);
  });

  it("touches process only in cli/main.ts and the sandbox", () => {
    const users = files.filter((f) => /\bprocess\./.test(readFileSync(join(SRC, f), "utf8").replace(/\/\/.*|\/\*[\s\S]*?\*\//g, "")));
    expect(users.filter((f) => f !== "cli/main.ts" && folderOf(f) !== "sandbox")).toEqual([]);
  });

  it("has no import cycle", () => {
    const graph = new Map(
      files.map((f) => [
        f,
        importsOf(f)
          .map((i) => i.to)
          .filter((to) => files.includes(to)),
      ]),
    );
    const state = new Map<string, "open" | "done">();
    const cycles: string[] = [];
    const visit = (file: string, path: readonly string[]): void => {
      if (state.get(file) === "done") return;
      if (state.get(file) === "open") {
        cycles.push([...path.slice(path.indexOf(file)), file].join(" -> "));
        return;
      }
      state.set(file, "open");
      for (const next of graph.get(file) ?? []) visit(next, [...path, file]);
      state.set(file, "done");
    };
    for (const file of files) visit(file, []);
    expect(cycles).toEqual([]);
  });

  it("has no any, and no file beyond 250 lines", () => {
    const read = (f: string): string => readFileSync(join(SRC, f), "utf8");
    expect(files.filter((f) => /[:<(,|]\s*any\b/.test(read(f).replace(/\/\/.*|\/\*[\s\S]*?\*\//g, "")))).toEqual([]);
    expect(files.filter((f) => read(f).split("\n").length > 251).map((f) => relative(SRC, join(SRC, f)))).toEqual([]);
  });
});

describe("the lock file", () => {
  interface Entry {
    readonly version?: string;
    readonly integrity?: string;
    readonly resolved?: string;
    readonly link?: boolean;
    readonly optionalDependencies?: Readonly<Record<string, string>>;
  }
  const packages: Readonly<Record<string, Entry>> = JSON.parse(readFileSync(join(SRC, "../package-lock.json"), "utf8")).packages;
  const foreign = Object.entries(packages).filter(([path, { link }]) => path.includes("node_modules/") && link !== true);

  it("has every optional dependency, of other platforms too: else npm ci refuses where a registry lacks some", () => {
    const wanted = Object.values(packages).flatMap((one) => Object.keys(one.optionalDependencies ?? {}));
    expect(wanted.length).toBeGreaterThan(24);
    expect(wanted.filter((name) => !Object.keys(packages).some((path) => path.endsWith(`node_modules/${name}`)))).toEqual([]);
  });

  it("binds every package to its bytes, also those of other platforms, and to no registry", () => {
    expect(foreign.length).toBeGreaterThan(300);
    expect(foreign.filter(([, { integrity }]) => !/^sha512-[A-Za-z0-9+/]{86}==$/.test(integrity ?? "")).map(([path]) => path)).toEqual([]);
    expect(foreign.filter(([, { resolved }]) => resolved !== undefined).map(([path]) => path)).toEqual([]);
  });
});
