# Texts of the screens.

ui-skip = Skip to content
ui-who = Signed in with the key
ui-other-language = Español
ui-leave = Sign out
ui-home = Stock
ui-as-of = Data as of
ui-summary = Summary
ui-value-by-site = Stock value by site

ui-enter = Sign in
ui-enter-refused-title = Key not valid
ui-enter-refused = That key does not open. Check that it is complete and has not expired.
ui-key = Key
ui-key-help = A key begins with gk_. If you have none, it is made on the computer that runs the program:
ui-key-example = ana

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
