/** One error of the compiled schema; `schema` and `parentSchema` are those of the keyword that failed. */
export interface SchemaError {
  readonly instancePath: string;
  readonly keyword: string;
  readonly params: Readonly<Record<string, unknown>>;
  readonly parentSchema: Readonly<Record<string, unknown>>;
}

/** Compiled from schema/access.schema.json by scripts/build.mjs. `errors` holds until the next call. */
export declare const validateAccess: {
  (data: unknown): boolean;
  readonly errors?: readonly SchemaError[] | null;
};
