import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { until } from './until';

/** A real nginx with one `server` block, on this machine. */
export class Nginx {
  private constructor(
    private readonly folder: string,
    private readonly port: number,
  ) {}

  private errors = '';
  private end: () => Promise<void> = () => Promise.resolve();

  static async start(port: number, server: string): Promise<Nginx> {
    const nginx = new Nginx(mkdtempSync(path.join(tmpdir(), 'nginx-')), port);
    nginx.configure(server);
    await nginx.run();
    return nginx;
  }

  /** With another `server` block, at once: connections of the former one are closed. */
  async reconfigure(server: string): Promise<void> {
    await this.end();
    this.configure(server);
    await this.run();
  }

  async stop(): Promise<void> {
    await this.end();
    rmSync(this.folder, { recursive: true });
  }

  private get file(): string {
    return path.join(this.folder, 'nginx.conf');
  }

  private configure(server: string): void {
    const paths = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'].map(
      (name) => `${name}_temp_path ${this.folder};`,
    );
    const http = `http { access_log off; ${paths.join(' ')} ${server} }`;
    writeFileSync(this.file, `daemon off; pid ${this.folder}/pid; error_log stderr; events {} ${http}`);
  }

  private async run(): Promise<void> {
    const nginx = spawn('nginx', ['-p', this.folder, '-c', this.file], { stdio: ['ignore', 'ignore', 'pipe'] });
    nginx.stderr.setEncoding('utf8').on('data', (text: string) => (this.errors += text));
    const ended = once(nginx, 'close');
    this.end = async () => {
      nginx.kill('SIGTERM');
      await ended;
    };
    await until(async () => {
      if (nginx.exitCode !== null) throw new Error(`nginx ended: ${this.errors}`);
      return await isListening(this.port);
    });
  }
}

async function isListening(port: number): Promise<boolean> {
  const socket = connect(port, '127.0.0.1');
  try {
    await once(socket, 'connect');
    return true;
  } catch {
    return false;
  } finally {
    socket.destroy();
  }
}
