export type { LocalCloudConfig, RunningStack, SiteConfig } from './cli/config.ts';
