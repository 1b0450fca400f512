import { type Atom, atomKey, atomsOf } from "./atoms.js";
import { assumeStatement, connectStatement, nothingDocument, VERSION, writeDocument } from "./document.js";
import { isObject, type JsonObject, listOf, parseJson, textOf } from "./json.js";
import { ACTIONS, patterns } from "./names.js";
import { widest } from "./wildcard.js";

/** The doors of an account's clusters, as patterns of ARNs: which of them may be touched. */
export interface DoorMap {
  /** One for each cluster that was read. */
  readonly read: readonly string[];
  /** One for each cluster that was not read, and whose resource id is known all the same. */
  readonly unread: readonly string[];
  /** All doors of the account, when the resource id of a cluster is not known: every id may be its own, but those above. null: all are known. */
  readonly unknown: string | null;
}

export const CONNECT = "rds-db:connect";
const { meet, covers } = patterns({ variables: true, arn: true });

/** The part of a resource that leads to clusters that were not read; empty: none. */
export function unreadPart(resource: string, { read, unread, unknown }: DoorMap): readonly string[] {
  const isKnown = [...read, ...unread].some((pattern) => covers(pattern, resource));
  // Whose door it is cannot be told, so all of it stays.
  if (unknown !== null && !isKnown && meet(resource, unknown).length > 0) return [resource];
  return partIn(resource, unread);
}

/** The part of a resource that leads to clusters that were read. */
export const readPart = (resource: string, { read }: DoorMap): readonly string[] => partIn(resource, read);

const partIn = (resource: string, doors: readonly string[]): readonly string[] =>
  widest(
    doors.flatMap((door) => meet(resource, door).filter((part) => part === resource || isOneUser(part, door))),
    covers,
  );

/** A star could also stand for a slash or colon in a user's name, which no door has (`name-in-arn`): those parts are noise. */
const isOneUser = (part: string, door: string): boolean => !/[/:]/.test(part.slice(door.length - 1));

/** What a policy says of doors to clusters that were not read: it must stay true. null: that cannot be told, so all of it must stay. */
export function unreadAtoms(json: string, doors: DoorMap): readonly Atom[] | null {
  const found: Atom[] = [];
  for (const atom of atomsOf(json)) {
    if (atom.action !== null && ACTIONS.meet(atom.action, CONNECT).length === 0) continue;
    if (atom.resource === null || atom.version !== VERSION) return null;
    const { resource } = atom;
    const parts = unreadPart(resource, doors);
    // A variable may be filled in with anything.
    const isSure = parts.length > 0 || !resource.includes("${") || doors.read.some((pattern) => covers(pattern, resource));
    if (!isSure) return null;
    found.push(...parts.map((part) => ({ ...atom, resource: part })));
  }
  return found;
}

/** Whether a policy gives this door with nothing besides. */
export const givesPlainly = (json: string, resource: string): boolean =>
  atomsOf(json).some((atom) => isPlain(atom) && atom.resource === resource);

/** The generated policy: these doors, what is carried over from the live one, and the IAM roles that may be taken. */
export function connectDocumentWith(arns: readonly string[], carried: readonly Atom[], taken: readonly string[]): string {
  const rest = carried.filter((atom) => !isPlain(atom));
  const plain = carried.filter(isPlain).flatMap(({ resource }) => resource ?? []);
  const resources = [...arns, ...plain.filter((one) => !arns.some((arn) => covers(arn, one)))];
  if (resources.length + rest.length + taken.length === 0) return nothingDocument();
  const own: JsonObject[] = [
    ...(resources.length === 0 ? [] : [connectStatement(resources)]),
    ...(taken.length === 0 ? [] : [assumeStatement(taken)]),
  ];
  return writeDocument(VERSION, [...own, ...new Map(rest.map((atom) => [atomKey(atom), statementOf(atom)])).values()]);
}

const isPlain = ({ effect, action, condition, whole }: Atom): boolean =>
  effect === "Allow" && action === CONNECT && condition === null && whole === null;

const statementOf = ({ effect, action, resource, condition }: Atom): JsonObject => ({
  Effect: effect,
  Action: action ?? CONNECT,
  Resource: [resource ?? ""],
  ...(condition === null ? {} : { Condition: JSON.parse(condition) }),
});

/** A generated policy without some of its doors. */
export function withoutDoors(json: string, shut: ReadonlySet<string>): string {
  const document = parseJson(json);
  const statements = (isObject(document) ? listOf(document["Statement"] ?? []) : []).flatMap((statement) => {
    if (!isObject(statement) || statement["Action"] === undefined || textOf(statement["Action"]) !== textOf([CONNECT])) return [statement];
    const left = listOf(statement["Resource"] ?? []).filter((arn) => !shut.has(String(arn)));
    return left.length === 0 ? [] : [{ ...statement, Resource: left }];
  });
  return statements.length === 0 ? nothingDocument() : writeDocument(VERSION, statements);
}
