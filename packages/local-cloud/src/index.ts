export type { LocalCloudConfig, RunningStack } from './cli/config.ts';
