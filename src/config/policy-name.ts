/** Name of the generated policy of an IAM role that names none. */
export const defaultPolicyName = (iamRole: string): string => `${iamRole}-access`;
