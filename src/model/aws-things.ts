import type { Place } from "./place.js";
import type { Tag } from "./resource.js";

/** Instances of the IAM role's account and region. */
export interface DeclaredInstances {
  readonly ids: readonly { readonly id: string; readonly place: Place }[];
  /** All of them, where `ids` is empty. Sorted by key. */
  readonly tags: readonly Tag[];
  /** Takes the place of another profile. */
  readonly replace: boolean;
  readonly place: Place;
}

/** An Auto Scaling group whose launch template shall name the profile: it is looked at alone. */
export interface DeclaredScalingGroup {
  readonly name: string;
  readonly place: Place;
}

/** `also`: identifiers of servers that stand in for it; `proxy`: name of the RDS Proxy in front of it. */
export interface DeclaredRds {
  readonly type: "cluster" | "instance";
  readonly id: string;
  readonly also: readonly string[];
  readonly proxy: string | null;
}

/** A cluster, or an instance that belongs to none. */
export interface RdsServer {
  readonly type: "cluster" | "instance";
  readonly id: string;
}

/** An EC2 instance. */
export interface InstanceSnapshot {
  readonly id: string;
  /** pending, running, stopping, stopped, shutting-down, terminated. */
  readonly state: string;
  readonly tags: readonly Tag[];
  /** The profile that it carries; null: none. */
  readonly association: { readonly id: string; readonly profileArn: string } | null;
}

/** An Auto Scaling group, and what it starts instances from: several with a mixed instances policy. */
export interface ScalingGroupSnapshot {
  readonly name: string;
  readonly launches: readonly LaunchSource[];
}

/** A launch template or a launch configuration. */
export interface LaunchSource {
  readonly type: "launch template" | "launch configuration";
  readonly name: string;
  /** Of a launch template, as the group says it: a number, $Latest or $Default. */
  readonly version: string | null;
  /** False: it, or that version of it, was deleted. */
  readonly isThere: boolean;
  /** Name or ARN of the profile that it names; null: none. */
  readonly profile: string | null;
}
