import { type Answer, ApiError, failure, success } from '../http/answer.ts';
import { estimatedStock, type Offer } from '../offers/offer.ts';
import { presentOffer } from '../offers/present-offer.ts';
import { saveOffer } from '../offers/save-offer.ts';
import { integer, integers } from '../orders/order-filter.ts';
import { type ApiRequest, type ApiRoute, countResult, pageOf, readFields, saveEntities } from './request.ts';

/** Source: emag-api.md 4.1 to 4.5. */
export const productOfferRoutes: readonly ApiRoute[] = [
  { method: 'POST', path: 'product_offer/read', bucket: 'other', handle: readOffers },
  { method: 'POST', path: 'product_offer/count', bucket: 'other', handle: countOffers },
  { method: 'POST', path: 'product_offer/save', bucket: 'other', handle: saveOffers },
];

function readOffers(request: ApiRequest): Answer {
  const { account } = request;
  const fields = readFields(request);
  const { page, size } = pageOf(fields, request);
  const rows = matchingOffers(request, fields);
  const single =
    fields.id !== undefined || fields.part_number !== undefined || fields.part_number_key !== undefined;
  const shown = rows.slice((page - 1) * size, page * size);
  return success(shown.map((offer) => presentOffer(offer, account.platform, single)));
}

function countOffers(request: ApiRequest): Answer {
  const fields = readFields(request);
  const { size } = pageOf(fields, request);
  return success(countResult(matchingOffers(request, fields).length, size));
}

/** Ascending by id (A7). Stock filters mean "from 0 to the value". */
function matchingOffers({ account }: ApiRequest, fields: Readonly<Record<string, unknown>>): Offer[] {
  const ids = integers(fields, 'id', 1, 4_294_967_295);
  const statuses = integers(fields, 'status', 0, 2);
  const validations = integers(fields, 'validation_status', 0, 17);
  const offerValidation = integer(fields, 'offer_validation_status', 1, 2);
  const generalStock = integer(fields, 'general_stock', 0, 4_294_967_295);
  const estimated = integer(fields, 'estimated_stock', 0, 4_294_967_295);
  const { part_number: partNumber, part_number_key: partNumberKey, ean } = fields;
  return [...account.offers.values()]
    .filter(
      (offer) =>
        (ids === null || ids.includes(offer.id)) &&
        (statuses === null || statuses.includes(offer.status)) &&
        (validations === null || validations.includes(offer.validationStatus)) &&
        (offerValidation === null || offerValidation === 1) &&
        (generalStock === null || offer.generalStock <= generalStock) &&
        (estimated === null || estimatedStock(offer) <= estimated) &&
        (partNumber === undefined || offer.partNumber === partNumber) &&
        (partNumberKey === undefined || offer.partNumberKey === partNumberKey) &&
        (ean === undefined || offer.ean.includes(String(ean))),
    )
    .sort((a, b) => a.id - b.id);
}

/** Each entity stands alone: the good ones are saved, and any message, even a warning, makes `isError` true (E2). */
function saveOffers(request: ApiRequest): Answer {
  const { world, account } = request;
  const messages = saveEntities(request).flatMap((entity) => saveOffer(account, entity));
  account.offersChanged();
  world.revision += 1;
  return messages.length === 0 ? success([]) : failure(new ApiError(messages));
}
