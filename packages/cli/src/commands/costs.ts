export { command } from '@alex/exporters/lead-factory';
