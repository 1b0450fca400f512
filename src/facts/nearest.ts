import { distance } from "fastest-levenshtein";

/** The known name that is nearest to a mistyped one; undefined when none is near enough to be meant. */
export function nearest(name: string, known: readonly string[]): string | undefined {
  const limit = name.length < SHORT ? 1 : Math.max(2, Math.floor(name.length / 3));
  let best: { readonly name: string; readonly distance: number } | undefined;
  for (const candidate of known) {
    const found = { name: candidate, distance: distanceBetween(name, candidate, limit) };
    if (found.distance <= limit && found.distance < (best?.distance ?? Infinity)) best = found;
  }
  return best?.name;
}

/** `Did you mean "demo"?`, or what there is: `Declared: demo, reporting.` */
export function nearestHint(name: string, known: readonly string[], label: string, none: string): string {
  const near = nearest(name, known);
  if (near !== undefined) return `Did you mean "${near}"?`;
  if (known.length === 0) return none;
  const shown = known.slice(0, MAX_SHOWN).join(", ");
  return `${label}: ${shown}${known.length > MAX_SHOWN ? ` and ${known.length - MAX_SHOWN} more` : ""}.`;
}

const MAX_SHOWN = 12;
/** From this length on, two letters that changed places are near. */
const SHORT = 4;
/** As long as an abbreviation must be to count: temp for temporary. */
const MIN_PREFIX = 3;

function distanceBetween(name: string, candidate: string, limit: number): number {
  if (name.toLowerCase() === candidate.toLowerCase()) return 0;
  if (name.length >= MIN_PREFIX && candidate.startsWith(name)) return 1;
  return Math.abs(name.length - candidate.length) > limit ? Infinity : distance(name, candidate);
}
