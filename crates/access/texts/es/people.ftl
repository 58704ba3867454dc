# Textos sobre las personas y sus cuentas.

problem-wrong_credentials = No se pudo entrar
    .detail = Ese usuario y esa contraseña no abren. Fijate que estén bien escritos.
problem-locked_out = Demasiados intentos
    .detail = { $minutes ->
        [one] Hubo demasiados intentos fallidos. Probá de nuevo en un minuto, o pedile a quien cuida el sistema que te desbloquee.
       *[other] Hubo demasiados intentos fallidos. Probá de nuevo en { $minutes } minutos, o pedile a quien cuida el sistema que te desbloquee.
    }
problem-insecure_connection = Conexión sin cifrar
    .detail = Por esta conexión la contraseña viajaría a la vista de todos. Entrá por https, o desde la misma computadora donde corre el programa.
problem-csrf = Falta la marca de la sesión
    .detail = Mandá en X-CSRF-Token la marca que da GET /api/v1/me. Si venís de una página, volvé a cargarla.
problem-only_for_people = Sólo para personas
    .detail = Esto es de quien entró con usuario y contraseña; una clave no lo tiene.
problem-password_change_needed = Falta elegir tu contraseña
    .detail = La que usaste te la dieron: elegí la tuya antes de seguir.
problem-second_factor_needed = Falta el segundo factor
    .detail = Tu función necesita un código que cambia. Configuralo antes de seguir.
problem-no_code_asked = No hace falta un código
    .detail = Esta sesión no espera un código.
problem-second_factor_there = Ya hay un segundo factor
    .detail = Para configurar otro, primero quitá el que está.
problem-second_factor_replaced = Se empezó otro
    .detail = Mientras tanto se empezó a configurar otro desde otro lugar. Seguí con ese, o empezá de nuevo.
problem-no_second_factor = No hay segundo factor
    .detail = Empezá por configurar uno.
problem-second_factor_demanded = No se puede quitar
    .detail = Tu función necesita el segundo factor.
problem-login_taken = Usuario ocupado
    .detail = Ya hay alguien que entra como «{ $login }». Elegí otro.
problem-not_yourself = Es tu propia cuenta
    .detail = Lo tuyo se cambia en tu cuenta; esto lo tiene que hacer otra persona.
problem-account_erased = Cuenta suprimida
    .detail = De esta persona ya no se guarda nada que la nombre. Para que vuelva a entrar, agregala de nuevo.
problem-request_closed = El pedido ya se contestó
    .detail = Cada pedido se contesta una vez. Si hace falta algo más, anotá otro.
problem-last_owner = Es la última cuenta de dueño
    .detail = Tiene que quedar alguien con la función de dueño que pueda entrar. Dale esa función a otra persona primero.


field-password_common = Es de las que se prueban primero: palabras conocidas, tu nombre o una serie. Probá con varias palabras que no vayan juntas.
field-password_same = Es la misma que tenés. Elegí otra.
field-wrong_password = No es tu contraseña actual.
field-wrong_code = No es el código, o ya se usó. Esperá al siguiente y fijate que la hora del teléfono esté bien.
field-invalid_login = Lleva letras sin acentos, números, puntos, guiones y guiones bajos, y empieza con una letra o un número.
field-invalid_email = No es una dirección de correo.
field-invalid_phone = No es un número de teléfono.
field-unknown_site = No hay una sucursal «{ $site }».
field-role_not_yours_to_give = Esa función no la podés dar.
field-sites_not_yours_to_give = Sólo podés dar las sucursales en las que trabajás.
