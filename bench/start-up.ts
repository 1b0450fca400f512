import { startDemoWorld } from "../src/sandbox/demo-world.js";
import { measure, type Run } from "./process.js";
import { CLI, pairs, ROOT, type Row } from "./row.js";

const EMPTY = [process.execPath, "-e", "0"];

/** 90 ms and 350 ms where `node -e 0` takes 50. */
export async function startUp(): Promise<Row[]> {
  const empty = (): Promise<Run> => measure(EMPTY, ROOT);
  const help = await pairs(9, () => measure([...CLI, "--help"], ROOT), empty);
  const world = await startDemoWorld();
  try {
    const example = await pairs(7, () => measure([...CLI, "plan", "--address", `demo=${world.address}`], ROOT, world.env), empty);
    return [
      { what: "pgaccord --help : node -e 0", ...help, target: { ratio: 90 / 50 } },
      { what: "plan of the example : node -e 0", ...example, target: { ratio: 350 / 50 } },
    ];
  } finally {
    await world.stop();
  }
}
