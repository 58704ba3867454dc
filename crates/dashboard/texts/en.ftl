# Texts of the screens.

ui-skip = Skip to content
ui-who = Signed in as
ui-level-degraded = Something that helps does not answer: everything works, perhaps more slowly.
ui-warehouse-away = The warehouse service does not answer: for now no sales, receipts or other movements come in. What you see is the last that was recorded.
ui-level-minimal = The database does not answer. Sales, receipts, waste and counts are still taken, and written when it is back; everything else has to wait.
ui-level-emergency = Nothing can be written for now: you can look, not record. Tell whoever runs the system.
ui-other-language = Español
ui-leave = Sign out
ui-home = Stock
ui-as-of = Data as of
ui-summary = Summary
ui-value-by-site = Stock value by site

ui-places = Sections
ui-enter = Sign in
ui-enter-refused-title = Could not sign in
ui-login = User
ui-password = Password
ui-enter-help = I cannot sign in
ui-enter-help-ask = Ask whoever has the role of owner or manager to make you a new password or to unlock you, in the section People.
ui-enter-help-owner = The first time, sign in as “owner” with the one-time password the program showed when it started. If it was lost, make another on the machine it runs on:
ui-code-title = Verification code
ui-code = Code
ui-code-help = The six digits your app shows, or a recovery code.
ui-code-lost = If you lost both your phone and your recovery codes, whoever has the role of owner can take your second factor off.
ui-go-on = Go on
ui-save = Save
ui-optional = (optional)
ui-look-below = Something needs to be put right: see below.

ui-account = Your account
ui-own = Particulars
ui-name = Name
ui-email = E-mail
ui-phone = Phone
ui-language = Language
ui-language-default = This device's
ui-language-es = Spanish
ui-language-en = English
ui-how-enter = Signing in
ui-on = on
ui-off = off
ui-done-saved = Saved.
ui-done-password = Password changed. The other sessions were closed.
ui-done-factor-off = The second factor is off.
ui-done-ended = Session closed.
ui-sessions = Open sessions
ui-sessions-what = Where your account is open. If something is not yours, close it and change your password.
ui-sessions-end = Close all others
ui-session-this = this one
ui-session-end = Close
ui-session-begun = since
ui-session-seen = last used
ui-browser-on = { $browser } on { $system }
ui-browser-unknown = another program

ui-password-choose = Choose a password
ui-password-change = Change
ui-password-given = The one you used was given to you: choose your own to go on.
ui-password-ends = Changing it closes the sessions you have open elsewhere.
ui-password-current = Present password
ui-password-new = New password
ui-password-again = The same again
ui-password-help = { $least } characters or more. Easiest to remember: several words that do not go together.
ui-password-one-time = one-time, not replaced yet
ui-password-own = chosen by its owner

ui-factor = Second factor
ui-factor-look = See
ui-factor-set-up = Set up
ui-factor-demanded = Your role can do a lot, so besides the password it takes a code that changes every half minute. Set it up to go on.
ui-factor-what = Besides the password, a code is asked for that changes every half minute: knowing your password is not enough to get in.
ui-factor-app = You need an authenticator app on your phone, any that reads QR codes (TOTP).
ui-factor-begin = Begin
ui-factor-scan = Read this code with the app.
ui-factor-picture = QR code for the authenticator app
ui-factor-type = If you cannot read it, type this key into the app:
ui-factor-prove = Type the six digits it shows.
ui-factor-confirm = Turn on
ui-factor-there = The second factor is on.
ui-factor-remove = Turn the second factor off
ui-factor-remove-what = After that the password alone is enough.
ui-factor-stays = Your role needs it: it cannot be turned off.
ui-recovery-left = { $count ->
    [one] You have 1 recovery code left.
   *[other] You have { $shown } recovery codes left.
}
ui-recovery-renew = New recovery codes
ui-recovery-renew-what = Those you had stop working.
ui-recovery-once = Keep them now: they are not shown again.
ui-recovery-what = Each is good once in place of the app's code, should you lose your phone. Write them down on paper or keep them in a password manager.
ui-recovery-kept = I have kept them
ui-back-account = Back to your account

ui-people = People
ui-role = Role
ui-sites = Sites
ui-last-seen = Last signed in
ui-never-seen = never
ui-closed = closed
ui-user-add = Add somebody
ui-user-add-help = A one-time password to hand to them is shown then. It ends after three days, and on signing in they have to choose their own.
ui-user-saved = The particulars of “{ $login }” were saved.
ui-user-code = In postings stands as
ui-user-not-yours = This account has to be changed by somebody else: it is your own, or its role is not yours to give.
ui-user-moved = Changing the role or the sites closes their sessions.
ui-login-help = Letters without accents, digits, dots and hyphens.
ui-works-in = Works in
ui-works-everywhere = All, those to come too
ui-made-title = One-time password
ui-made-added = The account is ready.
ui-made-once = Write it down now: it is not shown again.
ui-made-what = It ends after three days. On signing in they have to choose their own.
ui-back-people = Back to People
ui-act-password = Make a new password
ui-act-password-what = Their sessions are closed. The password is shown once, to hand to them.
ui-act-factor = Take the second factor off
ui-act-factor-what = For whoever lost their phone. Their sessions are closed.
ui-act-unlock = Unlock
ui-act-unlock-what = For whoever mistyped too often and does not want to wait.
ui-act-disable = Close the account
ui-act-disable-what = They cannot sign in any more. What they did stays.
ui-act-enable = Open the account again
ui-act-enable-what = They can sign in with the password they had.
ui-done-disabled = The account is closed.
ui-done-enabled = The account is open.
ui-done-unlocked = They may try again.
ui-done-factor-reset = The second factor was taken off.

ui-role-owner = Owner
ui-role-manager = Manager
ui-role-stock-keeper = Stock keeper
ui-role-cashier = Cashier
ui-role-accountant = Accountant
ui-role-auditor = Auditor
ui-role-operator = Operator
ui-role-service = Program

field-password_differs = It is not the same as the one above.
field-no_site_chosen = Choose at least one.

ui-happened = What happened
ui-kept = What was kept
ui-todo = What to do
ui-retry = Try again
ui-to-home = Go to the first page
ui-request = Request number:
ui-down-title = It cannot be shown right now
ui-down-happened = The database does not answer, so there are no true numbers to show.
ui-down-kept = Everything already noted is safe. Nothing was lost and nothing is half done.
ui-down-todo = Wait a moment and try again. If it stays like this, tell whoever looks after the system: “gondola doctor” shows what is missing.
ui-broken-title = Something failed on our side
ui-broken-happened = This page could not be made.
ui-broken-kept = Everything already noted is safe.
ui-broken-todo = Try again. If it happens again, tell whoever looks after the system and give them the request number.
ui-foreign-title = This form did not come from here
ui-foreign-happened = Another page tried to send this form in your name.
ui-foreign-kept = Nothing changed: you are as you were.
ui-foreign-todo = Go back to the first page and do it from there.

ui-refused-kept = Nothing changed.
ui-refused-todo = Go back to the start. If you think you should be able to, talk to whoever looks after the accounts.

ui-card-out = Out of stock
ui-card-out-note = nothing left
ui-card-critical = Critical
ui-card-critical-note = half of the minimum or less
ui-card-low = Low
ui-card-low-note = at the minimum or less
ui-card-value = Stock value
ui-card-value-note = { $count ->
    [one] at cost, 1 product
   *[other] at cost, { $shown } products
}
ui-card-sales = Sales of the day
ui-today = today
ui-on-day = on { $day }

ui-no-such-site = There is no site “{ $site }”: all are shown.
ui-no-such-day = “{ $day }” is not a date (write it DD/MM/YYYY): the last day with movements is shown.

ui-stock = Products
ui-search = Search
ui-search-hint = Name, brand, SKU or barcode
ui-site = Site
ui-all-sites = All
ui-every-site = All sites
ui-level = Level
ui-all-levels = All
ui-filter = Filter
ui-clear = Clear filters
ui-product = Product
ui-quantity = Quantity
ui-where = Where
ui-minimum = Minimum
ui-value = Value
ui-nowhere = never moved
ui-pages = Pages of the table
ui-first-page = Back to the top
ui-next-page = Next
ui-shown = { $count ->
    [one] 1 product
   *[other] { $shown } products
}
ui-shown-first = The first { $shown } that match
ui-shown-of = { $shown } of { $whole } products

ui-level-out = out
ui-level-critical = critical
ui-level-low = low
ui-level-ok = fine
ui-level-at = at { $site }
ui-level-in = at { $some } of { $all }
ui-unit-piece = u
ui-unit-kilogram = kg
ui-unit-litre = l
ui-unit-metre = m

ui-empty-sites = There are no sites yet
ui-empty-sites-text = Make the first one, or try the demo shop:
ui-empty-products = There are no products yet
ui-empty-products-text = Bring them from a sheet together with the stock you have, or try the demo shop:
ui-empty-found = No such products
ui-empty-found-text = No product fits what you asked for. Try fewer words or another level.

ui-day = Movements
ui-day-before = Day before with movements:
ui-day-after = Day after with movements:
ui-day-choose = Choose a day
ui-day-see = Show
ui-day-caption = Movements of the day by kind
ui-day-never = There are no movements yet. They are noted through the API or brought from a file, and appear here:
ui-day-nothing = There were no movements that day.
ui-day-last = There are no movements today ({ $today }) yet. This is the last day that had some.
ui-kind = Kind
ui-cost = At cost
ui-revenue = Sales
ui-postings = { $count ->
    [one] 1 posting
   *[other] { $shown } postings
}
ui-postings-at-least = { $shown } postings or more
ui-latest = Latest postings
ui-and-more = { $first } and { $shown } more

ui-kind-opening = Opening stock
ui-kind-receipt = Receipt
ui-kind-sale = Sale
ui-kind-customer-return = Customer return
ui-kind-supplier-return = Return to supplier
ui-kind-move = Move
ui-kind-transfer-out = Sent to a site
ui-kind-transfer-in = Came from a site
ui-kind-waste = Waste
ui-kind-loss = Loss
ui-kind-found = Found
ui-kind-count = Count
ui-kind-production = Production
ui-kind-consumption = Consumption
ui-kind-correction = Correction

ui-monday = Monday
ui-tuesday = Tuesday
ui-wednesday = Wednesday
ui-thursday = Thursday
ui-friday = Friday
ui-saturday = Saturday
ui-sunday = Sunday

ui-approvals = Approvals
ui-approvals-what = What one person may not post alone waits here for another to look at.
ui-approvals-all = Show what was decided too
ui-approvals-waiting = Show what waits
ui-approvals-none = Nothing is waiting.
ui-approvals-never = Nothing was asked for yet.
ui-approvals-back = Back to approvals
ui-approval-value = Worth at cost
ui-approval-who = Asked by
ui-approval-state = State
ui-approval-pending = waiting
ui-approval-granted = approved
ui-approval-refused = rejected
ui-approval-expired = expired
ui-approval-worth = worth more than one person posts alone
ui-approval-days = { $days ->
    [one] it is of yesterday
   *[other] it is of { $days } days ago
}
ui-approval-asked = What was asked for
ui-approval-when = When
ui-approval-why = Why it waits
ui-approval-note = Note
ui-approval-reference = Document
ui-approval-until = Expires
ui-approval-by = By
ui-approval-reason = Reason
ui-approval-would = What it would do to the stock
ui-approval-against = It could not be posted now:
ui-approval-posted-already = it is posted already; approving moves nothing more.
ui-approval-lines = What was to be moved
ui-approval-product = Product
ui-approval-quantity = Quantity
ui-approval-after = Would be left
ui-approval-everything = It undoes all of the posting it corrects.
ui-approval-own = You asked for it, or a key that you made: another person has to approve it.
ui-approval-approve = Approve
ui-approval-approve-what = It is posted at once, dated when it happened.
ui-approval-reject = Reject
ui-approval-withdraw = Withdraw the request
ui-done-approved = Approved: it is posted.
ui-done-rejected = Rejected: nothing was posted.
ui-done-kept = It is kept: the warehouse service does not answer, and it will be carried out as soon as it is back, once.
ui-approval-kept = { $who } decided on { $at }: { $what }. It waits for the warehouse service to come back.
ui-approval-returned = { $who } had decided on { $at }: { $what }. It could not be carried out:
ui-approval-on-its-way = decided, waiting
ui-approvals-kept = { $waiting ->
    [one] 1 decision waits for the warehouse service to come back.
   *[other] { $waiting } decisions wait for the warehouse service to come back.
}
