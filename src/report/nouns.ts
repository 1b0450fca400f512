import { counted } from "./visible.js";

/** Words that begin the names of things in effects and titles (`IAM role x`, `table s.t`), with their plurals. */
const NOUNS: ReadonlyMap<string, string> = new Map([
  ["IAM role", "IAM roles"],
  ["IAM policy", "IAM policies"],
  ["IAM user", "IAM users"],
  ["IAM group", "IAM groups"],
  ["instance profile", "instance profiles"],
  ["default privileges", "default privileges"],
  ["attachment", "attachments"],
  ["membership", "memberships"],
  ["service", "services"],
  ["principal", "principals"],
  ["resource", "resources"],
  ["cluster", "clusters"],
  ["account", "accounts"],
  ["database", "databases"],
  ["schema", "schemas"],
  ["table", "tables"],
  ["sequence", "sequences"],
  ["routine", "routines"],
  ["column", "columns"],
  ["role", "roles"],
  ["user", "users"],
]);

/** The noun that a text begins with; null: it begins with none that is known (an ARN). */
export function nounOf(text: string): string | null {
  const [first = "", second = ""] = text.split(" ", 2);
  if (NOUNS.has(`${first} ${second}`)) return `${first} ${second}`;
  return NOUNS.has(first) ? first : null;
}

/** `1 IAM policy`, `5,000 IAM policies`. */
export const countedNoun = (count: number, noun: string): string => counted(count, noun, NOUNS.get(noun));
