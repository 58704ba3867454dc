# Texts of the catalogue and the places. `problem-CODE` is the title of a problem and `.detail` what happened and what to do.

problem-product_exists = The SKU exists
    .detail = There is a product { $sku } already. Use another SKU, or change the one that is there.
problem-barcode_taken = Another product's barcode
    .detail = Another product has { $code }. A barcode belongs to one product only.
problem-product_has_stock = There is still stock
    .detail = There is still stock of { $sku }, or some is on its way between sites. Move it out before taking it out of use.
problem-product_moved = It has moved
    .detail = The product { $sku } has movements: its unit and its lots cannot change. Make another product.
problem-category_exists = The category exists
    .detail = There is a category { $path } already.
problem-site_exists = The site exists
    .detail = There is a site { $code } already.
problem-location_exists = The location exists
    .detail = The site has a location { $code } already.

field-taken = Already in use: { $value }.
field-repeated = Given twice: { $value }.
field-below_minimum = Cannot be below the minimum, { $minimum }.
field-unknown_vat_rate = Must be 21, 10.5, 27, 5, 2.5, 0 or exempt.
field-not_a_pack_factor = Must be a number above zero, such as 12, 0.5 or 1/3.
field-not_a_slug = May have lower-case letters, digits, dashes and underscores, and begins with a letter or digit.
field-reserved_code = “{ $value }” means something else in addresses: choose another code.
