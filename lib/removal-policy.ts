import { RemovalPolicy } from 'aws-cdk-lib';
import type { Config } from './config.ts';

/**
 * What becomes of data, logs and dead letters when they leave the stack. In production they stay, unless the deployment
 * that created them failed: then nothing is left behind that the next attempt would stumble over.
 */
export const removalPolicyOf = ({ retainData }: Pick<Config, 'retainData'>): RemovalPolicy =>
  retainData ? RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE : RemovalPolicy.DESTROY;
