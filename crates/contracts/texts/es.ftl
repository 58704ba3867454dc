# Lo que un servicio de la instalación dice a otro.
problem-role_away = Otro servicio no responde
    .detail = El servicio { $role } de esta instalación no responde. Volvé a intentar en un momento: lo que ya se haya hecho no se hace dos veces.
problem-answer_too_large = No se pudo leer lo que contestó otro servicio
    .detail = El servicio { $role } de esta instalación contestó más de lo que se puede leer. Lo que pediste puede haber quedado hecho: fijate antes de pedirlo de nuevo.
problem-idempotency_conflict = Ese id ya se usó
    .detail = Otro asiento tiene este id con otro contenido. Si es otro asiento, usá un id nuevo.
problem-approval_by_person = Tiene que ser una persona
    .detail = Aprobar o rechazar es cosa de una persona que entró con su clave: una llave de programa no puede.
problem-approval_own = Lo pediste vos
    .detail = Un pedido lo aprueba otra persona: ni quien lo pidió ni quien hizo la llave con la que se pidió o le cambió el secreto.
problem-approval_decided = Ya está decidido
    .detail = Mientras tanto este pedido cambió: ahora está en { $state }. No se asentó nada de nuevo.
problem-decision_waits = Ya hay una decisión en espera
    .detail = { $login } ya decidió sobre este pedido y se va a cumplir cuando vuelva el servicio de depósito. Hasta entonces no se puede decidir otra cosa.
problem-approval_expired = Se venció
    .detail = Este pedido esperó demasiado y se venció: hay que mandar el asiento de nuevo.
# Lo que queda dicho en un pedido cuyo asiento se hizo por otro camino.
approval-stands = Mientras tanto ya se asentó.
