/** Reading an account's products, in the lane of its other jobs. */
import { accountTask } from '#flows/marketplace-orders';

export const syncProducts = accountTask('sync_products');
