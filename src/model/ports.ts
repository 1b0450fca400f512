import type { AwsCall } from "./aws-call.js";
import type { Snapshot } from "./snapshot.js";

/** All that an apply needs of the outside. The I/O folders implement it; tests may wrap it. Failures are `RunError`s. */
export interface Ports {
  /** Reads every target again. */
  readonly inspect: () => Promise<Snapshot>;
  /** Takes the cluster's advisory lock on a connection of its own, or fails saying who holds it. */
  readonly lock: (cluster: string) => Promise<Lock>;
  /** A connection in a transaction whose session settings are fixed. */
  readonly begin: (site: { readonly cluster: string; readonly database: string }) => Promise<Transaction>;
  /** Opens and closes one more connection as the admin or the reader: proves that it can still log in. */
  readonly proveLogin: (cluster: string, who: "admin" | "reader") => Promise<void>;
  readonly callAws: (call: AwsCall) => Promise<void>;
  /** Until AWS shows what these calls of one account did: what comes next hangs on it. */
  readonly awaitSeen: (calls: readonly AwsCall[]) => Promise<void>;
  readonly sleep: (milliseconds: number) => Promise<void>;
}

export interface Lock {
  /** Fails when the lock was lost, for example because its connection broke. */
  readonly check: () => Promise<void>;
  readonly release: () => Promise<void>;
}

export interface Transaction {
  /** Runs one statement. A server WARNING (but a few harmless ones) is a failure. */
  readonly run: (sql: string) => Promise<void>;
  readonly commit: () => Promise<void>;
  /** Never fails: a connection that is gone has rolled back. */
  readonly rollback: () => Promise<void>;
}

/** Time, and waiting. */
export interface Clock {
  readonly now: () => number;
  readonly sleep: (milliseconds: number) => Promise<void>;
}
