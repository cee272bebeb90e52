import { execFile, spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { copyFile, cp, mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { temporalExecutable } from '../../development/temporal/temporalExecutables';
import { ROOT } from '../deploy/variables';
import { docker, succeeds } from './docker';

/**
 * The images that ours are built from and run beside. Where no image registry is reached, stand-ins
 * are made: of Debian's packages, of npm's, and of Go modules. They have names of their own, and
 * borrow the official ones for as long as a test runs.
 */

const STAND_INS = 'vmc-cancel-stand-in';
const DEBIAN = `${STAND_INS}/debian:bookworm-slim`;
/** The Temporal server needs a newer Go than machines may have; it is itself a Go module. */
const GO_TOOLCHAIN = 'go1.27.3';

const AUTHORITIES = '/etc/ssl/certs/ca-certificates.crt';

type Recipe = (context: string, tag: string) => Promise<void>;

const RECIPES: Record<string, { of: string; prepare: Recipe }> = {
  node: { of: 'Debian and the npm packages of Node and npm', prepare: withNode },
  postgres: { of: 'Debian with its own PostgreSQL, an older one', prepare: () => Promise.resolve() },
  'temporalio/server': { of: 'Debian and the Go module of the server', prepare: withServer },
  'temporalio/admin-tools': {
    of: 'Debian, the Go module of the server and the temporal executable',
    prepare: withAdminTools,
  },
  'temporalio/ui': { of: 'Debian and the Go module of the UI', prepare: withUi },
};

/** The base of our own images. */
export function nodeImage(): string {
  const [, version = ''] = /^ARG NODE_VERSION=(.*)$/m.exec(readFileSync(path.join(ROOT, 'Dockerfile'), 'utf8')) ?? [];
  return `node:${version}-bookworm-slim`;
}

/**
 * @param report told one line about every stand-in that is used
 * @returns what gives the borrowed names back, as the end of the process does
 */
export async function provideImages(images: readonly string[], report: (line: string) => void): Promise<() => void> {
  const borrowed: string[] = [];
  const giveBack = () => {
    process.off('exit', giveBack);
    // Another one that borrowed the same name may have given it back.
    if (borrowed.length > 0) spawnSync('docker', ['rmi', ...borrowed.splice(0)], { stdio: 'ignore' });
  };
  process.once('exit', giveBack);
  for (const image of images) {
    const standIn = `${STAND_INS}/${image}`;
    const id = await idOf(image);
    // A test that was killed has given nothing back.
    if (id !== null && id !== (await idOf(standIn))) continue;
    if (id === null && (await succeeds('pull', '--quiet', image))) continue;
    const [name = '', tag = ''] = image.split(':');
    const recipe = RECIPES[name];
    if (recipe === undefined) throw new Error(`no registry serves ${image}, and nothing here makes it`);
    report(`no registry serves ${image}: made of ${recipe.of}`);
    if ((await idOf(standIn)) === null) await make(standIn, name, (context) => recipe.prepare(context, tag));
    await docker('tag', standIn, image);
    borrowed.push(image);
  }
  return giveBack;
}

async function idOf(image: string): Promise<string | null> {
  return (await succeeds('image', 'inspect', image))
    ? await docker('image', 'inspect', '--format', '{{.Id}}', image)
    : null;
}

async function make(standIn: string, name: string, prepare: (context: string) => Promise<void>): Promise<void> {
  if ((await idOf(DEBIAN)) === null) await makeDebian();
  const folder = name.replace('temporalio/', 'temporal-');
  await inFolder(async (context) => {
    await cp(path.join(__dirname, 'base', folder), context, { recursive: true });
    await prepare(context);
    await docker('build', '--quiet', '--tag', standIn, context);
  });
}

async function makeDebian(): Promise<void> {
  await inFolder(async (folder) => {
    const root = path.join(folder, 'root');
    await execute('debootstrap', ['--variant=minbase', 'bookworm', root, await debianMirror()]);
    await trustAsThisMachine(root);
    const archive = path.join(folder, 'root.tar');
    await execute('tar', ['--create', '--file', archive, '--directory', root, '.']);
    await docker('import', archive, DEBIAN);
  });
}

/** Where apt on this machine has Debian from. */
async function debianMirror(): Promise<string> {
  const targets = ['indextargets', '--format', '$(REPO_URI)', 'Created-By: Packages', 'Codename: bookworm'];
  return (await execute('apt-get', targets)).split('\n')[0] ?? '';
}

/** The registries of packages may be behind a proxy with an authority of its own. */
async function trustAsThisMachine(root: string): Promise<void> {
  await mkdir(path.join(root, path.dirname(AUTHORITIES)), { recursive: true });
  await copyFile(process.env.NODE_EXTRA_CA_CERTS ?? AUTHORITIES, path.join(root, AUTHORITIES));
}

async function withNode(context: string, tag: string): Promise<void> {
  const [version = ''] = tag.split('-');
  const { npm } = JSON.parse(await execute('npm', ['version', '--json'])) as { npm: string };
  await execute('npm', [
    'install',
    '--prefix',
    context,
    '--no-save',
    `node-linux-${process.arch}@${version}`,
    `npm@${npm}`,
  ]);
}

async function withServer(context: string, tag: string): Promise<void> {
  await withGoModule(context, `go.temporal.io/server@v${tag}`, ['cmd/server']);
}

async function withAdminTools(context: string, tag: string): Promise<void> {
  await withGoModule(context, `go.temporal.io/server@v${tag}`, ['cmd/tools/sql']);
  await copyFile(await temporalExecutable('temporal'), path.join(context, 'temporal'));
}

async function withUi(context: string, tag: string): Promise<void> {
  await withGoModule(context, `github.com/temporalio/ui-server/v2@v${tag}`, ['cmd/server']);
}

/** The executables of a module, and its files as `source`. */
async function withGoModule(context: string, module: string, commands: readonly string[]): Promise<void> {
  const [name = '', version = ''] = module.split('@');
  const env = { ...process.env, GOTOOLCHAIN: GO_TOOLCHAIN, GOFLAGS: '', GOBIN: context };
  await execute('go', ['install', ...commands.map((command) => `${name}/${command}@${version}`)], { env });
  const { Dir: source } = JSON.parse(await execute('go', ['mod', 'download', '-json', module], { env })) as {
    Dir: string;
  };
  await cp(source, path.join(context, 'source'), { recursive: true });
}

async function inFolder(act: (folder: string) => Promise<void>): Promise<void> {
  const folder = await mkdtemp(path.join(tmpdir(), 'image-'));
  try {
    await act(folder);
  } finally {
    await execute('chmod', ['-R', 'u+w', folder]);
    await rm(folder, { recursive: true });
  }
}

async function execute(file: string, args: readonly string[], { env = process.env } = {}): Promise<string> {
  const { stdout } = await promisify(execFile)(file, args, { env, cwd: tmpdir(), maxBuffer: 64 * 1024 * 1024 });
  return stdout;
}
