import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { planTemplate, type RawTemplate, type Template } from './template-plan.ts';

interface Artifact {
  readonly type: string;
  readonly properties?: { readonly templateFile: string; readonly stackName?: string };
  readonly metadata?: ConstructMetadata;
  readonly additionalMetadataFile?: string;
}

/** By construct path. */
type ConstructMetadata = Readonly<
  Record<string, readonly { readonly type: string; readonly data?: unknown }[]>
>;

/**
 * Reads the stack of a cloud assembly (`cdk.out`).
 * @throws Error when the folder holds no stack, or more than one.
 */
export function loadTemplate(assembly: string): Template {
  const manifestFile = join(assembly, 'manifest.json');
  if (!existsSync(manifestFile))
    throw new Error(`${assembly} is not a cloud assembly: it has no manifest.json`);
  const manifest = readJson(manifestFile) as { artifacts?: Record<string, Artifact> };
  const stacks = Object.entries(manifest.artifacts ?? {}).filter(
    ([, artifact]) => artifact.type === 'aws:cloudformation:stack',
  );
  const [stack] = stacks;
  if (!stack || stacks.length > 1) {
    const names = stacks.map(([id]) => id).join(', ') || 'none';
    throw new Error(`The cloud assembly must have exactly one stack, but has: ${names}`);
  }
  const [id, artifact] = stack;
  const { properties } = artifact;
  const raw = readJson(join(assembly, properties?.templateFile ?? `${id}.template.json`)) as RawTemplate;
  return planTemplate(raw, assembly, properties?.stackName ?? id, constructPaths(artifact, assembly));
}

/** Construct paths by logical id: the assembly knows them also where the template has no metadata. */
function constructPaths(artifact: Artifact, assembly: string): ReadonlyMap<string, string> {
  const { metadata = {}, additionalMetadataFile: file } = artifact;
  const additional = file === undefined ? {} : (readJson(join(assembly, file)) as ConstructMetadata);
  const paths = Object.entries({ ...metadata, ...additional }).flatMap(([path, entries]) =>
    entries
      .filter(({ type }) => type === 'aws:cdk:logicalId')
      .map(({ data }) => [String(data), path.replace(/^\//, '')] as const),
  );
  return new Map(paths);
}

/** The file or folder of the asset that a template names by its S3 object key. */
export function assetPath(assembly: string, objectKey: string): string {
  for (const file of readdirSync(assembly).filter((name) => name.endsWith('.assets.json'))) {
    const { files = {} } = readJson(join(assembly, file)) as {
      files?: Record<
        string,
        { source: { path: string }; destinations: Record<string, { objectKey: string }> }
      >;
    };
    for (const { source, destinations } of Object.values(files)) {
      if (Object.values(destinations).some((destination) => destination.objectKey === objectKey)) {
        return join(assembly, source.path);
      }
    }
  }
  throw new Error(`No *.assets.json in ${assembly} has an asset with the object key ${objectKey}`);
}

function readJson(file: string): unknown {
  return JSON.parse(readFileSync(file, 'utf8'));
}
