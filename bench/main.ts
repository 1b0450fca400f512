import { parseArgs } from "node:util";
import { dropRoles } from "./drop-roles.js";
import { leaksText } from "./leaks.js";
import { loginsText } from "./logins.js";
import { manyIamRoles } from "./many-iam-roles.js";
import { reviewText } from "./review.js";
import { type Row, rowText } from "./row.js";
import { startUp } from "./start-up.js";
import { type BenchSize, worldRows } from "./world-rows.js";

/** Two privileges for each role on each table. */
const SIZES: Readonly<Record<string, BenchSize>> = {
  M: {
    size: { tables: 5000, roles: 20, schemas: 50 },
    plan: { pairs: 7, ratio: 1.6, megabytes: 90 },
    apply: { pairs: 3, ratio: 1.5 },
  },
  L: {
    size: { tables: 20_000, roles: 50, schemas: 100 },
    plan: { pairs: 5, ratio: 1.2, megabytes: 180 },
    apply: { pairs: 1, ratio: 1.3, megabytes: 300 },
    moved: { pairs: 5, ratio: 1.15 },
  },
};

// Node 20 is what is supported; the warning would stand between the rows.
process.env["AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED"] = "true";

const { values } = parseArgs({ options: { world: { type: "string" }, only: { type: "string" } } });
if ((values.world !== undefined && !(values.world in SIZES)) || (values.only !== undefined && values.only !== "logins")) {
  console.error(`usage: npm run bench [-- --world ${Object.keys(SIZES).join("|")} | -- --only logins]`);
  process.exit(1);
}

const print = (rows: readonly Row[]): void => {
  for (const row of rows) console.log(rowText(row));
};

console.log(`Node ${process.versions.node}, PostgreSQL 17; whole processes, medians, the ratio is the median of pairs in turn.`);
const worlds = values.only === undefined ? Object.entries(SIZES) : [];
for (const [name, size] of worlds.filter(([name]) => values.world === undefined || name === values.world)) {
  const { tables, roles, schemas } = size.size;
  console.log(`\n${name}: ${tables} tables × ${roles} roles × 2 privileges in ${schemas} schemas`);
  print(await worldRows(size));
}
if (values.only === "logins") console.log(`${await loginsText()}\n${await reviewText()}`);
else if (values.world === undefined) {
  console.log("\nOther");
  print([await dropRoles(), ...(await startUp()), await manyIamRoles()]);
  console.log(leaksText());
  console.log(`${await loginsText()}\n${await reviewText()}`);
}
