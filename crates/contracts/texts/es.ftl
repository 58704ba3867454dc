# Lo que un servicio de la instalación dice a otro.
problem-role_away = Otro servicio no responde
    .detail = El servicio { $role } de esta instalación no responde. Volvé a intentar en un momento: lo que ya se haya hecho no se hace dos veces.
problem-idempotency_conflict = Ese id ya se usó
    .detail = Otro asiento tiene este id con otro contenido. Si es otro asiento, usá un id nuevo.
