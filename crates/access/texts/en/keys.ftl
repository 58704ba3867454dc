# Texts about keys of programs.

problem-stronger_key = That key may do more than you
    .detail = Nobody makes, changes or ends a key that may do more than their own: what, where, for how long or how often.
problem-key_ended = The key serves no more
    .detail = It expired or was ended: make another.

field-more_than_yours = It is more than you may do.
field-unknown_scope = There is no permission “{ $scope }”.
field-scope_not_of_role = The role { $role } may not “{ $scope }”: the key would open nothing.
field-in_the_past = That moment is over.
