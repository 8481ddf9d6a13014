export { assertStrict, type DifferenceOptions, expositionDifference } from './exposition-difference.ts';
export { type Exposed, type FlatSample, samplesOf, sampleValue } from './sample-value.ts';
export { type ScrapeRequest, type ScrapeResult, scrape } from './scrape.ts';
