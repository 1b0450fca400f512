import { type LaterObjects, PUBLIC, type ThingType } from "./model.js";
import { type Cursor, cursorOf } from "./tokens.js";

/** An object as a statement names it. */
export interface Named {
  readonly type: ThingType;
  readonly schema: string;
  readonly name: string;
  readonly of: string;
}

/** A privilege word, and the columns behind it. */
export interface Asked {
  readonly privilege: string;
  readonly columns: readonly string[];
}

interface Move {
  readonly give: boolean;
  /** GRANT OPTION FOR. */
  readonly optionOnly: boolean;
  readonly asked: readonly Asked[];
  readonly who: readonly string[];
  /** WITH GRANT OPTION. */
  readonly grantable: boolean;
  readonly cascade: boolean;
  readonly grantedBy: string | null;
}

export type MembershipOption = "admin" | "inherit" | "set";

/** What the plans' narrow SQL can say. */
export type Statement =
  | { readonly type: "create-role"; readonly role: string }
  | { readonly type: "drop-role"; readonly role: string }
  | { readonly type: "login"; readonly role: string; readonly login: boolean }
  | { readonly type: "comment"; readonly role: string; readonly comment: string | null }
  | { readonly type: "set-role"; readonly role: string | null }
  | {
      readonly type: "grant-role";
      readonly roles: readonly string[];
      readonly members: readonly string[];
      readonly options: Readonly<Partial<Record<MembershipOption, boolean>>>;
      readonly grantedBy: string | null;
    }
  | {
      readonly type: "revoke-role";
      readonly roles: readonly string[];
      readonly members: readonly string[];
      readonly optionOnly: MembershipOption | null;
      readonly grantedBy: string | null;
      readonly cascade: boolean;
    }
  | (Move & { readonly type: "acl"; readonly on: readonly Named[] })
  | (Move & { readonly type: "later"; readonly creator: string; readonly schema: string | null; readonly objects: LaterObjects });

export type AclStatement = Extract<Statement, { type: "acl" }>;
export type LaterStatement = Extract<Statement, { type: "later" }>;

/** Throws UnknownStatement for anything else. */
export function parseStatement(sql: string): Statement {
  const c = cursorOf(sql);
  const statement = readStatement(c);
  if (!c.atEnd()) c.fail();
  return statement;
}

function readStatement(c: Cursor): Statement {
  if (c.takes("CREATE", "ROLE")) {
    const role = c.name();
    c.takes("NOLOGIN");
    return { type: "create-role", role };
  }
  if (c.takes("DROP", "ROLE")) return { type: "drop-role", role: c.name() };
  if (c.takes("ALTER", "ROLE")) return { type: "login", role: c.name(), login: readLogin(c) };
  if (c.takes("COMMENT", "ON", "ROLE")) {
    const role = c.name();
    c.expect("IS");
    return { type: "comment", role, comment: c.takes("NULL") ? null : c.text() };
  }
  if (c.takes("SET", "LOCAL", "ROLE")) return { type: "set-role", role: c.takes("NONE") ? null : c.name() };
  if (c.takes("RESET", "ROLE")) return { type: "set-role", role: null };
  if (c.takes("ALTER", "DEFAULT", "PRIVILEGES", "FOR", "ROLE")) return readLater(c);
  if (c.takes("GRANT")) return c.seesName() ? readGrantRole(c) : readAcl(c, true);
  if (c.takes("REVOKE")) return readRevoke(c);
  return c.fail();
}

function readLogin(c: Cursor): boolean {
  const word = c.word();
  if (word !== "LOGIN" && word !== "NOLOGIN") return c.fail();
  return word === "LOGIN";
}

function readList<T>(c: Cursor, read: () => T): T[] {
  const list = [read()];
  while (c.takes(",")) list.push(read());
  return list;
}

const readGrantee = (c: Cursor): string => {
  if (c.takes("PUBLIC")) return PUBLIC;
  const name = c.name();
  // GRANT … TO "public" means everybody.
  return name === "public" ? PUBLIC : name;
};

const readGrantedBy = (c: Cursor): string | null => (c.takes("GRANTED", "BY") ? c.name() : null);

function readGrantRole(c: Cursor): Statement {
  const roles = readList(c, c.name);
  c.expect("TO");
  const members = readList(c, c.name);
  const options: Partial<Record<MembershipOption, boolean>> = {};
  if (c.takes("WITH")) {
    readList(c, () => {
      options[readOption(c)] = readTruth(c);
    });
  }
  return { type: "grant-role", roles, members, options, grantedBy: readGrantedBy(c) };
}

function readOption(c: Cursor): MembershipOption {
  const word = c.word().toLowerCase();
  return word === "admin" || word === "inherit" || word === "set" ? word : c.fail();
}

const readTruth = (c: Cursor): boolean => {
  if (c.takes("FALSE")) return false;
  if (!c.takes("TRUE")) c.expect("OPTION");
  return true;
};

function readRevoke(c: Cursor): Statement {
  const optionOnly = c.sees("ADMIN", "INHERIT", "SET") ? readOptionFor(c) : null;
  if (optionOnly === null && !c.seesName()) return readAcl(c, false);
  const roles = readList(c, c.name);
  c.expect("FROM");
  const members = readList(c, c.name);
  return { type: "revoke-role", roles, members, optionOnly, grantedBy: readGrantedBy(c), cascade: readCascade(c) };
}

/** SET is a privilege on parameters, too; plans do not hold those. */
function readOptionFor(c: Cursor): MembershipOption {
  const option = readOption(c);
  c.expect("OPTION", "FOR");
  return option;
}

const readCascade = (c: Cursor): boolean => {
  c.takes("RESTRICT");
  return c.takes("CASCADE");
};

function readAsked(c: Cursor): Asked {
  const privilege = c.word().toLowerCase();
  return { privilege, columns: c.sees("(") ? columnsOf(c.bracketed()) : [] };
}

function columnsOf(text: string): string[] {
  const c = cursorOf(text);
  return readList(c, c.name);
}

/** From behind GRANT or REVOKE to the object. */
function readHead(c: Cursor, give: boolean): Pick<Move, "give" | "optionOnly" | "asked"> {
  const optionOnly = !give && c.takes("GRANT", "OPTION", "FOR");
  const asked = readList(c, () => readAsked(c));
  c.expect("ON");
  return { give, optionOnly, asked };
}

function readTail(c: Cursor, give: boolean): Pick<Move, "who" | "grantable" | "cascade" | "grantedBy"> {
  c.expect(give ? "TO" : "FROM");
  const who = readList(c, () => readGrantee(c));
  const grantable = give && c.takes("WITH", "GRANT", "OPTION");
  const grantedBy = readGrantedBy(c);
  return { who, grantable, cascade: !give && readCascade(c), grantedBy };
}

function readAcl(c: Cursor, give: boolean): AclStatement {
  const head = readHead(c, give);
  const word = c.word();
  const type = TYPES[word] ?? c.fail();
  const on = readList(c, () => readNamed(c, type));
  return { type: "acl", ...head, on, ...readTail(c, give) };
}

const TYPES: Readonly<Record<string, ThingType>> = {
  DATABASE: "database",
  SCHEMA: "schema",
  TABLE: "table",
  SEQUENCE: "sequence",
  ROUTINE: "routine",
  FUNCTION: "routine",
};

function readNamed(c: Cursor, type: ThingType): Named {
  const first = c.name();
  if (type === "database" || type === "schema") return { type, schema: "", name: first, of: "" };
  c.expect(".");
  const name = c.name();
  return { type, schema: first, name, of: type === "routine" ? c.bracketed().replace(/^IN /, "") : "" };
}

function readLater(c: Cursor): LaterStatement {
  const creator = c.name();
  const schema = c.takes("IN", "SCHEMA") ? c.name() : null;
  const give = c.takes("GRANT");
  if (!give) c.expect("REVOKE");
  const head = readHead(c, give);
  const objects = LATER[c.word()] ?? c.fail();
  return { type: "later", creator, schema, objects, ...head, ...readTail(c, give) };
}

const LATER: Readonly<Record<string, LaterObjects>> = {
  TABLES: "tables",
  SEQUENCES: "sequences",
  ROUTINES: "routines",
  FUNCTIONS: "routines",
};
