# Textos sobre claves de programas.

problem-stronger_key = Esa clave puede más que vos
    .detail = Nadie hace, cambia ni anula una clave que pueda más que la suya: en qué, en dónde, hasta cuándo o cuántas veces.
problem-key_ended = La clave ya no sirve
    .detail = Venció o fue anulada: hacé otra.
problem-only_for_keys = Sólo para claves
    .detail = Un pase se saca con una clave, no con otro pase ni con una sesión.
problem-key_must_sign = Esa clave firma
    .detail = De una clave que firma cada pedido no se saca un pase, que cualquiera que lo oiga podría usar.

field-more_than_yours = Es más de lo que vos podés.
field-unknown_scope = No hay un permiso «{ $scope }».
field-scope_not_of_role = El rol { $role } no puede «{ $scope }»: la clave no abriría nada.
field-in_the_past = Ese momento ya pasó.
field-reserved_name = Así firma otro en los libros. Elegí otro nombre.
