import { fileURLToPath } from 'node:url';

/** The folder that the tasks are about: the shared folder of a small company, shipped with this package. */
export const workspacePath: string = fileURLToPath(new URL('../workspace/', import.meta.url));
