# Texts about people and their accounts.

problem-wrong_credentials = Could not sign in
    .detail = That user and password open nothing. Check how they are written.
problem-locked_out = Too many attempts
    .detail = { $minutes ->
        [one] There were too many failed attempts. Try again in a minute, or ask whoever looks after the system to unlock you.
       *[other] There were too many failed attempts. Try again in { $minutes } minutes, or ask whoever looks after the system to unlock you.
    }
problem-insecure_connection = Connection not encrypted
    .detail = Over this connection the password would travel in plain sight. Come by https, or from the machine the program runs on.
problem-csrf = The mark of the session is missing
    .detail = Send in X-CSRF-Token the mark that GET /api/v1/me gives. If you come from a page, load it again.
problem-only_for_people = Only for people
    .detail = This belongs to whoever came in with a user and password; a key has none of it.
problem-password_change_needed = Choose your password first
    .detail = The one you used was given to you: choose your own before going on.
problem-second_factor_needed = Second factor needed
    .detail = Your role needs a code that changes. Set it up before going on.
problem-no_code_asked = No code is asked for
    .detail = This session waits for no code.
problem-second_factor_there = There is a second factor
    .detail = To set up another, first take off the one there is.
problem-second_factor_replaced = Another was begun
    .detail = Meanwhile another was begun elsewhere. Go on with that one, or begin again.
problem-no_second_factor = There is no second factor
    .detail = Begin by setting one up.
problem-second_factor_demanded = It cannot be taken off
    .detail = Your role needs the second factor.
problem-login_taken = User taken
    .detail = Somebody already signs in as “{ $login }”. Choose another.
problem-not_yourself = It is your own account
    .detail = What is yours is changed in your account; this has to be done by somebody else.
problem-account_erased = The account was erased
    .detail = Nothing that names this person is kept any more. To let them in again, add them anew.
problem-request_closed = The request was answered already
    .detail = Each request is answered once. If something else is needed, write another one down.
problem-last_owner = It is the last owner's account
    .detail = Somebody with the role of owner has to be able to sign in. Give that role to somebody else first.


field-password_common = It is among those that are tried first: known words, your name or a series. Try several words that do not go together.
field-password_same = It is the one you have. Choose another.
field-wrong_password = It is not your present password.
field-wrong_code = It is not the code, or it was used already. Wait for the next one and check the clock of your phone.
field-invalid_login = It takes letters without accents, digits, dots, hyphens and underscores, and begins with a letter or digit.
field-invalid_email = Not an e-mail address.
field-invalid_phone = Not a phone number.
field-unknown_site = There is no site “{ $site }”.
field-role_not_yours_to_give = That role is not yours to give.
field-sites_not_yours_to_give = You can only give the sites you work in.
