# Lo que se dice de un servicio de la misma instalación.
problem-role_away = Otro servicio no responde
    .detail = El servicio { $role } de esta instalación no responde. Volvé a intentar en un momento: lo que ya se haya hecho no se hace dos veces.
