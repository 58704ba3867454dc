# Texts about keys of programs.

problem-stronger_key = That key may do more than you
    .detail = Nobody makes, changes or ends a key that may do more than their own: what, where, for how long or how often.
problem-key_ended = The key serves no more
    .detail = It expired or was ended: make another.
problem-key_replaced_meanwhile = That key was replaced a while ago
    .detail = While the secret before this one still serves it is not replaced again. If that was not you, revoke it.
problem-only_by_the_key = Only by the key itself
    .detail = A key is renewed by itself, not by a token nor by a session.
problem-secret_in_the_clear = Only over TLS
    .detail = The new secret of a key that signs does not travel where others may read along: ask over https, to the server or to a proxy it trusts.
problem-only_for_keys = Only for keys
    .detail = A token is given for a key, not for another token nor for a session.
problem-key_must_sign = That key signs
    .detail = A key that signs each request gets no token, which anybody who overhears it could use.

field-secret_by_chance = It has to be made by chance: 43 to 64 letters and digits.
field-more_than_yours = It is more than you may do.
field-unknown_scope = There is no permission “{ $scope }”.
field-scope_not_of_role = The role { $role } may not “{ $scope }”: the key would open nothing.
field-in_the_past = That moment is over.
field-reserved_name = Somebody else signs so in the books. Choose another name.
