# Textos del catálogo y de los lugares. `problem-CÓDIGO` es el título de un problema y `.detail` lo que pasó y qué hacer.

problem-product_exists = Ese SKU ya existe
    .detail = Ya hay un producto { $sku }. Usá otro SKU, o cambiá el que está.
problem-barcode_taken = Código de otro producto
    .detail = Otro producto tiene { $code }. Un código pertenece a un solo producto.
problem-product_has_stock = Todavía hay existencias
    .detail = Todavía hay existencias de { $sku }, o va en camino entre sucursales. Sacalas antes de darlo de baja.
problem-product_moved = Ya tuvo movimientos
    .detail = El producto { $sku } ya tuvo movimientos: su unidad y sus lotes no pueden cambiar. Creá otro producto.
problem-category_exists = Esa categoría ya existe
    .detail = Ya está la categoría { $path }.
problem-site_exists = Esa sucursal ya existe
    .detail = Ya hay una sucursal { $code }.
problem-location_exists = Esa ubicación ya existe
    .detail = La sucursal ya tiene una ubicación { $code }.

field-taken = Ya está en uso: { $value }.
field-repeated = Está dos veces: { $value }.
field-below_minimum = No puede ser menor que el mínimo, { $minimum }.
field-unknown_vat_rate = Tiene que ser 21, 10.5, 27, 5, 2.5, 0 o exempt.
field-not_a_pack_factor = Tiene que ser un número mayor que cero, como 12, 0.5 o 1/3.
field-not_a_slug = Puede tener minúsculas, números, guiones y guiones bajos, y empieza con letra o número.
field-reserved_code = «{ $value }» significa otra cosa en las direcciones: elegí otro código.
