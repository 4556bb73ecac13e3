/** What the people of a tenant have in common: the rules of names, addresses and passwords. */
import { z } from 'zod';

export const Email = z.email().max(254);
export const PersonName = z.string().trim().min(1).max(100);
/** The commonest passwords and the person's own address are refused besides. */
export const NewPassword = z.string().min(10).max(200);
/** One that exists: whatever it is, it is compared and no more. */
export const PresentPassword = z.string().min(1).max(200);
/** A one-time token out of a link. */
export const LinkToken = z.string().min(20).max(200);
