# Textos de las pantallas.

ui-skip = Ir al contenido
ui-who = Entraste con la clave
ui-other-language = English
ui-leave = Salir
ui-home = Stock
ui-as-of = Datos al
ui-summary = Resumen
ui-value-by-site = Valor del stock por sucursal

ui-enter = Entrar
ui-enter-refused-title = Clave no válida
ui-enter-refused = Esa clave no abre. Fijate que esté completa y que no esté vencida.
ui-key = Clave
ui-key-help = La clave empieza con gk_. Si no tenés una, se crea en la computadora donde corre el programa:
ui-key-example = ana

ui-happened = Qué pasó
ui-kept = Qué se conservó
ui-todo = Qué hacer
ui-retry = Volver a intentar
ui-to-home = Ir al inicio
ui-request = Número de pedido:
ui-down-title = Por ahora no se puede mostrar
ui-down-happened = La base de datos no responde, así que no hay números ciertos para mostrar.
ui-down-kept = Todo lo que ya se anotó está guardado. Nada se perdió y nada quedó a medias.
ui-down-todo = Esperá un momento y volvé a intentar. Si sigue igual, avisale a quien cuida el sistema: con «gondola doctor» ve qué falta.
ui-broken-title = Algo falló de nuestro lado
ui-broken-happened = No se pudo armar esta página.
ui-broken-kept = Todo lo que ya se anotó está guardado.
ui-broken-todo = Volvé a intentar. Si se repite, avisale a quien cuida el sistema y pasale el número de pedido.
ui-foreign-title = Este formulario no vino de acá
ui-foreign-happened = Otra página quiso mandar este formulario en tu nombre.
ui-foreign-kept = No cambió nada: seguís como estabas.
ui-foreign-todo = Volvé al inicio y hacelo desde ahí.

ui-card-out = Agotados
ui-card-out-note = no queda nada
ui-card-critical = Críticos
ui-card-critical-note = mitad del mínimo o menos
ui-card-low = Bajos
ui-card-low-note = en el mínimo o menos
ui-card-value = Valor del stock
ui-card-value-note = { $count ->
    [one] al costo, 1 producto
   *[other] al costo, { $shown } productos
}
ui-card-sales = Ventas del día
ui-today = hoy
ui-on-day = el { $day }

ui-no-such-site = No hay una sucursal «{ $site }»: se muestran todas.
ui-no-such-day = «{ $day }» no es una fecha (se escribe DD/MM/AAAA): se muestra el último día con movimientos.

ui-stock = Productos
ui-search = Buscar
ui-search-hint = Nombre, marca, SKU o código de barras
ui-site = Sucursal
ui-all-sites = Todas
ui-every-site = Todas las sucursales
ui-level = Nivel
ui-all-levels = Todos
ui-filter = Filtrar
ui-clear = Quitar filtros
ui-product = Producto
ui-quantity = Cantidad
ui-where = Dónde
ui-minimum = Mínimo
ui-value = Valor
ui-nowhere = sin movimientos
ui-pages = Páginas de la tabla
ui-first-page = Volver al principio
ui-next-page = Siguientes
ui-shown = { $count ->
    [one] 1 producto
   *[other] { $shown } productos
}
ui-shown-first = Los primeros { $shown } que coinciden
ui-shown-of = { $shown } de { $whole } productos

ui-level-out = agotado
ui-level-critical = crítico
ui-level-low = bajo
ui-level-ok = bien
ui-level-at = en { $site }
ui-level-in = en { $some } de { $all }
ui-unit-piece = u.
ui-unit-kilogram = kg
ui-unit-litre = l
ui-unit-metre = m

ui-empty-sites = Todavía no hay sucursales
ui-empty-sites-text = Creá la primera, o probá con el negocio de muestra:
ui-empty-products = Todavía no hay productos
ui-empty-products-text = Traelos de una planilla con el stock que tenés, o probá con el negocio de muestra:
ui-empty-found = No hay productos así
ui-empty-found-text = Ningún producto coincide con lo que pediste. Probá con menos palabras o con otro nivel.

ui-day = Movimientos
ui-day-before = Día anterior con movimientos:
ui-day-after = Día siguiente con movimientos:
ui-day-choose = Elegir un día
ui-day-see = Ver
ui-day-caption = Movimientos del día por tipo
ui-day-never = Todavía no hay movimientos. Se anotan por la API o se traen de un archivo, y aparecen acá:
ui-day-nothing = Ese día no hubo movimientos.
ui-day-last = Hoy ({ $today }) no hay movimientos todavía. Éste es el último día que los tuvo.
ui-kind = Tipo
ui-cost = Al costo
ui-revenue = Ventas
ui-postings = { $count ->
    [one] 1 asiento
   *[other] { $shown } asientos
}
ui-postings-at-least = { $shown } asientos o más
ui-latest = Últimos asientos
ui-and-more = { $first } y { $shown } más

ui-kind-opening = Stock inicial
ui-kind-receipt = Recepción
ui-kind-sale = Venta
ui-kind-customer-return = Devolución de cliente
ui-kind-supplier-return = Devolución a proveedor
ui-kind-move = Cambio de lugar
ui-kind-transfer-out = Envío a sucursal
ui-kind-transfer-in = Llegada de sucursal
ui-kind-waste = Merma
ui-kind-loss = Faltante
ui-kind-found = Encontrado
ui-kind-count = Conteo
ui-kind-production = Elaboración
ui-kind-consumption = Consumo
ui-kind-correction = Corrección

ui-monday = lunes
ui-tuesday = martes
ui-wednesday = miércoles
ui-thursday = jueves
ui-friday = viernes
ui-saturday = sábado
ui-sunday = domingo
