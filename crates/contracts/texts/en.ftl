# What is said of a service of the same installation.
problem-role_away = Another service does not answer
    .detail = The { $role } service of this installation does not answer. Try again in a moment: what was done already is not done twice.
