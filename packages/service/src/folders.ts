import { existsSync, mkdirSync, statSync } from 'node:fs';
import { dirname } from 'node:path';

/**
 * Makes a folder and those above it that are missing, each with `mode`; gives the folders that have a new one in them, the
 * innermost first. Throws what the file system throws. Level by level: Node's own recursion never returns where the system
 * refuses a folder with ENOENT, as in /proc.
 */
export function makeFolders(path: string, mode?: number): readonly string[] {
  if (isFolder(path)) return [];
  const parent = dirname(path);
  const above = makeFolders(parent, mode);
  try {
    mkdirSync(path, { mode });
  } catch (error) {
    // Another process may have made it meanwhile.
    if (!isFolder(path)) throw error;
  }
  return [parent, ...above];
}

function isFolder(path: string): boolean {
  return existsSync(path) && statSync(path).isDirectory();
}
