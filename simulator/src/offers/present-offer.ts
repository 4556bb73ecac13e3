import type { Platform } from '../platforms.ts';
import { estimatedStock, formatE4, type Offer } from './offer.ts';

const validationTexts: Readonly<Record<number, string>> = {
  0: 'Draft',
  1: 'Waiting for validation',
  9: 'Approved documentation',
};

/**
 * One row of product_offer/read. The producer keys are flags in a list and full lists when one product is asked for.
 * Source: emag-api.md 4.5.
 */
export function presentOffer(offer: Offer, platform: Platform, single: boolean): Record<string, unknown> {
  const stock = Math.max(0, offer.generalStock);
  const documentation = [
    {
      value: offer.validationStatus,
      description: validationTexts[offer.validationStatus] ?? '',
      errors: null,
    },
  ];
  const maker = {
    name: 'Northwind Traders',
    address: '1 Harbour Road, Seattle',
    email: 'goods@northwind.example',
  };
  return {
    id: offer.id,
    part_number_key: offer.partNumberKey,
    part_number: offer.partNumber,
    name: offer.name,
    description: offer.description,
    url: `https://shop.northwind.example/${offer.partNumber}`,
    brand: offer.brand,
    brand_name: offer.brand,
    category_id: offer.categoryId,
    vendor_category_id: offer.categoryId,
    number_of_offers: 1,
    buy_button_rank: offer.status === 1 ? 1 : null,
    best_offer_sale_price: formatE4(offer.salePriceE4),
    best_offer_recommended_price: null,
    ownership: true,
    sale_price: formatE4(offer.salePriceE4),
    min_sale_price: formatE4(offer.minSalePriceE4),
    max_sale_price: formatE4(offer.maxSalePriceE4),
    recommended_price: offer.recommendedPriceE4 === null ? null : formatE4(offer.recommendedPriceE4),
    currency: platform.currency,
    warranty: offer.warrantyMonths,
    weight: '0.000000',
    general_stock: stock,
    estimated_stock: Math.max(0, estimatedStock(offer)),
    stock: [{ warehouse_id: 1, value: stock }],
    handling_time: [{ warehouse_id: 1, value: offer.handlingTimeDays }],
    availability: [{ warehouse_id: 1, value: stock > 0 ? 3 : 5 }],
    offer_details: { id: 900_000 + offer.id, warranty_type: 1, supply_lead_time: 14, emag_club: 1 },
    status: offer.status,
    vat_id: offer.vatId,
    images: [{ url: `https://shop.northwind.example/img/${offer.id}.jpg`, display_type: 1 }],
    attachments: [],
    characteristics: [],
    family: null,
    ean: offer.ean,
    reversible_vat_charging: false,
    commission: null,
    validation_status: documentation,
    translation_validation_status: documentation,
    offer_validation_status: { value: 1, description: 'Saleable', errors: null },
    doc_errors: null,
    auto_translated: 0,
    genius_eligibility: 1,
    genius_eligibility_type: 1,
    genius_computed: 1,
    manufacturer: single ? [maker] : true,
    eu_representative: single ? [] : false,
    safety_information: '',
    green_tax: null,
    recycleWarranties: 0,
  };
}
