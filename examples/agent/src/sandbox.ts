import { readdir, realpath } from 'node:fs/promises';
import { relative, resolve, sep } from 'node:path';

const skipped: ReadonlySet<string> = new Set(['node_modules', '.git']);
const maximumFiles = 500;

/** A folder that paths cannot leave, neither by `..` nor by an absolute path nor through a symbolic link. */
export class Sandbox {
  readonly #root: string;

  constructor(root: string) {
    this.#root = resolve(root);
  }

  /** The real path of a file or folder inside. Throws an error that a model can act on. */
  async resolve(path: string): Promise<string> {
    if (path.includes('\0')) throw new Error('a path cannot contain a null character');
    const wanted = resolve(this.#root, path);
    if (!isInside(this.#root, wanted)) throw new Error(`"${path}" is outside of the workspace`);
    const root = await realpath(this.#root);
    const real = await realpath(wanted).catch(() => {
      throw new Error(`there is no file or folder "${path}"`);
    });
    if (!isInside(root, real)) throw new Error(`"${path}" is outside of the workspace`);
    return real;
  }

  /** The files below a folder, relative to the root, sorted, at most 500. Links are not followed. */
  async files(folder: string): Promise<string[]> {
    const found: string[] = [];
    const pending = [await this.resolve(folder)];
    const root = await realpath(this.#root);
    for (let next = pending.pop(); next !== undefined && found.length < maximumFiles; next = pending.pop()) {
      for (const entry of await readdir(next, { withFileTypes: true })) {
        if (skipped.has(entry.name)) continue;
        const path = resolve(next, entry.name);
        if (entry.isDirectory()) pending.push(path);
        else if (entry.isFile()) found.push(relative(root, path).split(sep).join('/'));
      }
    }
    return found.sort().slice(0, maximumFiles);
  }
}

function isInside(root: string, path: string): boolean {
  return path === root || path.startsWith(root.endsWith(sep) ? root : root + sep);
}
