# What one service of the installation tells another.
problem-role_away = Another service does not answer
    .detail = The { $role } service of this installation does not answer. Try again in a moment: what was done already is not done twice.
problem-answer_too_large = What another service answered could not be read
    .detail = The { $role } service of this installation answered more than can be read. What you asked for may have been done: look before you ask again.
problem-idempotency_conflict = This id was used
    .detail = Another posting has this id with other content. If this is another posting, use a new id.
problem-approval_by_person = It takes a person
    .detail = Approving or refusing is for a person who signed in with a password: a program's key may not.
problem-approval_own = You asked for it yourself
    .detail = A request is approved by another person: neither whoever asked nor whoever made the key it was asked with or replaced its secret.
problem-approval_decided = It is decided already
    .detail = This request changed meanwhile: it is { $state } now. Nothing was posted again.
problem-decision_waits = A decision waits already
    .detail = { $login } decided on this request, and that is carried out when the warehouse service is back. Until then nothing else can be decided.
problem-approval_expired = It has expired
    .detail = This request waited too long and has expired: the posting has to be sent again.
# What a request is left with whose posting was made another way.
approval-stands = It was posted meanwhile.
