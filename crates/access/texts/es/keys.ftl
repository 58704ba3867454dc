# Textos sobre claves de programas.

problem-stronger_key = Esa clave puede más que vos
    .detail = Nadie hace, cambia ni anula una clave que pueda más que la suya: en qué, en dónde, hasta cuándo o cuántas veces.
problem-key_ended = La clave ya no sirve
    .detail = Venció o fue anulada: hacé otra.
problem-key_replaced_meanwhile = Esa clave ya cambió hace poco
    .detail = Mientras sirva todavía el secreto anterior no se cambia de nuevo. Si no fuiste vos, anulala.
problem-only_by_the_key = Sólo con la clave misma
    .detail = Una clave se renueva con ella misma, no con un pase ni con una sesión.
problem-secret_in_the_clear = Sólo por TLS
    .detail = El secreto nuevo de una clave que firma no viaja por donde otros lo puedan leer: pedilo por https, al servidor o a un proxy en el que confíe.
problem-only_for_keys = Sólo para claves
    .detail = Un pase se saca con una clave, no con otro pase ni con una sesión.
problem-key_must_sign = Esa clave firma
    .detail = De una clave que firma cada pedido no se saca un pase, que cualquiera que lo oiga podría usar.

field-secret_by_chance = Tiene que salir del azar: de 43 a 64 letras y números.
field-more_than_yours = Es más de lo que vos podés.
field-unknown_scope = No hay un permiso «{ $scope }».
field-scope_not_of_role = El rol { $role } no puede «{ $scope }»: la clave no abriría nada.
field-in_the_past = Ese momento ya pasó.
field-reserved_name = Así firma otro en los libros. Elegí otro nombre.
