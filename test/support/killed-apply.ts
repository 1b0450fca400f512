import { applyPlan, buildPlan, createWorld, load, lockAll, type Ports } from "../../src/index.js";

/** Applies a file and kills its own process right after the step of that number: run as a program. */
const [file = "", address = "", at = "0"] = process.argv.slice(2);
const last = Number(at);
let steps = 0;
const step = async <T>(work: Promise<T>): Promise<T> => {
  const result = await work;
  steps++;
  if (steps === last) process.kill(process.pid, "SIGKILL");
  return result;
};

const { declared, problems } = await load(file, "access.yaml");
if (!declared) throw new Error(JSON.stringify(problems));
const [cluster = "", host = "", port = ""] = address.split(/[=:]/);
const world = createWorld({ declared, env: process.env, addresses: new Map([[cluster, { host, port: Number(port) }]]) });
const build = (snapshot: Parameters<typeof buildPlan>[0]["snapshot"]) => buildPlan({ declared, snapshot, problems, now: new Date() });
const ports: Ports = {
  ...world.ports,
  begin: async (site) => {
    const tx = await step(world.ports.begin(site));
    return { ...tx, run: (sql) => step(tx.run(sql)), commit: () => step(tx.commit()) };
  },
  callAws: (call) => step(world.ports.callAws(call)),
};
const { locks } = await lockAll(ports, [...declared.clusters.keys()]);
const plan = build(await world.inspect());
const outcome = await applyPlan({ plan, ports, locks, rebuild: build, onUnit: () => undefined, stopped: () => false });
process.stdout.write(`${outcome.status} ${steps}\n`);
process.exit(0);
