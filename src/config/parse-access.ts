import type { Declared } from "../model/declared.js";
import { errorProblem, isError, type Problem } from "../model/problem.js";
import { sayOnce } from "../model/say-once.js";
import { entryOf } from "./node-access.js";
import { parseYaml } from "./parse.js";
import { resolveFile } from "./resolve.js";
import { RULES } from "./rules/all-rules.js";
import { checkSchema } from "./schema-problems.js";
import type { SourceCluster, SourceFile } from "./source-file.js";
import { toSourceFile } from "./to-source-file.js";
import type { YamlNode } from "./yaml-node.js";

export interface AccessFile {
  /** null when there is an error among the problems. */
  readonly declared: Declared | null;
  /** Errors and warnings, sorted by their place. */
  readonly problems: readonly Problem[];
}

/** The text of the file that `tls.ca` names, or why there is none: a clause such as `it does not exist`. */
export type ReadCa = (path: string) => { readonly pem: string } | { readonly fault: string };

/** access.yaml from its text, with every problem that can be told without a server. `file`: as messages name it. */
export function parseAccess(text: string, file: string, readCa: ReadCa = () => ({ pem: "" })): AccessFile {
  const { root, problems: yaml } = parseYaml(text, file);
  // A file that is not read as it is written would seem to have many more problems.
  if (!root || yaml.some((problem) => problem.code !== "duplicate-key")) return finish(yaml, () => null);
  const plan = planProblem(root);
  if (plan) return finish([plan], () => null);
  const schema = checkSchema(root);
  if (schema.hopeless) return finish([...yaml, ...schema.problems], () => null);
  const source = toSourceFile(root, file, schema.broken);
  const certificates = readCertificates(source, readCa);
  const rules = RULES.flatMap((rule) => rule(source));
  return finish([...yaml, ...schema.problems, ...sayOnce(rules), ...certificates.problems], () => resolveFile(source, certificates.pem));
}

/** `-f` with what `plan --out` wrote. */
function planProblem(root: YamlNode): Problem | null {
  if (!entryOf(root, "digest") || !entryOf(root, "checksum")) return null;
  return errorProblem("not-an-access-file", "This is a plan that pgaccord saved, no access file.", {
    place: root.place,
    hint: "To apply it: pgaccord apply FILE. -f names the access file that it was made from.",
  });
}

function finish(problems: readonly Problem[], resolve: () => Declared | null): AccessFile {
  const sorted = [...problems].sort(byPlace);
  return { declared: sorted.some(isError) ? null : resolve(), problems: sorted };
}

function byPlace(a: Problem, b: Problem): number {
  const lines = (a.place?.line ?? 0) - (b.place?.line ?? 0);
  return lines || (a.place?.column ?? 0) - (b.place?.column ?? 0);
}

interface Certificates {
  /** By the name of the cluster. */
  readonly pem: ReadonlyMap<string, string>;
  readonly problems: readonly Problem[];
}

function readCertificates(file: SourceFile, readCa: ReadCa): Certificates {
  const read = [...file.clusters.values()].flatMap((cluster) => readCertificate(cluster, readCa));
  return {
    pem: new Map(read.flatMap((one) => ("pem" in one ? [[one.cluster, one.pem]] : []))),
    problems: read.flatMap((one) => ("problem" in one ? [one.problem] : [])),
  };
}

type Certificate = { readonly cluster: string; readonly pem: string } | { readonly problem: Problem };

function readCertificate({ name, tls: { ca } }: SourceCluster, readCa: ReadCa): Certificate[] {
  if (!ca) return [];
  const found = readCa(ca.text);
  if ("pem" in found) return [{ cluster: name.text, pem: found.pem }];
  const problem = errorProblem("unreadable-ca", `The certificates "${ca.text}" cannot be used: ${found.fault}.`, {
    place: ca.place,
    hint: "The path is relative to the folder of this file; the file holds certificates in PEM form.",
  });
  return [{ problem }];
}
