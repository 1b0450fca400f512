import type { Kind } from "../model/resource.js";
import { EC2_ASSOCIATION } from "./ec2-association.js";
import { IAM_ATTACHMENT } from "./iam-attachment.js";
import { IAM_INLINE_POLICY } from "./iam-inline-policy.js";
import { IAM_INSTANCE_PROFILE } from "./iam-instance-profile.js";
import { IAM_POLICY } from "./iam-policy.js";
import { IAM_ROLE } from "./iam-role.js";
import { PG_ACL } from "./pg-acl.js";
import { PG_DEFAULT_ACL } from "./pg-default-acl.js";
import { PG_MEMBERSHIP } from "./pg-membership.js";
import { PG_ROLE } from "./pg-role.js";
import { RDS_SETTING } from "./rds-setting.js";
import type { KindTable } from "./spec.js";

/** Every kind, in the order in which a plan shows them. */
export const KINDS: KindTable = {
  "rds.setting": RDS_SETTING,
  "pg.role": PG_ROLE,
  "pg.membership": PG_MEMBERSHIP,
  "pg.acl": PG_ACL,
  "pg.default-acl": PG_DEFAULT_ACL,
  "iam.role": IAM_ROLE,
  "iam.policy": IAM_POLICY,
  "iam.attachment": IAM_ATTACHMENT,
  "iam.inline-policy": IAM_INLINE_POLICY,
  "iam.instance-profile": IAM_INSTANCE_PROFILE,
  "ec2.association": EC2_ASSOCIATION,
};

/** In the order of the table. */
export const KIND_NAMES = Object.keys(KINDS) as readonly Kind[];
