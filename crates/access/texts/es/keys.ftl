# Textos sobre claves de programas.

problem-stronger_key = Esa clave puede más que vos
    .detail = Nadie hace, cambia ni anula una clave que pueda más que la suya: en qué, en dónde, hasta cuándo o cuántas veces.
problem-key_ended = La clave ya no sirve
    .detail = Venció o fue anulada: hacé otra.

field-more_than_yours = Es más de lo que vos podés.
field-unknown_scope = No hay un permiso «{ $scope }».
field-scope_not_of_role = El rol { $role } no puede «{ $scope }»: la clave no abriría nada.
field-in_the_past = Ese momento ya pasó.
