import type { Declared, DeclaredAccount, DeclaredCluster } from "../model/declared.js";
import type { DeclaredSafety } from "../model/declared-safety.js";
import { type Problem, warningProblem } from "../model/problem.js";
import type { Target } from "../model/resource.js";

/** A file as a pull request may use it: what it says of access is its own, where and how to connect is the base branch's. */
export interface Followed {
  readonly declared: Declared;
  /** `connection-changed` and `safety-changed`, one for each thing that is not followed. */
  readonly problems: readonly Problem[];
  /** Targets that the merged file reaches otherwise: clusters, the accounts that hold their doors. Nothing of them can be approved here. */
  readonly notFollowed: readonly Target[];
}

/**
 * access.yaml says where a password goes: a pull request could send it anywhere. So connections (accounts, rds, address, admin, reader,
 * tls) and `safety` are those of the base branch until the merge; targets that are new are not read at all.
 * @param base null: the base branch has no such file, or one with errors.
 */
export function followBase(head: Declared, base: Declared | null): Followed {
  const accounts = [...head.accounts.values()].map((account) => followAccount(account, base?.accounts.get(account.name)));
  const followed = named(accounts);
  const clusters = [...head.clusters.values()].map((cluster) => followCluster(cluster, base?.clusters.get(cluster.name), followed));
  const safety = base?.safety ?? NO_SAFETY;
  return {
    declared: {
      ...head,
      accounts: followed,
      clusters: named(clusters),
      safety,
      githubDetail: base?.githubDetail ?? null,
      athena: base?.athena ?? null,
    },
    problems: [
      ...accounts.flatMap((a) => a.problems),
      ...clusters.flatMap((c) => c.problems),
      ...safetyProblems(head, safety),
      ...athenaProblems(head, base),
    ],
    notFollowed: notFollowed(head, base, { accounts, clusters }),
  };
}

/** A cluster is reached through its account, and its doors are IAM policies of that account: neither stands without the other. */
function notFollowed(
  head: Declared,
  base: Declared | null,
  { accounts, clusters }: { readonly accounts: readonly One<unknown>[]; readonly clusters: readonly One<unknown>[] },
): Target[] {
  const accountsOf = (name: string): string[] => [head, base].flatMap((file) => file?.clusters.get(name)?.account ?? []);
  const changedAccounts = [...head.accounts.keys()].filter((_, i) => accounts[i]?.problems.length !== 0);
  const moved = [...head.clusters.keys()].filter(
    (name, i) => clusters[i]?.problems.length !== 0 || accountsOf(name).some((account) => changedAccounts.includes(account)),
  );
  // IAM roles of one account may trust those of another, by its id.
  const touched = new Set(changedAccounts.length > 0 ? head.accounts.keys() : moved.flatMap(accountsOf));
  return [...moved.map((name): Target => ({ type: "cluster", name })), ...[...touched].map((name): Target => ({ type: "account", name }))];
}

interface One<T> {
  readonly value: T | null;
  readonly problems: readonly Problem[];
}

const named = <T extends { readonly name: string }>(list: readonly One<T>[]): ReadonlyMap<string, T> =>
  new Map(list.flatMap(({ value }) => (value ? [[value.name, value] as const] : [])));

const AFTER = "It is not followed until it is merged.";

function followAccount(head: DeclaredAccount, base: DeclaredAccount | undefined): One<DeclaredAccount> {
  if (!base) return { value: null, problems: [changed(head, `Account ${head.name} is new; nothing of it is read before the merge.`)] };
  if (same(connectionOfAccount(head), connectionOfAccount(base))) return { value: head, problems: [] };
  return {
    value: { ...base, place: head.place },
    problems: [changed(head, `Of account ${head.name} this is changed: ${changedKeys(head, base).join(", ")}. ${AFTER}`)],
  };
}

/** All that the schema knows of an account: a test holds this list against it. */
export const ACCOUNT_CONNECTION = { id: "id", region: "region", plan_role: "planRole", apply_role: "applyRole" } as const;

const connectionOfAccount = (account: DeclaredAccount): unknown => Object.values(ACCOUNT_CONNECTION).map((key) => account[key]);

const changedKeys = (head: DeclaredAccount, base: DeclaredAccount): string[] =>
  Object.entries(ACCOUNT_CONNECTION).flatMap(([word, key]) => (head[key] === base[key] ? [] : [word]));

function followCluster(
  head: DeclaredCluster,
  base: DeclaredCluster | undefined,
  accounts: ReadonlyMap<string, DeclaredAccount>,
): One<DeclaredCluster> {
  // Without its account of the base branch it cannot be asked for.
  if (!base || (base.account !== null && !accounts.has(base.account)))
    return {
      value: null,
      problems: [changed(head, `Cluster ${head.name} is new or in another account; nothing of it is read before the merge.`)],
    };
  const keys = CONNECTION.filter((key) => !same(head[key], base[key]));
  const value = { ...base, databases: head.databases, ensure: head.ensure, place: head.place };
  if (keys.length === 0) return { value, problems: [] };
  return { value, problems: [changed(head, `Of cluster ${head.name} this is changed: ${keys.join(", ")}. ${AFTER}`)] };
}

const CONNECTION = ["account", "region", "rds", "address", "admin", "reader", "tls"] as const;

const changed = ({ place }: DeclaredCluster | DeclaredAccount, message: string): Problem =>
  warningProblem("connection-changed", message, {
    place,
    attention: true,
    hint: "Where pgaccord connects decides where passwords and tokens go: review it. Nothing on it is approved by this pull request: after the merge, review the plan and run `github apply --digest`.",
  });

/** What holds where nobody has said anything. */
const NO_SAFETY: DeclaredSafety = {
  maxDeletions: { type: "percent", value: 20 },
  maxRevokes: { type: "percent", value: 30 },
  protect: [],
  allow: [],
  acceptResidue: [],
  acceptLeaks: [],
};

function safetyProblems(head: Declared, base: DeclaredSafety): Problem[] {
  const plain = ({ allow, acceptResidue, acceptLeaks, ...rest }: DeclaredSafety): unknown => [
    rest,
    [...allow, ...acceptResidue, ...acceptLeaks].map(({ place: _, ...entry }) => entry),
  ];
  if (same(plain(head.safety), plain(base))) return [];
  const first = (head.safety.allow[0] ?? head.safety.acceptResidue[0] ?? head.safety.acceptLeaks[0])?.place;
  const message = "safety is changed, so this plan is judged by that of the base branch; the new one counts after the merge.";
  return [
    warningProblem("safety-changed", message, {
      ...(first ? { place: first } : {}),
      attention: true,
      hint: "Review what it relaxes: limits, protected names, allowances, accepted residue and leaks.",
    }),
  ];
}

function athenaProblems({ athena }: Declared, base: Declared | null): Problem[] {
  const plain = (one: Declared["athena"]): unknown => one && [one.account, one.workgroup, one.table];
  if (same(plain(athena), plain(base?.athena ?? null))) return [];
  return [
    warningProblem("connection-changed", "evidence.cloudtrail.athena is changed; that of the base branch is asked until the merge.", {
      ...(athena ? { place: athena.place } : {}),
      attention: true,
      hint: "Review it: whoever names the table says what is believed of who took which IAM role.",
    }),
  ];
}

const same = (a: unknown, b: unknown): boolean => JSON.stringify(a) === JSON.stringify(b);
