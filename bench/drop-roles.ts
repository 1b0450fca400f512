import { measure, type Run } from "./process.js";
import { CLI, type Row } from "./row.js";
import { startWorld, writeAccess } from "./world.js";

const SIZE = { tables: 200, roles: 300, schemas: 4 };
const PAIRS = 3;

/** Roles that hold privileges on tables are taken out of the file: dropping them against making them. */
export async function dropRoles(): Promise<Row> {
  const ours: Run[] = [];
  const plain: Run[] = [];
  for (let i = 0; i < PAIRS; i++) {
    const world = await startWorld(SIZE);
    try {
      plain.push(await measure([...CLI, "apply", "--yes"], world.folder));
      writeAccess(world, { ...SIZE, roles: 0 });
      ours.push(await measure([...CLI, "apply", "--yes", "--allow", "mass-delete", "--allow", "mass-revoke"], world.folder));
    } finally {
      await world.stop();
    }
  }
  return { what: `dropping ${SIZE.roles} roles : making them`, ours, plain, target: { ratio: 2 } };
}
