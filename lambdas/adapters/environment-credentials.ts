import { fromEnv } from '@aws-sdk/credential-provider-env';

/**
 * The credentials of the function's role, which Lambda puts into the environment. In the bundles it takes the place of the
 * SDK's chain of providers, which also brings clients for SSO, STS and the metadata service of EC2.
 *
 * @see https://docs.aws.amazon.com/lambda/latest/dg/configuration-envvars.html
 */
export const defaultProvider = fromEnv;
