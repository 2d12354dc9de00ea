export { errors as inventoryErrors } from './errors.js';
export { InventoryModule } from './inventory.module.js';
