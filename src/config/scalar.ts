import { boolCoreTag, floatCoreTag, intCoreTag, NOT_RESOLVED, nullCoreTag, SCALAR_STYLE } from "js-yaml";

/** YAML 1.2, core schema: `yes` and `on` are text. */
const TAGS = [nullCoreTag, boolCoreTag, intCoreTag, floatCoreTag];

export const isPlain = (scalar: { readonly style: number }): boolean => scalar.style === SCALAR_STYLE.PLAIN;

/** What a scalar means: what is not quoted may be nothing, true, false or a number. */
export function scalarValue(text: string, plain: boolean): string | number | boolean | null {
  if (!plain) return text;
  for (const tag of TAGS) {
    const value = tag.resolve(text, false, tag.tagName);
    if (value !== NOT_RESOLVED) return value;
  }
  return text;
}
