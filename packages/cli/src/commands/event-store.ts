export { command } from '@alex/event-store';
