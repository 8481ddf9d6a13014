/** Fails at once, with the reason, when the tests run on a Node that the project does not support. */
export function setup(): void {
  const major = Number(process.versions.node.split('.')[0]);
  if (major < 22) {
    throw new Error(
      `The tests run on Node ${process.version}, but need 22.18 or newer. Run them with "npm test": npm puts the Node 24 of devDependencies first on the PATH (not after "npm ci --ignore-scripts").`,
    );
  }
}
