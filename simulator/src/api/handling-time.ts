import { success } from '../http/answer.ts';
import type { ApiRoute } from './request.ts';

const days = [0, 1, 2, 3, 6, 9, 30, 60, 90];

/** Source: emag-api.md 4.10. */
export const handlingTimeRoutes: readonly ApiRoute[] = [
  {
    method: 'POST',
    path: 'handling_time/read',
    bucket: 'other',
    handle: () => success(days.map((id) => ({ id }))),
  },
];
