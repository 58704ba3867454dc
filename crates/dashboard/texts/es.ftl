# Textos de las pantallas.

ui-skip = Ir al contenido
ui-who = Entraste como
ui-level-degraded = Algo que ayuda no responde: todo funciona, quizá más lento.
ui-warehouse-away = El servicio de depósito no responde: por ahora no entran ventas, recepciones ni otros movimientos. Lo que ves es lo último que se registró.
ui-level-minimal = La base de datos no responde. Las ventas, recepciones, mermas y lo que se cuenta se siguen tomando y se asientan cuando vuelva; lo demás tiene que esperar.
ui-level-emergency = No se puede escribir nada por ahora: se puede consultar, no registrar. Avisá a quien administra el sistema.
ui-other-language = English
ui-leave = Salir
ui-home = Stock
ui-as-of = Datos al
ui-summary = Resumen
ui-value-by-site = Valor del stock por sucursal

ui-places = Secciones
ui-enter = Entrar
ui-enter-refused-title = No se pudo entrar
ui-login = Usuario
ui-password = Contraseña
ui-enter-help = No puedo entrar
ui-enter-help-ask = Pedile a quien tenga la función de dueño o encargado que te haga una contraseña nueva o te desbloquee, en la sección Personas.
ui-enter-help-owner = La primera vez se entra como «owner», con la contraseña de un solo uso que el programa mostró al arrancar. Si se perdió, se hace otra en la computadora donde corre:
ui-code-title = Código de verificación
ui-code = Código
ui-code-help = Los seis números que muestra tu aplicación, o un código de recuperación.
ui-code-lost = Si perdiste el teléfono y los códigos de recuperación, quien tenga la función de dueño te puede quitar el segundo factor.
ui-go-on = Seguir
ui-save = Guardar
ui-optional = (opcional)
ui-look-below = Hay datos para corregir: mirá abajo.

ui-account = Tu cuenta
ui-own = Datos
ui-name = Nombre
ui-email = Correo electrónico
ui-phone = Teléfono
ui-language = Idioma
ui-language-default = El de este equipo
ui-language-es = Castellano
ui-language-en = Inglés
ui-how-enter = Cómo se entra
ui-on = activado
ui-off = desactivado
ui-done-saved = Guardado.
ui-done-password = Contraseña cambiada. Las demás sesiones se cerraron.
ui-done-factor-off = El segundo factor quedó desactivado.
ui-done-ended = Sesión cerrada.
ui-sessions = Sesiones abiertas
ui-sessions-what = Dónde está abierta tu cuenta. Si algo no es tuyo, cerralo y cambiá la contraseña.
ui-sessions-end = Cerrar todas las demás
ui-session-this = esta
ui-session-end = Cerrar
ui-session-begun = desde
ui-session-seen = última vez
ui-browser-on = { $browser } en { $system }
ui-browser-unknown = otro programa

ui-password-choose = Elegí una contraseña
ui-password-change = Cambiar
ui-password-given = La que usaste te la dieron: elegí la tuya para seguir.
ui-password-ends = Al cambiarla se cierran las sesiones que tengas abiertas en otros lados.
ui-password-current = Contraseña actual
ui-password-new = Contraseña nueva
ui-password-again = La misma otra vez
ui-password-help = { $least } caracteres o más. Lo más fácil de recordar: varias palabras que no vayan juntas.
ui-password-one-time = de un solo uso, sin cambiar todavía
ui-password-own = la eligió su dueño

ui-factor = Segundo factor
ui-factor-look = Ver
ui-factor-set-up = Configurar
ui-factor-demanded = Con tu función se puede hacer mucho, así que además de la contraseña hace falta un código que cambia cada medio minuto. Configuralo para seguir.
ui-factor-what = Además de la contraseña se pide un código que cambia cada medio minuto: quien sepa tu contraseña no alcanza a entrar.
ui-factor-app = Necesitás en el teléfono una aplicación de autenticación, cualquiera que lea códigos QR (TOTP).
ui-factor-begin = Empezar
ui-factor-scan = Leé este código con la aplicación.
ui-factor-picture = Código QR para la aplicación de autenticación
ui-factor-type = Si no podés leerlo, escribí esta clave en la aplicación:
ui-factor-prove = Escribí los seis números que muestra.
ui-factor-confirm = Activar
ui-factor-there = El segundo factor está activado.
ui-factor-remove = Desactivar el segundo factor
ui-factor-remove-what = Después se va a entrar sólo con la contraseña.
ui-factor-stays = Tu función lo necesita: no se puede desactivar.
ui-recovery-left = { $count ->
    [one] Te queda 1 código de recuperación.
   *[other] Te quedan { $shown } códigos de recuperación.
}
ui-recovery-renew = Códigos de recuperación nuevos
ui-recovery-renew-what = Los que tenías dejan de servir.
ui-recovery-once = Guardalos ahora: no se vuelven a mostrar.
ui-recovery-what = Cada uno sirve una vez en lugar del código de la aplicación, por si perdés el teléfono. Anotalos en un papel o en un administrador de contraseñas.
ui-recovery-kept = Ya los guardé
ui-back-account = Volver a tu cuenta

ui-people = Personas
ui-role = Función
ui-sites = Sucursales
ui-last-seen = Última vez que entró
ui-never-seen = nunca
ui-closed = cuenta cerrada
ui-user-add = Agregar a alguien
ui-user-add-help = Al agregar se muestra una contraseña de un solo uso para darle. Vence en tres días, y al entrar tiene que elegir la suya.
ui-user-saved = Se guardaron los datos de «{ $login }».
ui-user-code = En los asientos figura como
ui-user-not-yours = Esta cuenta la tiene que cambiar otra persona: es la tuya, o su función no la podés dar.
ui-user-moved = Al cambiar la función o las sucursales se cierran sus sesiones.
ui-login-help = Letras sin acentos, números, puntos y guiones.
ui-works-in = Trabaja en
ui-works-everywhere = Todas, también las que se abran
ui-made-title = Contraseña de un solo uso
ui-made-added = La cuenta está lista.
ui-made-once = Anotala ahora: no se vuelve a mostrar.
ui-made-what = Vence en tres días. Al entrar hay que elegir una propia.
ui-back-people = Volver a Personas
ui-act-password = Hacer una contraseña nueva
ui-act-password-what = Se cierran sus sesiones. La contraseña se muestra una vez, para dársela.
ui-act-factor = Quitar el segundo factor
ui-act-factor-what = Para quien perdió el teléfono. Se cierran sus sesiones.
ui-act-unlock = Desbloquear
ui-act-unlock-what = Para quien se equivocó demasiadas veces y no quiere esperar.
ui-act-disable = Cerrar la cuenta
ui-act-disable-what = No va a poder entrar. Lo que hizo queda.
ui-act-enable = Volver a abrir la cuenta
ui-act-enable-what = Va a poder entrar con la contraseña que tenía.
ui-done-disabled = La cuenta quedó cerrada.
ui-done-enabled = La cuenta quedó abierta.
ui-done-unlocked = Ya puede volver a intentar.
ui-done-factor-reset = Se quitó el segundo factor.

ui-role-owner = Dueño
ui-role-manager = Encargado general
ui-role-stock-keeper = Repositor
ui-role-cashier = Cajero
ui-role-accountant = Contador
ui-role-auditor = Auditor
ui-role-operator = Sistemas
ui-role-service = Programa

field-password_differs = No es igual a la de arriba.
field-no_site_chosen = Elegí al menos una.

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

ui-refused-kept = No cambió nada.
ui-refused-todo = Volvé al inicio. Si creés que deberías poder, hablá con quien administra las cuentas.

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

ui-approvals = Aprobaciones
ui-approvals-what = Lo que una persona sola no puede asentar espera acá a que otra lo mire.
ui-approvals-all = Ver también lo decidido
ui-approvals-waiting = Ver lo que espera
ui-approvals-none = No hay nada esperando.
ui-approvals-never = Todavía no se pidió nada.
ui-approvals-back = Volver a aprobaciones
ui-approval-value = Valor al costo
ui-approval-who = Quién lo pidió
ui-approval-state = Cómo está
ui-approval-pending = espera
ui-approval-granted = aprobado
ui-approval-refused = rechazado
ui-approval-expired = vencido
ui-approval-worth = vale más de lo que una persona asienta sola
ui-approval-days = { $days ->
    [one] es de ayer
   *[other] es de hace { $days } días
}
ui-approval-asked = Lo que se pidió
ui-approval-when = Cuándo
ui-approval-why = Por qué espera
ui-approval-note = Nota
ui-approval-reference = Documento
ui-approval-until = Se vence
ui-approval-by = Quién
ui-approval-reason = Motivo
ui-approval-would = Qué le haría al stock
ui-approval-against = Ahora no se podría asentar:
ui-approval-posted-already = ya está asentado, aprobarlo no mueve nada más.
ui-approval-lines = Qué se pidió mover
ui-approval-product = Producto
ui-approval-quantity = Cantidad
ui-approval-after = Quedarían
ui-approval-everything = Deshace entero el asiento que corrige.
ui-approval-own = Lo pediste vos, o una llave que hiciste: lo tiene que aprobar otra persona.
ui-approval-approve = Aprobar
ui-approval-approve-what = Se asienta en el momento, con la fecha en que pasó.
ui-approval-reject = Rechazar
ui-approval-withdraw = Retirar el pedido
ui-done-approved = Aprobado: ya está asentado.
ui-done-rejected = Rechazado: no se asentó nada.
ui-done-kept = Quedó guardado: el servicio de depósito no responde y se va a cumplir en cuanto vuelva, una sola vez.
ui-approval-kept = { $who } decidió el { $at }: { $what }. Espera a que vuelva el servicio de depósito.
ui-approval-returned = { $who } había decidido el { $at }: { $what }. No se pudo cumplir:
ui-approval-on-its-way = decidido, en espera
ui-approvals-kept = { $waiting ->
    [one] 1 decisión espera a que vuelva el servicio de depósito.
   *[other] { $waiting } decisiones esperan a que vuelva el servicio de depósito.
}
