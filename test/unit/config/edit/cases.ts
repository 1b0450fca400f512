import type { FileEdit } from "../../../../src/model/review.js";

/** What an edit makes of a text. */
export interface Case {
  readonly title: string;
  readonly before: string;
  readonly edits: readonly FileEdit[];
  readonly after: string;
}

const DAY = "2026-12-25";

export const remove = (what: FileEdit["what"]): FileEdit => ({ action: "remove", what });
export const expire = (what: FileEdit["what"], until = DAY): FileEdit => ({ action: "expire", what, until });
export const user = (name: string) => ({ type: "user", name }) as const;
export const role = (name: string) => ({ type: "role", name }) as const;
export const member = (member: string, role: string) => ({ type: "membership", member, role }) as const;
export const iamRole = (id: string) => ({ type: "iam-role", id }) as const;
export const connect = (
  door: string,
  user: string,
  clusters: readonly string[] | null = null,
  holder: "iam-role" | "iam-user" | "iam-policy" = "iam-role",
) => ({ type: "connect", holder, door, user, clusters }) as const;

const lines = (...all: readonly string[]): string => all.map((line) => `${line}\n`).join("");

export const CASES: readonly Case[] = [
  {
    title: "a block entry goes with its comments",
    before: lines("users:", "  ann:", "    login: iam", "  # Bob left.", "  # In May.", "  bob: # old", "    login: iam # yes", "  # Cy.", "  cy: {}"),
    edits: [remove(user("bob"))],
    after: lines("users:", "  ann:", "    login: iam", "  # Cy.", "  cy: {}"),
  },
  {
    title: "a comment apart by an empty line stays, and so does the empty line",
    before: lines("users:", "  ann: {}", "", "  # People.", "", "  # Bob.", "  bob: {}", "", "  cy: {}"),
    edits: [remove(user("bob"))],
    after: lines("users:", "  ann: {}", "", "  # People.", "", "", "  cy: {}"),
  },
  {
    title: "a comment of the entry above, which is deeper, stays",
    before: lines("users:", "  ann:", "    login: iam", "    # no member", "  bob: {}"),
    edits: [remove(user("bob"))],
    after: lines("users:", "  ann:", "    login: iam", "    # no member"),
  },
  {
    title: "a comment that opens the file is the file's",
    before: lines("# Who has what.", "users:", "  bob: {}", "version: 1"),
    edits: [remove(user("bob"))],
    after: lines("# Who has what.", "version: 1"),
  },
  {
    title: "the last user goes with its section",
    before: lines("version: 1", "", "# Users.", "users:", "  bob: {}", "", "safety: {}"),
    edits: [remove(user("bob"))],
    after: lines("version: 1", "", "", "safety: {}"),
  },
  {
    title: "a file without a line break at its end keeps none",
    before: "version: 1\nusers:\n  ann: {}\n  bob: {}",
    edits: [remove(user("bob"))],
    after: "version: 1\nusers:\n  ann: {}",
  },
  {
    title: "an end at the end of a file without a line break",
    before: "version: 1\nusers:\n  bob:\n    login: iam",
    edits: [expire(user("bob"))],
    after: `version: 1\nusers:\n  bob:\n    login: iam\n    expires: ${DAY}`,
  },
  {
    title: "CRLF and a byte order mark",
    before: "\uFEFFversion: 1\r\nusers:\r\n  ann:\r\n    login: iam\r\n  # Bob.\r\n  bob: {}\r\n",
    edits: [remove(user("bob")), expire(user("ann"))],
    after: `\uFEFFversion: 1\r\nusers:\r\n  ann:\r\n    login: iam\r\n    expires: ${DAY}\r\n`,
  },
  {
    title: "CR alone",
    before: "version: 1\rusers:\r  # a\r  ann: {}\r  # b\r  bob:\r    login: iam\r",
    edits: [remove(user("ann")), expire(user("bob"))],
    after: `version: 1\rusers:\r  # b\r  bob:\r    login: iam\r    expires: ${DAY}\r`,
  },
  {
    title: "a flow mapping of users: the first",
    before: "version: 1\nusers: { ann: {}, bob: {}, cy: {} }\n",
    edits: [remove(user("ann"))],
    after: "version: 1\nusers: { bob: {}, cy: {} }\n",
  },
  {
    title: "a flow mapping of users: one within",
    before: "version: 1\nusers: { ann: {}, bob: {}, cy: {} }\n",
    edits: [remove(user("bob"))],
    after: "version: 1\nusers: { ann: {}, cy: {} }\n",
  },
  {
    title: "a flow mapping of users: the last, before a comma",
    before: "version: 1\nusers: {ann: {}, bob: {}, cy: {},}\n",
    edits: [remove(user("cy"))],
    after: "version: 1\nusers: {ann: {}, bob: {},}\n",
  },
  {
    title: "a flow mapping of users: all but one",
    before: "version: 1\nusers: { ann: {} , bob: {}, cy: {} }\n",
    edits: [remove(user("ann")), remove(user("cy"))],
    after: "version: 1\nusers: { bob: {} }\n",
  },
  {
    title: "a membership of several",
    before: "users:\n  bob: { login: iam, member_of: [ a,b , c ] } # Bob\n",
    edits: [remove(member("bob", "b"))],
    after: "users:\n  bob: { login: iam, member_of: [ a,c ] } # Bob\n",
  },
  {
    title: "the last membership goes with its key",
    before: "users:\n  bob: { login: iam, member_of: [a] }\n",
    edits: [remove(member("bob", "a"))],
    after: "users:\n  bob: { login: iam }\n",
  },
  {
    title: "the last key of a user leaves a user",
    before: "users:\n  bob: { member_of: [a] }\n",
    edits: [remove(member("bob", "a"))],
    after: "users:\n  bob: {}\n",
  },
  {
    title: "the last key of a user in a block leaves a user",
    before: lines("users:", "  bob: # Bob", "    # In a.", "    member_of:", "      - a # yes", "  cy: {}"),
    edits: [remove(member("bob", "a"))],
    after: lines("users:", "  bob: # Bob", "  cy: {}"),
  },
  {
    title: "both memberships at once",
    before: "users:\n  bob: { login: iam, member_of: [a, b] }\n",
    edits: [remove(member("bob", "a")), remove(member("bob", "b"))],
    after: "users:\n  bob: { login: iam }\n",
  },
  {
    title: "an item of a block list at the indentation of its key",
    before: lines("users:", "  bob:", "    member_of:", "    # A.", "    - a", "    # B.", "    - b", "    login: iam"),
    edits: [remove(member("bob", "a"))],
    after: lines("users:", "  bob:", "    member_of:", "    # B.", "    - b", "    login: iam"),
  },
  {
    title: "a mapping of a block list, on several lines",
    before: lines("users:", "  bob:", "    member_of:", "      - role: a", "        inherit: false", "      - b"),
    edits: [remove(member("bob", "a"))],
    after: lines("users:", "  bob:", "    member_of:", "      - b"),
  },
  {
    title: "flow items on lines of their own: one within",
    before: lines("users:", "  bob:", "    member_of: [", "      a, # A", "      # B.", "      b, # B", "      c # C", "      ]"),
    edits: [remove(member("bob", "b"))],
    after: lines("users:", "  bob:", "    member_of: [", "      a, # A", "      c # C", "      ]"),
  },
  {
    title: "flow items on lines of their own: the last takes the comma before it along",
    before: lines("users:", "  bob:", "    member_of: [", "      a, # A", "      b # B", "      ]"),
    edits: [remove(member("bob", "b"))],
    after: lines("users:", "  bob:", "    member_of: [", "      a # A", "      ]"),
  },
  {
    title: "flow items on lines of their own: a comma at the end stays",
    before: lines("users:", "  bob:", "    member_of: [", "      a,", "      b,", "      ]"),
    edits: [remove(member("bob", "b"))],
    after: lines("users:", "  bob:", "    member_of: [", "      a,", "      ]"),
  },
  {
    title: "flow items, commas first",
    before: lines("users:", "  bob:", "    member_of: [ a", "      , b", "      , c ]"),
    edits: [remove(member("bob", "b"))],
    after: lines("users:", "  bob:", "    member_of: [ a", "      , c ]"),
  },
  {
    title: "flow items that fill lines",
    before: lines("users:", "  bob:", "    member_of: [a, b,", "      c, d]"),
    edits: [remove(member("bob", "c")), remove(member("bob", "b"))],
    after: lines("users:", "  bob:", "    member_of: [a, d]"),
  },
  {
    title: "a membership ends: flow",
    before: "users:\n  bob: { member_of: [a, b] }\n",
    edits: [expire(member("bob", "a"))],
    after: `users:\n  bob: { member_of: [{ role: a, expires: ${DAY} }, b] }\n`,
  },
  {
    title: "a membership ends: block, quotes kept",
    before: lines("users:", "  bob:", "    member_of:", '      - "a b" # odd', "      - b"),
    edits: [expire(member("bob", "a b"))],
    after: lines("users:", "  bob:", "    member_of:", `      - { role: "a b", expires: ${DAY} } # odd`, "      - b"),
  },
  {
    title: "a membership ends: a name that needs quotes between braces",
    before: lines("users:", "  bob:", "    member_of:", "      - a,b"),
    edits: [expire(member("bob", "a,b"))],
    after: lines("users:", "  bob:", "    member_of:", `      - { role: "a,b", expires: ${DAY} }`),
  },
  {
    title: "a membership ends: a mapping in flow",
    before: "users:\n  bob: { member_of: [{ role: a, inherit: false }] }\n",
    edits: [expire(member("bob", "a"))],
    after: `users:\n  bob: { member_of: [{ role: a, inherit: false, expires: ${DAY} }] }\n`,
  },
  {
    title: "a membership ends: a mapping in a block",
    before: lines("users:", "  bob:", "    member_of:", "      - role: a # A", "        inherit: false # no", "      - b"),
    edits: [expire(member("bob", "a"))],
    after: lines("users:", "  bob:", "    member_of:", "      - role: a # A", "        inherit: false # no", `        expires: ${DAY}`, "      - b"),
  },
  {
    title: "a membership ends: a pair without braces",
    before: "users:\n  bob: { member_of: [role: a, b] }\n",
    edits: [expire(member("bob", "a"))],
    after: `users:\n  bob: { member_of: [{ role: a, expires: ${DAY} }, b] }\n`,
  },
  {
    title: "a user ends: flow",
    before: "users:\n  bob: { login: iam } # Bob\n",
    edits: [expire(user("bob"))],
    after: `users:\n  bob: { login: iam, expires: ${DAY} } # Bob\n`,
  },
  {
    title: "a user ends: nothing behind its key",
    before: "users:\n  bob:   # Bob\n  cy:\n",
    edits: [expire(user("bob")), expire(user("cy"))],
    after: `users:\n  bob: { expires: ${DAY} }   # Bob\n  cy: { expires: ${DAY} }\n`,
  },
  {
    title: "a user ends: nothing in flow, null and {}",
    before: "users: { ann, bob: , cy: null, di: {}, ed: { }, fi: ~ }\n",
    edits: ["ann", "bob", "cy", "di", "ed", "fi"].slice(1).map((name) => expire(user(name))),
    after: `users: { ann, bob: { expires: ${DAY} } , cy: { expires: ${DAY} }, di: { expires: ${DAY} }, ed: { expires: ${DAY} }, fi: { expires: ${DAY} } }\n`,
  },
  {
    title: "a role ends: behind its grants",
    before: lines("roles:", "  r:", "    grants:", "      shop:", "        database: [connect]", "", "  # S.", "  s: {}"),
    edits: [expire(role("r"))],
    after: lines("roles:", "  r:", "    grants:", "      shop:", "        database: [connect]", `    expires: ${DAY}`, "", "  # S.", "  s: {}"),
  },
  {
    title: "a user ends: flow on several lines",
    before: lines("users:", "  bob: {", "    login: iam, # IAM", "    member_of: [a] # A", "    }"),
    edits: [expire(user("bob"))],
    after: lines("users:", "  bob: {", "    login: iam, # IAM", "    member_of: [a], # A", `    expires: ${DAY}`, "    }"),
  },
  {
    title: "an earlier end stays, a later one becomes earlier",
    before: "users:\n  ann: { expires: 2026-12-01 }\n  bob: { expires: 2027-12-01, login: iam }\n",
    edits: [expire(user("ann")), expire(user("bob"))],
    after: `users:\n  ann: { expires: 2026-12-01 }\n  bob: { expires: ${DAY}, login: iam }\n`,
  },
  {
    title: "an IAM role ends, before a description of several lines at its end",
    before: lines("iam_roles:", "  app:", "    account: db", "    description: |", "      The app.", "", "  other: {}"),
    edits: [expire(iamRole("app"))],
    after: lines("iam_roles:", "  app:", "    account: db", `    expires: ${DAY}`, "    description: |", "      The app.", "", "  other: {}"),
  },
  {
    title: "a door ends",
    before: "iam_roles:\n  app: { connect: [{ user: u, clusters: [x] }] }\n",
    edits: [expire(connect("app", "u"))],
    after: `iam_roles:\n  app: { connect: [{ user: u, clusters: [x], expires: ${DAY} }] }\n`,
  },
  {
    title: "a door ends on all its clusters",
    before: "iam_roles:\n  app: { connect: [{ user: u, clusters: [x, y] }] }\n",
    edits: [expire(connect("app", "u", ["y", "x"]))],
    after: `iam_roles:\n  app: { connect: [{ user: u, clusters: [x, y], expires: ${DAY} }] }\n`,
  },
  {
    title: "a door ends on some clusters: flow",
    before: "iam_roles:\n  app: { connect: [{ user: u, clusters: [x, y], via: proxy }, { user: v, clusters: [x] }] }\n",
    edits: [expire(connect("app", "u", ["x"]))],
    after: `iam_roles:\n  app: { connect: [{ user: u, clusters: [y], via: proxy }, { user: u, clusters: [x], via: proxy, expires: ${DAY} }, { user: v, clusters: [x] }] }\n`,
  },
  {
    title: "a door ends on some clusters: block",
    before: lines("iam_roles:", "  app:", "    connect:", "      - user: u # U", "        clusters:", "          - x # X", "          - y", "      # V.", "      - { user: v }"),
    edits: [expire(connect("app", "u", ["x"]))],
    after: lines(
      "iam_roles:",
      "  app:",
      "    connect:",
      "      - user: u # U",
      "        clusters:",
      "          - y",
      `      - { user: u, clusters: [x], expires: ${DAY} }`,
      "      # V.",
      "      - { user: v }",
    ),
  },
  {
    title: "a door ends on some clusters: flow items on their lines",
    before: lines("iam_roles:", "  app:", "    connect: [", "      { user: u, clusters: [x, y] }, # U", "      { user: v, clusters: [x, y] } # V", "      ]"),
    edits: [expire(connect("app", "u", ["x"])), expire(connect("app", "v", ["y"]))],
    after: lines(
      "iam_roles:",
      "  app:",
      "    connect: [",
      "      { user: u, clusters: [y] }, # U",
      `      { user: u, clusters: [x], expires: ${DAY} },`,
      "      { user: v, clusters: [x] }, # V",
      `      { user: v, clusters: [y], expires: ${DAY} }`,
      "      ]",
    ),
  },
  {
    title: "a door goes on one cluster",
    before: "iam_roles:\n  app: { connect: [{ user: u, clusters: [x, y] }] }\n",
    edits: [remove(connect("app", "u", ["x"]))],
    after: "iam_roles:\n  app: { connect: [{ user: u, clusters: [y] }] }\n",
  },
  {
    title: "a door goes on its last cluster, and connect: [] is not left",
    before: lines("iam_roles:", "  app:", "    account: db", "    # Doors.", "    connect:", "      - { user: u, clusters: [x, y] }", "    policy: p"),
    edits: [remove(connect("app", "u", ["x"])), remove(connect("app", "u", ["y"]))],
    after: lines("iam_roles:", "  app:", "    account: db", "    policy: p"),
  },
  {
    title: "an IAM user goes with its last door, and the section with it",
    before: lines("version: 1", "iam_users:", "  ops:", "    account: db", "    connect:", "    - { user: u, any_cluster: true }"),
    edits: [remove(connect("ops", "u", null, "iam-user"))],
    after: lines("version: 1"),
  },
  {
    title: "the first key behind a dash is no place to lose one: the item goes whole",
    before: lines("iam_roles:", "  app:", "    connect:", "      - clusters: [x]", "        user: u", "      - user: v"),
    edits: [remove(connect("app", "u", ["x"]))],
    after: lines("iam_roles:", "  app:", "    connect:", "      - user: v"),
  },
  {
    title: "a user goes with its doors and the memberships in it",
    before: lines(
      "users:",
      "  bob: { login: iam, member_of: [r] }",
      "  cy: { login: iam, member_of: [bob, r] }",
      "iam_roles:",
      "  app:",
      "    connect:",
      "      # Bob's.",
      "      - { user: bob, clusters: [x] }",
      "      - { user: cy, clusters: [x] }",
      "iam_policies:",
      "  p: { account: db, connect: [{ user: bob, any_cluster: true }] }",
      "  q: { account: db, connect: [{ user: bob, any_cluster: true }, { user: cy, any_cluster: true }] }",
    ),
    edits: [remove(user("bob"))],
    after: lines(
      "users:",
      "  cy: { login: iam, member_of: [r] }",
      "iam_roles:",
      "  app:",
      "    connect:",
      "      - { user: cy, clusters: [x] }",
      "iam_policies:",
      "  q: { account: db, connect: [{ user: cy, any_cluster: true }] }",
    ),
  },
  {
    title: "a role goes with the memberships in it",
    before: lines("roles:", "  r: {}", "  s: { member_of: [r] }", "users:", "  bob: { member_of: [s, { role: r, admin: true }] }"),
    edits: [remove(role("r"))],
    after: lines("roles:", "  s: {}", "users:", "  bob: { member_of: [s] }"),
  },
  {
    title: "an IAM role goes with the trusts in it and whoever takes it",
    before: lines(
      "iam_roles:",
      "  mgmt: { account: m, assume: [mon, db/mon, other] }",
      "  mon: { account: db, trust: [{ role: mgmt }] }",
      "  other:",
      "    account: db",
      "    trust:",
      "      - role: mon",
      "      - { service: ec2.amazonaws.com }",
    ),
    edits: [remove(iamRole("mon"))],
    after: lines("iam_roles:", "  mgmt: { account: m, assume: [other] }", "  other:", "    account: db", "    trust:", "      - { service: ec2.amazonaws.com }"),
  },
  {
    title: "quoted keys, keys with a slash, characters of several bytes",
    before: lines('version: 1', 'users:', '  "bob/x": {}', "  'zoë 😀': { member_of: [ß, 日本] } # ü", "  cy: {}"),
    edits: [remove(user("bob/x")), expire(member("zoë 😀", "日本"))],
    after: lines("version: 1", "users:", `  'zoë 😀': { member_of: [ß, { role: 日本, expires: ${DAY} }] } # ü`, "  cy: {}"),
  },
  {
    title: "behind a document start marker, tabs before comments",
    before: "---\nversion: 1\nusers:\n  ann: {}\t# A\n  bob: # B\n    login: iam\t# I\n...\n",
    edits: [expire(user("ann")), expire(user("bob"))],
    after: `---\nversion: 1\nusers:\n  ann: { expires: ${DAY} }\t# A\n  bob: # B\n    login: iam\t# I\n    expires: ${DAY}\n...\n`,
  },
  {
    title: "the whole file in flow",
    before: '{ "version": 1, "users": { "ann": { "login": "iam" }, "bob": {} } }',
    edits: [remove(user("bob")), expire(user("ann"))],
    after: `{ "version": 1, "users": { "ann": { "login": "iam", expires: ${DAY} } } }`,
  },
];
