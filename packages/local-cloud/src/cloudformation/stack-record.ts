import { cpSync, existsSync, mkdirSync, readdirSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { DataFileError, readDataFile, writeDataFile } from '../storage/data-file.ts';
import type { Resource } from './resource-kind.ts';
import { assetPath } from './template.ts';

/** A resource as it was created. */
export interface DeployedResource extends Resource {
  readonly ref: string;
  /** Whether it stays when it leaves the template. */
  readonly isRetained: boolean;
}

/**
 * The resources of a stack in the data folder, with the assets of those that stay when they leave the template.
 * @param data Without it nothing is remembered.
 * @throws DataFileError when the folder has the resources of another stack.
 */
export function openStackRecord(stackName: string, data: string | undefined) {
  if (data === undefined) return { resources: [], write: () => {} };
  const [file, assets] = [join(data, 'stack.json'), join(data, 'assets')];
  const known = readDataFile(file) as
    | { stackName: string; resources: readonly DeployedResource[] }
    | undefined;
  const { stackName: name = stackName, resources = [] } = known ?? {};
  if (name !== stackName) {
    throw new DataFileError(file, `is of the stack ${name}, not of ${stackName}`, {
      wayOut: 'choose another folder',
    });
  }
  return {
    /** Of the last deployment. */
    resources: resources.map((resource) => ({ ...resource, assembly: assets })),
    write(deployed: readonly DeployedResource[]): void {
      const kept = new Set<string>();
      mkdirSync(assets, { recursive: true });
      for (const { isRetained, properties, assembly } of deployed) {
        const key: unknown = properties.Code?.S3Key;
        if (!isRetained || typeof key !== 'string') continue;
        kept.add(key);
        if (!existsSync(join(assets, key))) copy(assetPath(assembly, key), join(assets, key));
      }
      writeDataFile(file, { stackName, resources: deployed });
      for (const key of readdirSync(assets)) {
        if (!kept.has(key)) rmSync(join(assets, key), { recursive: true });
      }
    },
  };
}

/** Renames the copy into place, so that no crash leaves half of it. */
function copy(from: string, to: string): void {
  cpSync(from, `${to}.next`, { recursive: true });
  renameSync(`${to}.next`, to);
}
