# What one service of the installation tells another.
problem-role_away = Another service does not answer
    .detail = The { $role } service of this installation does not answer. Try again in a moment: what was done already is not done twice.
problem-idempotency_conflict = This id was used
    .detail = Another posting has this id with other content. If this is another posting, use a new id.
