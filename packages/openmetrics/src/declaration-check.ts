import type { FamilyDeclaration } from './declaration.ts';
import type { WireName } from './translation.ts';

const reserved: ReadonlySet<string> = new Set(['le', 'quantile']);

/** The names that a family's samples may have; two families of a registry share none. */
export function sampleNames(type: FamilyDeclaration['type'], { name, sampleName }: WireName): readonly string[] {
  switch (type) {
    case 'counter':
      return [name, sampleName ?? `${name}_total`, `${name}_created`];
    case 'histogram':
      return [name, `${name}_bucket`, `${name}_sum`, `${name}_count`, `${name}_created`];
    case 'info':
      return [name, `${name}_info`];
    default:
      return [name];
  }
}

/** Checks what no translation can repair. Throws an Error that names the family and the fault. */
export function checkDeclaration(declaration: FamilyDeclaration, wire: WireName, labelNames: readonly string[]): void {
  const { name, type, states = [] } = declaration;
  if (!/[\p{L}\p{N}]/u.test(name) || /^_*$/.test(wire.name)) {
    throw new Error(`metric "${name}": nothing of the name is left after translation`);
  }
  if (new Set(labelNames).size !== labelNames.length) {
    throw new Error(`metric "${name}": a label name occurs twice in [${labelNames.join(', ')}]`);
  }
  for (const label of labelNames) {
    checkLabelName(label, `metric "${name}"`);
    if ((type === 'histogram' && label === 'le') || (type === 'stateset' && label === wire.name)) {
      throw new Error(`metric "${name}": the label "${label}" is reserved in a ${type}`);
    }
  }
  if (type === 'stateset' && (states.length === 0 || new Set(states).size !== states.length)) {
    throw new Error(`metric "${name}": a state set needs states, each once`);
  }
  for (const label of Object.keys(declaration.labelLimits ?? {})) {
    if (!(declaration.labelNames ?? []).includes(label)) {
      throw new Error(`metric "${name}": labelLimits names "${label}", which is no label of it`);
    }
  }
}

/** Throws an Error for an empty label name and for those that Prometheus keeps for itself. */
export function checkLabelName(label: string, where: string): void {
  if (label === '' || label.startsWith('__') || (where === 'constantLabels' && reserved.has(label))) {
    throw new Error(`${where}: "${label}" is no name for a label`);
  }
}
