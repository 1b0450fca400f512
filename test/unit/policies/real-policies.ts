import { USER } from "./documents.js";

/** Permission policies of the shapes that accounts have: what each is about, and its statements. */

const variable = (name: string): string => "$".concat(`{${name}}`);

export const REAL_POLICIES: Readonly<Record<string, readonly object[]>> = {
  "instances of one's own, by a tag": [
    {
      Effect: "Allow",
      Action: ["ec2:StartInstances", "ec2:StopInstances", "ec2:RebootInstances"],
      Resource: "arn:aws:ec2:*:111122223333:instance/*",
      Condition: { StringEquals: { "aws:ResourceTag/Owner": USER } },
    },
    { Effect: "Allow", Action: "ec2:DescribeInstances", Resource: "*" },
  ],
  "nothing but one's own credentials without a second factor": [
    {
      Sid: "SelfService",
      Effect: "Allow",
      Action: ["iam:ChangePassword", "iam:EnableMFADevice"],
      Resource: `arn:aws:iam::*:user/${USER}`,
    },
    {
      Sid: "DenyAllElse",
      Effect: "Deny",
      NotAction: ["iam:ChangePassword", "iam:EnableMFADevice", "iam:ListMFADevices", "sts:GetSessionToken"],
      Resource: "*",
      Condition: { BoolIfExists: { "aws:MultiFactorAuthPresent": false } },
    },
  ],
  "a home folder in a bucket": [
    {
      Effect: "Allow",
      Action: "s3:ListBucket",
      Resource: "arn:aws:s3:::acme-home",
      Condition: { StringLike: { "s3:prefix": ["", "home/", `home/${USER}/*`] } },
    },
    {
      Effect: "Allow",
      Action: ["s3:GetObject", "s3:PutObject"],
      Resource: `arn:aws:s3:::acme-home/home/${USER}/${variable("*")}/${variable("?")}`,
    },
  ],
  "one action in several statements": [
    {
      Sid: "ByTag",
      Effect: "Allow",
      Action: "secretsmanager:GetSecretValue",
      Resource: "*",
      Condition: {
        StringEquals: {
          "secretsmanager:ResourceTag/team": variable("aws:PrincipalTag/team"),
          "aws:PrincipalOrgID": "o-a1b2c3d4e5",
        },
      },
    },
    {
      Sid: "ByName",
      Effect: "Allow",
      Action: "secretsmanager:GetSecretValue",
      Resource: [
        "arn:aws:secretsmanager:us-east-2:111122223333:secret:app/*",
        "arn:aws:secretsmanager:us-east-2:111122223333:secret:ci-??????",
      ],
    },
    { Sid: "NotProd", Effect: "Deny", Action: "secretsmanager:GetSecretValue", Resource: "arn:aws:secretsmanager:*:*:secret:prod/*" },
  ],
  "some Regions only": [
    {
      Effect: "Deny",
      NotAction: ["iam:*", "route53:*", "support:*", "sts:*"],
      Resource: "*",
      Condition: {
        StringNotEquals: { "aws:RequestedRegion": ["us-east-2", "eu-central-1"] },
        ArnNotLike: { "aws:PrincipalARN": "arn:aws:iam::*:role/break-glass" },
      },
    },
  ],
  "handing a role to a service": [
    {
      Effect: "Allow",
      Action: "iam:PassRole",
      Resource: "arn:aws:iam::111122223333:role/service/app-*",
      Condition: {
        StringEquals: { "iam:PassedToService": ["ecs-tasks.amazonaws.com", "lambda.amazonaws.com"] },
        ArnLike: { "iam:AssociatedResourceArn": "arn:aws:ecs:us-east-2:111122223333:service/*" },
      },
    },
  ],
  "a key by way of a service": [
    {
      Effect: "Allow",
      Action: ["kms:Encrypt", "kms:Decrypt", "kms:ReEncrypt*", "kms:GenerateDataKey*", "kms:DescribeKey"],
      Resource: "arn:aws:kms:us-east-2:111122223333:key/0d1e2f3a-1111-2222-3333-444455556666",
      Condition: { StringLike: { "kms:ViaService": "rds.*.amazonaws.com" }, NumericLessThanEquals: { "aws:MultiFactorAuthAge": 3600 } },
    },
    { Effect: "Allow", Action: "kms:CreateGrant", Resource: "*", Condition: { Bool: { "kms:GrantIsForAWSResource": true } } },
  ],
  "from the office only": [
    {
      Effect: "Deny",
      Action: "*",
      Resource: "*",
      Condition: { NotIpAddress: { "aws:SourceIp": ["192.0.2.0/24", "2001:db8::/32"] }, Bool: { "aws:ViaAWSService": "false" } },
    },
  ],
  "all buckets but these": [
    { Effect: "Allow", Action: "s3:*", Resource: "*" },
    { Effect: "Deny", Action: "s3:*", NotResource: ["arn:aws:s3:::acme-logs", "arn:aws:s3:::acme-logs/*"] },
  ],
  "for some days": [
    {
      Effect: "Allow",
      Action: ["rds:DescribeDB*", "rds:ListTagsForResource"],
      Resource: "*",
      Condition: {
        DateGreaterThan: { "aws:CurrentTime": "2026-11-01T00:00:00Z" },
        DateLessThan: { "aws:CurrentTime": "2026-12-01T00:00:00Z" },
      },
    },
  ],
  "rows of a table by their key": [
    {
      Effect: "Allow",
      Action: ["dynamodb:GetItem", "dynamodb:Query", "dynamodb:UpdateItem"],
      Resource: "arn:aws:dynamodb:us-east-2:111122223333:table/Scores",
      Condition: {
        "ForAllValues:StringEquals": {
          "dynamodb:LeadingKeys": [variable("cognito-identity.amazonaws.com:sub")],
          "dynamodb:Attributes": ["Id", "Score"],
        },
        StringEqualsIfExists: { "dynamodb:Select": "SPECIFIC_ATTRIBUTES" },
      },
    },
  ],
  "tags that whatever is made must carry": [
    {
      Effect: "Deny",
      Action: ["ec2:RunInstances", "ec2:CreateVolume"],
      Resource: ["arn:aws:ec2:*:*:instance/*", "arn:aws:ec2:*:*:volume/*"],
      Condition: { Null: { "aws:RequestTag/CostCenter": "true" } },
    },
    {
      Effect: "Allow",
      Action: "ec2:CreateTags",
      Resource: "arn:aws:ec2:*:111122223333:*/*",
      Condition: {
        "ForAllValues:StringEquals": { "aws:TagKeys": ["CostCenter", "Stage"] },
        StringEquals: { "ec2:CreateAction": ["RunInstances", "CreateVolume"] },
      },
    },
  ],
};
