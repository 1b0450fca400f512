/** The circles of a graph, each as a path of names without the repeated first; one for each edge that closes a circle. */
export function findCycles(edges: ReadonlyMap<string, readonly string[]>): string[][] {
  const done = new Set<string>();
  return [...edges.keys()].flatMap((start) => (done.has(start) ? [] : cyclesFrom(start, edges, done)));
}

interface Visit {
  readonly name: string;
  readonly nexts: Iterator<string>;
}

/** Depth first, without recursion: a chain of memberships may be longer than the stack. */
function cyclesFrom(start: string, edges: ReadonlyMap<string, readonly string[]>, done: Set<string>): string[][] {
  const cycles: string[][] = [];
  const path: Visit[] = [];
  const onPath = new Set<string>();
  const enter = (name: string): void => {
    path.push({ name, nexts: (edges.get(name) ?? []).values() });
    onPath.add(name);
  };
  enter(start);
  for (let top = path.at(-1); top; top = path.at(-1)) {
    const next = top.nexts.next();
    if (next.done) leave(path, onPath, done);
    else if (onPath.has(next.value)) cycles.push(pathFrom(next.value, path));
    else if (!done.has(next.value)) enter(next.value);
  }
  return cycles;
}

function leave(path: Visit[], onPath: Set<string>, done: Set<string>): void {
  const visit = path.pop();
  if (!visit) return;
  onPath.delete(visit.name);
  done.add(visit.name);
}

const pathFrom = (name: string, path: readonly Visit[]): string[] =>
  path.slice(path.findIndex((visit) => visit.name === name)).map((visit) => visit.name);
