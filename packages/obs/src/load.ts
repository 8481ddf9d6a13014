import { createRequire } from 'node:module';
import { ObsError } from './errors.ts';

const requireFrom = createRequire(import.meta.url);

/** Loads a package on first use and synchronously, so that a program pays only for what its configuration needs. */
export function load<Module>(name: string): Module {
  try {
    return requireFrom(name) as Module;
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code !== 'MODULE_NOT_FOUND' && code !== 'ERR_PACKAGE_PATH_NOT_EXPORTED') throw error;
    throw new ObsError('MISSING_PACKAGE', `The package ${name} is not installed: npm install ${name}`, {
      cause: error,
    });
  }
}
