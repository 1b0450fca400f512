import fc from "fast-check";
import { fileOf } from "./build-file.js";
import { worldOf } from "./build-world.js";
import { GROUPS, USERS } from "./domain.js";
import { editWorld } from "./edit-world.js";
import type { AccessModel, FileIamRole, FileRole } from "./model.js";
import type { Planner, Scene } from "./planner.js";
import { type Edit, edit, type Sketch, sketch } from "./sketch.js";

/** One way to say who takes whom, as whom that logs in, and what that one may do: bits. */
interface Ways {
  readonly roles: number;
  readonly trust: number;
  readonly connect: number;
  readonly members: number;
}

/** Two files that differ in ways through IAM roles, with what was changed by hand in between. */
export interface ChainStory {
  readonly sketch: Sketch;
  readonly files: readonly [Ways, Ways];
  readonly drift: readonly Edit[];
}

const bits = fc.nat({ max: 255 });
const ways: fc.Arbitrary<Ways> = fc.record({ roles: bits, trust: bits, connect: bits, members: bits });

/** The second file often differs from the first in a part only. */
const files = fc.tuple(ways, ways, fc.nat({ max: 15 })).map(([one, other, parts]): [Ways, Ways] => [
  one,
  {
    roles: parts & 1 ? other.roles : one.roles,
    trust: parts & 2 ? other.trust : one.trust,
    connect: parts & 4 ? other.connect : one.connect,
    members: parts & 8 ? other.members : one.members,
  },
]);

export const chainStory: fc.Arbitrary<ChainStory> = fc.record({ sketch, files, drift: fc.array(edit, { maxLength: 2 }) });

const BARE: Sketch = {
  shape: { major: 13, clusters: 0, twoDatabases: false, rdsAdmin: false, things: 0, file: 0 },
  roles: [0, 0, 0, 0, 0, 0, 0],
  rows: [],
  memberships: [],
  later: [],
  iam: [],
  grants: [],
  fileMemberships: [],
  doors: [],
  drift: [],
  applied: true,
};
const known = (sketch: Partial<Sketch>, files: ChainStory["files"], drift: ChainStory["drift"]): ChainStory => ({
  sketch: { ...BARE, ...sketch },
  files,
  drift,
});

/** Stories that a long run found something wrong with. */
export const KNOWN_CHAIN_STORIES: readonly ChainStory[] = [
  // One user's door is widened by a pattern, another one's is closed, and the first is not a member of rds_iam: the parts waited for each other.
  known(
    { roles: [0, 0, 0, 0, 0, 4, 0], grants: [[0, 122, 0, 0, 419]] },
    [
      { roles: 13, trust: 0, connect: 254, members: 0 },
      { roles: 0, trust: 0, connect: 254, members: 162 },
    ],
    [[858, 250, 0, 0]],
  ),
  // A policy was detached by hand: attached again while it held what it had and what it gets, it opened the former door for a moment.
  known(
    { grants: [[0, 62, 0, 0, 0]] },
    [
      { roles: 86, trust: 132, connect: 190, members: 0 },
      { roles: 1, trust: 132, connect: 16, members: 126 },
    ],
    [[677, 5, 0, 1]],
  ),
  // Whoever takes away a Deny opens a door: the memberships that go must be gone before.
  known(
    { roles: [0, 0, 541, 76, 46, 6, 0], grants: [[0, 958, 0, 0, 0]] },
    [
      { roles: 0, trust: 0, connect: 1, members: 15 },
      { roles: 0, trust: 0, connect: 1, members: 0 },
    ],
    [[489, 12, 511, 0]],
  ),
  // What a door gives moves to a user who is a member of rds_iam only in the end: in between the door leads nowhere, and the plan says so.
  known(
    { grants: [[0, 661, 0, 0, 0]] },
    [
      { roles: 0, trust: 0, connect: 63, members: 4 },
      { roles: 0, trust: 0, connect: 63, members: 115 },
    ],
    [[348, 0, 0, 0]],
  ),
  // A trust lets in somebody who is not named: whoever is named comes as before.
  known(
    {},
    [
      { roles: 32, trust: 56, connect: 193, members: 0 },
      { roles: 32, trust: 56, connect: 44, members: 0 },
    ],
    [[165, 836, 813, 0]],
  ),
  // The gap begins where the door's own account closes it, not at what another account closes.
  known(
    {},
    [
      { roles: 48, trust: 148, connect: 124, members: 0 },
      { roles: 15, trust: 112, connect: 1, members: 0 },
    ],
    [[694, 0, 93, 1]],
  ),
];

/** The second file on what the first one made, and on what somebody changed there. */
export function chainScenes({ sketch: of, files: [first, second], drift }: ChainStory, planner: Planner): Scene[] {
  // One or two servers, all of RDS, and nothing of IAM that stands there by chance.
  const plain: Sketch = { ...of, shape: { ...of.shape, clusters: of.shape.clusters < 8 ? 1 : 5 }, iam: [], doors: [] };
  const start = worldOf(plain);
  const base = fileOf(plain, start);
  const made = planner.appliedTo({ file: withWays(base, first), world: start });
  const file = withWays(base, second);
  return drift.length === 0
    ? [{ file, world: made }]
    : [
        { file, world: made },
        { file, world: drift.reduce(editWorld, made) },
      ];
}

function withWays(base: AccessModel, { roles, trust, connect, members }: Ways): AccessModel {
  const clusters = base.clusters.filter((cluster) => cluster.rds !== null).map(({ name }) => name);
  const users = USERS.map(
    (name, i): FileRole => ({
      name,
      login: "iam",
      clusters,
      memberOf: GROUPS.filter((_, g) => (members >> (2 * i + g)) & 1).map((role) => ({ role, admin: false, inherit: true, set: true })),
      grants: [],
    }),
  );
  const others = base.roles.filter(({ login }) => login === "none");
  return { ...base, roles: [...others, ...users], iamRoles: iamRolesOf(roles, trust, (i) => connectsOf(connect >> (4 * i), clusters)) };
}

/** a is in the other account, b in either, c at the servers; each may trust those before it. */
function iamRolesOf(there: number, trust: number, connects: (index: number) => FileIamRole["connect"]): FileIamRole[] {
  const all = [
    { id: "door-a", account: "mgmt", callers: [] },
    { id: "door-b", account: there & 8 ? "mgmt" : "db", callers: ["door-a"] },
    { id: "door-c", account: "db", callers: ["door-a", "door-b"] },
  ];
  // One in eight is not there.
  const kept = all.filter((_, i) => (there >> (4 + i)) & 1 || (there >> i) & 1 || i === 2);
  return kept.map(({ id, account, callers }, i): FileIamRole => {
    const named = callers.filter((caller, c) => kept.some((one) => one.id === caller) && (trust >> (2 * i + c)) & 1);
    const service = named.length === 0 ? [{ service: "ec2.amazonaws.com" }] : [];
    const connect = account === "db" ? connects(i % 2) : [];
    return { id, account, trust: [...service, ...named.map((role) => ({ role }))], connect, profile: null };
  });
}

const connectsOf = (bits: number, clusters: readonly string[]): FileIamRole["connect"] =>
  USERS.filter((_, i) => (bits >> i) & 1).map((user, i) => ({ user, clusters: (bits >> (2 + i)) & 1 && i === 0 ? null : clusters }));
