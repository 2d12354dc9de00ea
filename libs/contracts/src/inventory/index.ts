export * from './health.js';
export * from './node.js';
export * from './part.js';
export { CountryOfSite, GpuId, HallId, NodeId, NodeModel, PartId, RackId, RackUnit, SiteFacts, siteFacts, SiteId, SuperpodId } from './place.js';
export * from './rack.js';
export * from './site.js';
export * from './superpod.js';
