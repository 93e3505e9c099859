import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { account, region } from '../wire/account.ts';
import { planTemplate, type RawTemplate, type Template } from './template-plan.ts';

/** By construct path. */
type ConstructMetadata = Record<string, readonly { readonly type: string; readonly data?: unknown }[]>;

interface Artifact {
  readonly type: string;
  /** `aws://<account>/<region>` of a stack. */
  readonly environment?: string;
  /** The directory is that of a nested assembly. */
  readonly properties?: { templateFile?: string; stackName?: string; directoryName?: string };
  readonly metadata?: ConstructMetadata;
  readonly additionalMetadataFile?: string;
}

interface Asset {
  readonly source: { readonly path: string };
  readonly destinations: Readonly<Record<string, { readonly objectKey: string }>>;
}

/**
 * Reads a stack of a cloud assembly (`cdk.out`).
 * @param name Of the stack, where there are several.
 * @throws Error when the folder is no cloud assembly, when it is not clear which stack is meant, or when the stack is
 *   for another account or region.
 */
export function loadTemplate(assembly: string, name?: string): Template {
  const manifestFile = join(assembly, 'manifest.json');
  if (!existsSync(manifestFile))
    throw new Error(`${assembly} is not a cloud assembly: it has no manifest.json`);
  const { artifacts = {} } = readJson(manifestFile) as { artifacts?: Record<string, Artifact> };
  const [id, artifact] = chosenStack(artifacts, name);
  const { properties: { templateFile = `${id}.template.json`, stackName = id } = {} } = artifact;
  // ARNs in its template would name another account or region than the services here.
  const { environment = 'aws://unknown-account/unknown-region' } = artifact;
  const [inAccount = '', inRegion = ''] = environment.replace('aws://', '').split('/');
  if (!['unknown-account', account].includes(inAccount) || !['unknown-region', region].includes(inRegion)) {
    throw new Error(
      `The stack ${stackName} is for ${environment}; the local cloud is ${account}/${region}: leave out env, or take it from CDK_DEFAULT_ACCOUNT and CDK_DEFAULT_REGION`,
    );
  }
  const raw = readJson(join(assembly, templateFile)) as RawTemplate;
  return planTemplate(raw, assembly, stackName, constructPaths(artifact, assembly));
}

function chosenStack(artifacts: Record<string, Artifact>, name: string | undefined): [string, Artifact] {
  const stacks = Object.entries(artifacts).filter(([, { type }]) => type === 'aws:cloudformation:stack');
  const names = stacks.map(([id, { properties }]) => properties?.stackName ?? id);
  const [chosen, ...others] = stacks.filter(
    ([id], index) => name === undefined || name === id || name === names[index],
  );
  if (chosen && others.length === 0) return chosen;
  if (chosen) throw new Error(`The app has the stacks ${names.join(', ')}: choose one with --stack NAME`);
  if (stacks.length > 0) throw new Error(`There is no stack ${name}; the app has: ${names.join(', ')}`);
  const stages = Object.values(artifacts).flatMap(({ type, properties }) =>
    type === 'cdk:cloud-assembly' ? (properties?.directoryName ?? []) : [],
  );
  throw new Error(
    stages.length > 0
      ? `The app has stages only (${stages.join(', ')}): synthesize it with cdk synth, then give one of them with --app cdk.out/${stages[0]}`
      : 'The app has no stack',
  );
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

/** The file or folder of the asset that a template names by its S3 object key. It may be there under that name. */
export function assetPath(assembly: string, objectKey: string): string {
  if (existsSync(join(assembly, objectKey))) return join(assembly, objectKey);
  for (const file of readdirSync(assembly).filter((name) => name.endsWith('.assets.json'))) {
    const { files = {} } = readJson(join(assembly, file)) as { files?: Record<string, Asset> };
    const asset = Object.values(files).find(({ destinations }) =>
      Object.values(destinations).some((destination) => destination.objectKey === objectKey),
    );
    if (asset) return join(assembly, asset.source.path);
  }
  throw new Error(`No *.assets.json in ${assembly} has an asset with the object key ${objectKey}`);
}

function readJson(file: string): unknown {
  return JSON.parse(readFileSync(file, 'utf8'));
}
